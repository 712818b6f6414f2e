package sluice

import (
	"context"
	"math"
	"time"
)

// RateLimit is an Emitter that hands on so many records in a time and withholds
// what is beyond: a token bucket. How many it withheld is said in the stream, by a
// record before the next one that is let through, at most once in the time, and by
// Flush and Close: "42 records withheld: rate limit", with the number as attribute
// withheld, in the name of the last of them, at the highest of their levels but at
// least Warning. Such a record is not limited itself. There is no timer: while
// nothing is logged, nothing is said. It is safe for concurrent use.
type RateLimit struct {
	gate   gate
	exempt Level
	step   time.Duration // one record's share of the time
	slack  time.Duration // how far ahead of its time the next record may be
	next   time.Time     // when the next record's time is; guarded by gate.mu
}

// RateLimitOptions are the options of NewRateLimit. The zero RateLimitOptions
// consists of defaults.
type RateLimitOptions struct {
	Records int           // are let through in each Per; 0 is 100
	Per     time.Duration // 0 is one second
	Burst   int           // are let through at once after a pause; 0 is Records
	// Exempt lets records of this level and above through, uncounted; NotSet: none.
	Exempt Level
}

const reasonRateLimit = "rate limit"

// NewRateLimit returns a RateLimit in front of e. o may be nil.
func NewRateLimit(e Emitter, o *RateLimitOptions) *RateLimit {
	if o == nil {
		o = &RateLimitOptions{}
	}
	records := positive(o.Records, 100)
	per := positive(o.Per, time.Second)
	l := &RateLimit{
		gate:   gate{next: e, reason: reasonRateLimit, every: per},
		exempt: exemptOr(o.Exempt),
		step:   max(per/time.Duration(records), 1),
		slack:  math.MaxInt64,
	}
	if more := positive(o.Burst, records) - 1; int64(more) <= math.MaxInt64/int64(l.step) {
		l.slack = time.Duration(more) * l.step
	}
	return l
}

// positive gives n, or other where n is not positive.
func positive[T int | time.Duration](n, other T) T {
	if n > 0 {
		return n
	}
	return other
}

// exemptOr gives the level from which on records are exempt: for NotSet, none.
func exemptOr(l Level) Level {
	if l == NotSet {
		return math.MaxInt
	}
	return l
}

// Emit hands r on or withholds it, which is no error.
func (l *RateLimit) Emit(ctx context.Context, r *Record) error {
	return l.gate.emit(ctx, r, func(now time.Time) bool { return r.Level >= l.exempt || l.admit(now) })
}

func (l *RateLimit) admit(now time.Time) bool {
	if l.next.Sub(now) > l.slack {
		return false
	}
	if l.next.Before(now) {
		l.next = now
	}
	l.next = l.next.Add(l.step)
	return true
}

// Flush says how many records were withheld, unless that was said only just, and
// flushes the Emitter behind.
func (l *RateLimit) Flush(ctx context.Context) error { return l.gate.flush(ctx, noRun) }

// Close says how many records were withheld and closes the Emitter behind.
func (l *RateLimit) Close() error { return l.gate.close(noRun) }

// Stats returns the counts; records are Dropped as "rate limit" or "error".
func (l *RateLimit) Stats() Stats { return l.gate.stats() }
