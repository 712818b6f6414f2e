package sluice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// gate is what RateLimit, Sample and Repeat share: it hands records on, counts
// those that are withheld, and says in the stream how many they were.
type gate struct {
	next   Emitter
	reason string        // why records are withheld, in Stats and in the stream
	every  time.Duration // the least time between two times that it is said

	mu       sync.Mutex // guards what follows and the rule of the type around; not held while records are handed on
	closed   bool
	accepted uint64
	dropped  uint64
	untold   withheld
	told     time.Time // zero: never

	delivered, failed atomic.Uint64
}

// withheld are records that were not handed on.
type withheld struct {
	n        uint64
	level    Level  // the highest of theirs
	name     string // the last one's logger
	repeated bool   // they are like the one before, whose message is
	message  string
}

func (w *withheld) add(more withheld) {
	if more.n == 0 {
		return
	}
	if w.n == 0 || more.level > w.level {
		w.level = more.level
	}
	w.n += more.n
	w.name = more.name
}

// emit hands r on if admit, which is called with mu held, lets it through.
func (g *gate) emit(ctx context.Context, r *Record, admit func(now time.Time) bool) error {
	now := time.Now()
	admitted, due, err := g.decide(now, r, admit)
	if !admitted {
		return err
	}
	// What could not be said is said later: that is no error of r.
	_ = g.tell(ctx, due, now)
	return g.hand(ctx, r)
}

func (g *gate) decide(now time.Time, r *Record, admit func(time.Time) bool) (admitted bool, due withheld, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false, withheld{}, ErrClosed
	}
	g.accepted++
	if !admit(now) {
		g.dropped++
		g.untold.add(withheld{n: 1, level: r.Level, name: r.Name})
		return false, withheld{}, nil
	}
	return true, g.due(now), nil
}

// due takes what is to be said now; nothing if it is too early. The caller holds
// mu.
func (g *gate) due(now time.Time) withheld {
	if !g.isDue(now) {
		return withheld{}
	}
	return g.take(now)
}

func (g *gate) isDue(now time.Time) bool { return g.told.IsZero() || now.Sub(g.told) >= g.every }

// take takes what was not said yet. The caller holds mu.
func (g *gate) take(now time.Time) withheld {
	w := g.untold
	if w.n > 0 {
		g.told = now
	}
	g.untold = withheld{}
	return w
}

// hand gives r to the Emitter behind.
func (g *gate) hand(ctx context.Context, r *Record) error {
	err := g.next.Emit(ctx, r)
	if err != nil {
		g.failed.Add(1)
	} else {
		g.delivered.Add(1)
	}
	return err
}

// tell says that records were withheld. Where that fails they stay to be told of.
func (g *gate) tell(ctx context.Context, w withheld, now time.Time) error {
	if w.n == 0 {
		return nil
	}
	r := &Record{Time: now, Name: w.name, Attrs: []slog.Attr{slog.Uint64("withheld", w.n)}}
	if w.repeated {
		r.Level = w.level
		r.Message = fmt.Sprintf("last message repeated %s: %s", counted(w.n, "time"), w.message)
	} else {
		// Whoever would have seen the records is to see this.
		r.Level = max(w.level, Warning)
		r.Message = fmt.Sprintf("%s withheld: %s", counted(w.n, "record"), g.reason)
	}
	err := g.next.Emit(ctx, r)
	if err != nil {
		g.mu.Lock()
		g.untold.add(w)
		g.mu.Unlock()
	}
	return err
}

func counted(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// flush says what is to be said, with what run gives, and flushes.
func (g *gate) flush(ctx context.Context, run func() withheld) error {
	now := time.Now()
	var left, last withheld
	g.mu.Lock()
	if g.isDue(now) && !g.closed {
		left, last = g.take(now), run()
		if last.n > 0 {
			g.told = now
		}
	}
	g.mu.Unlock()
	return errors.Join(g.tell(ctx, left, now), g.tell(ctx, last, now), g.next.Flush(ctx))
}

// close says all that is left to be said, with what run gives, and closes.
func (g *gate) close(run func() withheld) error {
	now := time.Now()
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return nil
	}
	g.closed = true
	left, last := g.take(now), run()
	g.mu.Unlock()
	ctx := context.Background()
	return errors.Join(g.tell(ctx, left, now), g.tell(ctx, last, now), g.next.Close())
}

// noRun is for gates whose records are all counted as one.
func noRun() withheld { return withheld{} }

func (g *gate) stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := Stats{Accepted: g.accepted, Delivered: g.delivered.Load(), Dropped: map[string]uint64{}}
	if g.dropped > 0 {
		s.Dropped[g.reason] = g.dropped
	}
	if n := g.failed.Load(); n > 0 {
		s.Dropped["error"] = n
	}
	return s
}
