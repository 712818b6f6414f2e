package sluice

import (
	"context"
	"hash/maphash"
	"time"
)

// Sample is an Emitter that hands on, of the records that are alike, the first few
// in each interval and then one in so many. Alike are records of the same level
// and message, unless Key says otherwise. How many it withheld, of all kinds, is
// said in the stream, by a record before the next one that is let through, at most
// once in the interval, and by Flush and Close: "42 records withheld: sampling",
// as RateLimit does. It is safe for concurrent use.
//
// Its memory is bounded: kinds of records are told apart by a hash among 4096, and
// those that have the same one count as alike.
type Sample struct {
	gate         gate
	exempt       Level
	first, every int
	interval     time.Duration
	key          func(*Record) string
	seed         maphash.Seed
	start        time.Time

	slots [sampleSlots]sampleSlot // guarded by gate.mu
}

const sampleSlots = 4096

// sampleSlot counts the records of one hash.
type sampleSlot struct {
	until time.Duration // after start: when the count begins anew
	n     int
}

// SampleOptions are the options of NewSample. The zero SampleOptions consists of
// defaults.
type SampleOptions struct {
	First    int           // are let through in each Interval; 0 is 100
	Every    int           // of the rest, each Every'th is let through; 0 is 100, negative: none
	Interval time.Duration // 0 is one second; it begins with the first record of a kind
	// Exempt lets records of this level and above through, uncounted; NotSet: none.
	Exempt Level
	// Key says which records are alike, instead of level and message. It must be
	// safe for concurrent use.
	Key func(r *Record) string
}

const reasonSampling = "sampling"

// NewSample returns a Sample in front of e. o may be nil.
func NewSample(e Emitter, o *SampleOptions) *Sample {
	if o == nil {
		o = &SampleOptions{}
	}
	interval := positive(o.Interval, time.Second)
	s := &Sample{
		gate:     gate{next: e, reason: reasonSampling, every: interval},
		exempt:   exemptOr(o.Exempt),
		first:    positive(o.First, 100),
		every:    o.Every,
		interval: interval,
		key:      o.Key,
		seed:     maphash.MakeSeed(),
		start:    time.Now(),
	}
	if o.Every == 0 {
		s.every = 100
	}
	return s
}

// Emit hands r on or withholds it, which is no error.
func (s *Sample) Emit(ctx context.Context, r *Record) error {
	slot := s.slot(r)
	return s.gate.emit(ctx, r, func(now time.Time) bool { return r.Level >= s.exempt || s.admit(slot, now.Sub(s.start)) })
}

// slot is where records like r are counted.
func (s *Sample) slot(r *Record) *sampleSlot {
	var h maphash.Hash
	h.SetSeed(s.seed)
	if s.key != nil {
		_, _ = h.WriteString(s.key(r))
	} else {
		hashInt(&h, int64(r.Level))
		_, _ = h.WriteString(r.Message)
	}
	return &s.slots[h.Sum64()%sampleSlots]
}

func (s *Sample) admit(slot *sampleSlot, now time.Duration) bool {
	if slot.n == 0 || now >= slot.until {
		slot.n, slot.until = 0, now+s.interval
	}
	slot.n++
	beyond := slot.n - s.first
	return beyond <= 0 || s.every > 0 && beyond%s.every == 0
}

// Flush says how many records were withheld, unless that was said only just, and
// flushes the Emitter behind.
func (s *Sample) Flush(ctx context.Context) error { return s.gate.flush(ctx, noRun) }

// Close says how many records were withheld and closes the Emitter behind.
func (s *Sample) Close() error { return s.gate.close(noRun) }

// Stats returns the counts; records are Dropped as "sampling" or "error".
func (s *Sample) Stats() Stats { return s.gate.stats() }
