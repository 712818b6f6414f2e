package main

import (
	"errors"
	"math"
	"runtime"
	"time"
)

// sample is what one round found, of one operation; NaN for allocations that were
// not counted. With several goroutines ns is
// the time that passed, shared by all operations of all of them.
type sample struct{ ns, allocs float64 }

// trial measures one subject in one round, in several turns.
type trial struct {
	subject
	n      int // operations in a turn
	ran    int // operations in all
	took   time.Duration
	turns  []float64 // what an operation took in each
	single bool      // the median of turns is the sample
	allocs uint64
}

// start finds how often the subject's operation runs in d, and warms it up
// meanwhile.
func start(s subject, d time.Duration) (*trial, error) {
	t := &trial{subject: s}
	for n := 64; ; n *= 2 {
		took, err := s.run(n)
		if err != nil {
			return nil, errors.Join(err, t.end())
		}
		if took >= d/4 {
			t.n = max(1, int(float64(n)*float64(d)/float64(took)))
			return t, nil
		}
	}
}

// turn runs the subject for about the time that was given to start.
func (t *trial) turn() error {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took, err := t.run(t.n)
	runtime.ReadMemStats(&after)
	t.ran += t.n
	t.took += took
	t.turns = append(t.turns, float64(took.Nanoseconds())/float64(t.n))
	t.allocs += after.Mallocs - before.Mallocs
	return err
}

func (t *trial) sample() sample {
	s := sample{
		ns:     float64(t.took.Nanoseconds()) / float64(t.ran),
		allocs: float64(t.allocs) / float64(t.ran),
	}
	if t.single {
		s.ns = median(t.turns)
	}
	if t.foreign {
		s.allocs = math.NaN()
	}
	return s
}

func (t *trial) end() error {
	if t.close == nil {
		return nil
	}
	return t.close()
}
