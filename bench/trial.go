package main

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// trial measures a contender once, for about d.
type trial func(d time.Duration) (sample, error)

// sample is what a trial found, of one operation. With several goroutines ns is
// the time that passed, shared by all operations of all of them.
type sample struct{ ns, allocs float64 }

// subject is what a trial measures: an operation that may run on several
// goroutines at once, and what to do afterwards (nil: nothing).
type subject struct {
	op    func()
	close func() error
}

// loop makes a trial of what open opens.
func loop(goroutines int, open func() (subject, error)) trial {
	return func(d time.Duration) (_ sample, err error) {
		s, err := open()
		if err != nil {
			return sample{}, err
		}
		if s.close != nil {
			defer func() { err = errors.Join(err, s.close()) }()
		}
		n := calibrate(s.op, goroutines, d)
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		took := repeat(s.op, goroutines, n)
		runtime.ReadMemStats(&after)
		return sample{
			ns:     float64(took.Nanoseconds()) / float64(n),
			allocs: float64(after.Mallocs-before.Mallocs) / float64(n),
		}, nil
	}
}

// calibrate finds how often op runs in d, and warms it up meanwhile.
func calibrate(op func(), goroutines int, d time.Duration) int {
	for n := 256; ; n *= 2 {
		if took := repeat(op, goroutines, n); took >= d/8 {
			return max(1, int(float64(n)*float64(d)/float64(took)))
		}
	}
}

// repeat runs op n times in all and returns how long that took.
func repeat(op func(), goroutines, n int) time.Duration {
	start := time.Now()
	if goroutines == 1 {
		for range n {
			op()
		}
		return time.Since(start)
	}
	// In small portions, so that all goroutines end together.
	const portion = 32
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for {
				end := int(taken.Add(portion))
				for range min(portion, n-end+portion) {
					op()
				}
				if end >= n {
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}
