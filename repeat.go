package sluice

import (
	"context"
	"hash/maphash"
	"time"
)

// Repeat is an Emitter that withholds a record that is like the one before, as
// syslog daemons do. Alike are records that differ in nothing but their time and
// place, unless Key says otherwise. When another record comes, or the time is up,
// the stream is told how often: "last message repeated 3 times: no route to host",
// with the number as attribute withheld, by a record of the same name and level.
// Flush and Close tell as well. There is no timer: the record that would be told
// of may wait for the next one. It is safe for concurrent use.
type Repeat struct {
	gate   gate
	window time.Duration
	key    func(*Record) string
	seed   maphash.Seed

	// Guarded by gate.mu.
	last  uint64    // the fingerprint of the record that was let through last
	since time.Time // when it was; zero: there is none
	run   withheld  // those like it since
}

// RepeatOptions are the options of NewRepeat. The zero RepeatOptions consists of
// defaults.
type RepeatOptions struct {
	// Window is how long records like one that was let through are withheld; the
	// next one is let through again. 0 is one minute.
	Window time.Duration
	// Key says which records are alike. It must be safe for concurrent use.
	Key func(r *Record) string
}

const reasonRepeated = "repeated"

// NewRepeat returns a Repeat in front of e. o may be nil.
func NewRepeat(e Emitter, o *RepeatOptions) *Repeat {
	if o == nil {
		o = &RepeatOptions{}
	}
	window := positive(o.Window, time.Minute)
	return &Repeat{
		gate:   gate{next: e, reason: reasonRepeated, every: window},
		window: window,
		key:    o.Key,
		seed:   maphash.MakeSeed(),
	}
}

// Emit hands r on or withholds it, which is no error.
func (p *Repeat) Emit(ctx context.Context, r *Record) error {
	var print uint64
	if p.key != nil {
		print = maphash.String(p.seed, p.key(r))
	} else {
		print = r.fingerprint(p.seed)
	}
	now := time.Now()
	fresh, run, due, err := p.decide(now, r, print)
	if !fresh {
		return err
	}
	// What could not be said is said later: that is no error of r.
	_ = p.gate.tell(ctx, run, now)
	_ = p.gate.tell(ctx, due, now)
	if err = p.gate.hand(ctx, r); err != nil {
		p.forget(print, now)
	}
	return err
}

// decide says whether r is handed on; then run has ended, and due is to be said.
func (p *Repeat) decide(now time.Time, r *Record, print uint64) (fresh bool, run, due withheld, err error) {
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	if p.gate.closed {
		return false, run, due, ErrClosed
	}
	p.gate.accepted++
	if print == p.last && !p.since.IsZero() && now.Sub(p.since) < p.window {
		p.gate.dropped++
		p.run.add(withheld{n: 1, level: r.Level, name: r.Name})
		p.run.repeated, p.run.message = true, r.Message
		return false, run, due, nil
	}
	run = p.endRun()
	p.last, p.since = print, now
	return true, run, p.gate.due(now), nil
}

// endRun takes the run. The caller holds gate.mu.
func (p *Repeat) endRun() withheld {
	run := p.run
	p.run = withheld{}
	return run
}

// forget undoes that a record was let through: it was not delivered, and the next
// one like it must not be withheld on its account.
func (p *Repeat) forget(print uint64, at time.Time) {
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	if p.last == print && p.since.Equal(at) {
		p.since = time.Time{}
	}
}

// Flush says how often the last record was repeated, unless that was said only
// just, and flushes the Emitter behind.
func (p *Repeat) Flush(ctx context.Context) error { return p.gate.flush(ctx, p.endRun) }

// Close says how often the last record was repeated and closes the Emitter behind.
func (p *Repeat) Close() error { return p.gate.close(p.endRun) }

// Stats returns the counts; records are Dropped as "repeated" or "error".
func (p *Repeat) Stats() Stats { return p.gate.stats() }
