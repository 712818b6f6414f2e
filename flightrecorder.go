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
// Errors of the target, panics and contexts are dealt with as by a Memory. What the
// target itself logs into the FlightRecorder is kept, whatever its level, for the
// next time. It is safe for concurrent use: only those who hand on wait for each
// other.
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
		return f.keep(key, r)
	}
	defer f.end()
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return ErrClosed
	}
	t := f.tracks.remove(f.tracks.byKey[key])
	f.mu.Unlock()
	var errs lostRecords
	f.empty(ctx, &errs, t, r)
	return errs.join()
}

// empty hands on the records of t, which is in use by nobody else, and then r
// unless it is nil.
func (f *FlightRecorder) empty(ctx context.Context, errs *lostRecords, t *track, r *Record) {
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if t.n > 0 { // the target has ended the goroutine
			f.dropped[reasonError] += uint64(t.n)
		}
		f.tracks.release(t)
	}()
	f.run(ctx, errs, func(out *Record) bool {
		switch {
		case t.n > 0:
			t.pop(out)
			f.tracks.away--
		case r != nil:
			f.accepted++
			r.CopyTo(out)
			r = nil
		default:
			return false
		}
		return true
	})
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
		f.empty(ctx, &errs, t, nil)
	}
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
	// What is being handed on is no more to be dropped.
	if inside, _ := f.begin(nil); inside {
		return nil
	}
	defer f.end()
	return f.target.Flush(context.Background())
}

// Stats returns the counts. Records are Dropped as "overwritten", the oldest of a
// key that had Capacity of them; "bytes" and "keys", to stay within MaxBytes and
// MaxKeys; "error" from the target; and "closed", those kept at Close.
func (f *FlightRecorder) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stats(f.tracks.held())
}
