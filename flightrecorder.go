package sluice

import (
	"context"
	"errors"
	"fmt"
)

// FlightRecorder is an Emitter that keeps the last records below a level, and hands
// them on to its target together with the first one of that level or above, in
// front of it: what led to an error is told when there is one, and costs no more
// than memory when there is none. With a Key it does so for each trace or request
// by itself. A record of the level or above is handed on at once, always.
//
// It is bounded in records and bytes. A record that falls out is no error; Stats
// counts it.
//
// Errors of the target, panics and contexts are dealt with as by a Memory, and so is
// what the target itself logs into the FlightRecorder: a record of the level is
// handed on behind those at hand, and what is logged about that the next time. It
// is safe for concurrent use: only those who hand on wait for each other.
//
// # Limits
//
// What is kept is lost with the process, unless the program calls Dump in time.
// Values inside attributes are not copied, and count for nothing.
type FlightRecorder struct {
	delivery
	level    Level
	capacity int
	maxBytes int
	maxKeys  int
	key      func(*Record) string

	// Guarded by mu.
	tracks tracks
	nested recordRing // of the level, logged by the target

	last *Record // of the level, handed on behind its track; nil: none

	copy Record // what last is where it was nested; of the turn
}

// FlightRecorderOptions are the options of NewFlightRecorder. The zero
// FlightRecorderOptions consists of defaults.
type FlightRecorderOptions struct {
	// FlushLevel is the least level of a record that takes the others with it; nil
	// is Error.
	FlushLevel *Level
	// Capacity is how many records are kept, for each key; 0 is 100.
	Capacity int
	// MaxBytes is about how much memory all that is kept may take, each record with
	// its texts, but without the values inside of its attributes; 0 is 8 MiB. The
	// keys that were used longest ago lose their oldest records first.
	MaxBytes int
	// Key says what belongs together, as ByAttr does; nil: everything. It must be
	// safe for concurrent use, and neither modify nor keep r.
	Key func(r *Record) string
	// MaxKeys is for how many keys records are kept; 0 is 1000. The key that was
	// used longest ago is forgotten first.
	MaxKeys int
}

// The reasons of FlightRecorder in Stats.Dropped.
const (
	reasonOverwritten = "overwritten"
	reasonBytes       = "bytes"
	reasonKeys        = "keys"
)

// NewFlightRecorder returns a FlightRecorder in front of target. o may be nil.
func NewFlightRecorder(target Emitter, o *FlightRecorderOptions) *FlightRecorder {
	if o == nil {
		o = &FlightRecorderOptions{}
	}
	f := &FlightRecorder{
		delivery: newDelivery(target),
		level:    Error,
		capacity: positive(o.Capacity, 100),
		maxBytes: positive(o.MaxBytes, 8<<20),
		maxKeys:  positive(o.MaxKeys, 1000),
		key:      o.Key,
	}
	if o.FlushLevel != nil {
		f.level = *o.FlushLevel
	}
	f.tracks.init()
	return f
}

// Emit keeps a copy of r, or hands on what is kept for its key, and then r.
func (f *FlightRecorder) Emit(ctx context.Context, r *Record) error {
	key := ""
	if f.key != nil {
		key = f.key(r)
	}
	if r.Level < f.level {
		return f.keep(key, r)
	}
	if inside, _ := f.begin(nil); inside {
		return f.nest(r)
	}
	defer f.end()
	var errs lostRecords
	f.unnest(ctx, &errs) // what was left the last time
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return errors.Join(errs.join(), ErrClosed)
	}
	f.accepted++
	t := f.tracks.remove(f.tracks.byKey[key])
	f.last = r
	f.mu.Unlock()
	f.empty(ctx, &errs, t)
	f.unnest(ctx, &errs)
	return errs.join()
}

// nest holds a copy of r, which the target logged, for the call at hand.
func (f *FlightRecorder) nest(r *Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	f.accepted++
	if f.nested.n >= f.capacity {
		f.nested.drop()
		f.dropped[reasonFull]++
	}
	f.nested.push(r, 0)
	return nil
}

// unnest hands on what is nested now, each record with what is kept for its key;
// once closed, all that is.
func (f *FlightRecorder) unnest(ctx context.Context, errs *lostRecords) {
	defer f.copy.recycle()
	f.mu.Lock()
	left := f.nested.n
	f.mu.Unlock()
	for f.nextNested(&left) {
		key := ""
		if f.key != nil {
			key = f.key(&f.copy)
		}
		f.mu.Lock()
		t := f.tracks.remove(f.tracks.byKey[key])
		f.mu.Unlock()
		f.empty(ctx, errs, t)
	}
}

// nextNested makes the next one last, if there are some left.
func (f *FlightRecorder) nextNested(left *int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.nested.n == 0 || *left == 0 && !f.closed {
		return false
	}
	*left = max(*left-1, 0)
	f.nested.pop(&f.copy)
	f.last = &f.copy
	return true
}

// empty hands on the records of t, which is in use by nobody else, and then last.
func (f *FlightRecorder) empty(ctx context.Context, errs *lostRecords, t *track) {
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		// None are left, unless the target has ended the goroutine.
		if n := t.n + f.waiting(); n > 0 {
			f.dropped[reasonError] += uint64(n)
		}
		f.last = nil
		f.tracks.release(t)
	}()
	f.run(ctx, errs, func(out *Record) bool {
		switch {
		case t.n > 0:
			t.pop(out)
			f.tracks.away--
		case f.last != nil:
			f.last.CopyTo(out)
			f.last = nil
		default:
			return false
		}
		return true
	})
}

// waiting is 1 while last waits for its track. The caller holds mu.
func (f *FlightRecorder) waiting() int {
	if f.last == nil {
		return 0
	}
	return 1
}

// keep adds a copy of r to what is kept, and drops what that pushes out.
func (f *FlightRecorder) keep(key string, r *Record) error {
	size := r.size()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	f.accepted++
	if size > f.maxBytes {
		f.dropped[reasonBytes]++
		return nil
	}
	k := &f.tracks
	t := k.use(key)
	if len(k.byKey) > f.maxKeys {
		f.forget(k.last(), reasonKeys)
	}
	for t.n >= f.capacity {
		k.drop(t)
		f.dropped[reasonOverwritten]++
	}
	for k.bytes+size > f.maxBytes {
		last := k.last()
		k.drop(last)
		f.dropped[reasonBytes]++
		if last.n == 0 && last != t {
			f.forget(last, reasonBytes)
		}
	}
	k.add(t, r, size)
	return nil
}

// forget drops t and what it has. The caller holds mu.
func (f *FlightRecorder) forget(t *track, reason string) {
	if t.n > 0 {
		f.dropped[reason] += uint64(t.n)
	}
	f.tracks.release(f.tracks.remove(t))
}

// Dump hands on all that is kept, as an error would, the key used longest ago
// first, and flushes the target: before the program ends, or when somebody asks.
// When ctx is done the other keys' records stay, and its error is returned.
func (f *FlightRecorder) Dump(ctx context.Context) error {
	inside, ok := f.begin(ctx.Done())
	if inside {
		return nil
	}
	if !ok {
		return fmt.Errorf("dump: wait for the target: %w", ctx.Err())
	}
	defer f.end()
	f.mu.Lock()
	left, target := len(f.tracks.byKey), f.target
	f.mu.Unlock()
	var errs lostRecords
	for ; left > 0 && ctx.Err() == nil; left-- {
		f.mu.Lock()
		// What was logged meanwhile may have pushed keys out.
		t := f.tracks.remove(f.tracks.last())
		f.mu.Unlock()
		f.empty(ctx, &errs, t)
	}
	f.unnest(ctx, &errs)
	if left > 0 {
		return errors.Join(errs.join(), fmt.Errorf("dump: %s left: %w", counted(uint64(left), "key"), ctx.Err()))
	}
	return errors.Join(errs.join(), target.Flush(ctx))
}

// Flush flushes the target. What is kept stays so.
func (f *FlightRecorder) Flush(ctx context.Context) error { return f.target.Flush(ctx) }

// Close drops what is kept and flushes the target, which stays open.
func (f *FlightRecorder) Close() error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil
	}
	f.closed = true
	for len(f.tracks.byKey) > 0 {
		f.forget(f.tracks.last(), reasonClosed)
	}
	f.tracks.spare = nil
	f.mu.Unlock()
	// What is at hand is handed on, and then what was nested in it.
	if inside, _ := f.begin(nil); inside {
		return nil
	}
	defer f.end()
	var errs lostRecords
	f.unnest(context.Background(), &errs)
	return errors.Join(errs.join(), f.target.Flush(context.Background()))
}

// Stats returns the counts. Records are Dropped as "overwritten", the oldest of a
// key that had Capacity of them; "bytes" and "keys", to stay within MaxBytes and
// MaxKeys; "error" from the target; "full", the oldest of more than Capacity that the
// target itself logged; and "closed", those kept at Close.
func (f *FlightRecorder) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stats(f.tracks.held() + f.nested.n + f.waiting())
}
