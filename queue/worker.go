package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/goroutine"
)

// worker hands records to one destination.
type worker struct {
	run     *run
	options *ListenerOptions
	d       Destination
	g       Getter
	tell    teller
	done    context.Context // over from the start, and tells whose goroutine this is
	at      int             // of the batch, the record that the destination has
}

func newWorker(l *Listener, r *run, d Destination, g Getter) *worker {
	w := &worker{run: r, options: &l.options, d: d, g: g}
	w.tell.on = d.Handler != nil && (l.options.TellDrops == nil || *l.options.TellDrops)
	w.tell.start(g.Stats())
	return w
}

// work is what a Ring finds its destinations' goroutines by, and must have a frame of
// its own.
//
//go:noinline
func (w *worker) work() {
	id := goroutine.ID()
	fetch := context.WithValue(w.run.fetch, ownerKey{}, id)
	var cancel context.CancelFunc
	w.done, cancel = context.WithCancel(context.WithValue(context.Background(), ownerKey{}, id))
	cancel()
	left := int64(-1) // records to take before the end; -1: no end yet
	for {
		b, err := w.next(fetch)
		if left < 0 && fetch.Err() != nil {
			left = w.run.most.Load()
		}
		switch {
		case err == nil:
		case errors.Is(err, sluice.ErrClosed), errors.Is(err, ErrSettled), fetch.Err() != nil:
			w.tellDrops(true)
			return
		case errors.Is(err, context.DeadlineExceeded):
			w.tellDrops(false)
			continue
		default:
			w.report(nil, fmt.Errorf("take records: %w", err))
			w.pause(w.options.Backoff)
			continue
		}
		n := int64(len(b.Records()))
		w.tellDrops(false)
		if !w.deliver(b) {
			return
		}
		if left >= 0 {
			if left -= n; left <= 0 {
				w.tellDrops(true)
				return
			}
		}
	}
}

// next waits for records, but not beyond the time when there is something to tell.
func (w *worker) next(fetch context.Context) (Batch, error) {
	wait := w.tell.wait()
	if wait == 0 {
		return w.take(fetch)
	}
	// Mostly there is something, and a context is not to be had for nothing.
	b, err := w.take(w.done)
	if !errors.Is(err, context.Canceled) {
		return b, err
	}
	ctx, cancel := context.WithTimeout(fetch, wait)
	defer cancel()
	return w.take(ctx)
}

// take is Get, of a Ring a patient one: only a Listener knows that nobody minds.
func (w *worker) take(ctx context.Context) (Batch, error) {
	if g, ok := w.g.(*getter); ok {
		return g.get(ctx, w.options.Batch, true)
	}
	return w.g.Get(ctx, w.options.Batch)
}

// deliver settles b; it is false if the run was given up meanwhile.
func (w *worker) deliver(b Batch) bool {
	ctx := context.WithoutCancel(w.run.emit)
	for {
		rs := b.Records()
		if len(rs) == 0 {
			return true
		}
		if w.d.Handler == nil {
			w.settled(b.Drop(ctx, len(rs), NoDestination))
			return true
		}
		n, failure := w.emit(rs)
		if n > 0 && !w.flushed(b, n) {
			return false
		}
		if failure != nil && !w.failed(b, failure) {
			return false
		}
		if w.run.given.Load() {
			w.settled(b.Nak(ctx, 0))
			return false
		}
	}
}

// flushed flushes the destination and acks n records. It is false if the run was
// given up.
func (w *worker) flushed(b Batch, n int) bool {
	ctx := context.WithoutCancel(w.run.emit)
	err := w.flush()
	for try := 0; err != nil && w.again(try); try++ {
		err = w.flush()
	}
	switch {
	case err == nil:
		w.settled(b.Ack(ctx, n))
	case w.run.given.Load():
		w.settled(b.Nak(ctx, 0))
		return false
	default:
		w.settled(b.Drop(ctx, n, NotFlushed))
	}
	return true
}

// failed tries the first record of b again, and drops it in the end. It is false if
// the run was given up.
func (w *worker) failed(b Batch, failure error) bool {
	ctx := context.WithoutCancel(w.run.emit)
	one := b.Records()[:1]
	for try := 0; failure != nil && !permanent(failure) && w.again(try); try++ {
		_, failure = w.emit(one)
	}
	switch {
	case failure == nil:
		return w.flushed(b, 1)
	case w.run.given.Load():
		w.settled(b.Nak(ctx, 0))
		return false
	}
	w.settled(b.Drop(ctx, 1, w.bury(ctx, one[0], failure)))
	return true
}

// permanent says that it is no use to try again.
func permanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}

// again waits for the next try; it is false if there is none.
func (w *worker) again(try int) bool {
	if w.options.Retries >= 0 && try >= w.options.Retries || w.run.given.Load() {
		return false
	}
	wait := maxBackoff
	if try < 16 {
		wait = min(wait, w.options.Backoff<<try)
	}
	w.pause(wait)
	return !w.run.given.Load()
}

// pause waits, unless the run is given up.
func (w *worker) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.run.emit.Done():
	}
}

// bury gives r to the dead letters and tells the reason to count it under.
func (w *worker) bury(ctx context.Context, r *sluice.Record, failure error) string {
	if w.options.DeadLetter == nil {
		return Failed
	}
	dead := r.Clone()
	dead.Attrs = append(dead.Attrs, slog.String("undelivered_to", w.d.Name), slog.String("undelivered_why", failure.Error()))
	err := guarded(func() error {
		return errors.Join(w.options.DeadLetter.Emit(ctx, dead), w.options.DeadLetter.Flush(ctx))
	})
	if err != nil {
		w.report(r, fmt.Errorf("dead letter: %w", err))
		return Failed
	}
	return DeadLetter
}

// settled reports a queue that failed to settle; that a successor has taken over, or
// that the queue was closed, is no failure.
func (w *worker) settled(err error) {
	if err != nil && !errors.Is(err, ErrSettled) && !errors.Is(err, sluice.ErrClosed) {
		w.report(nil, fmt.Errorf("settle records: %w", err))
	}
}

// emit hands records to the destination until one fails: of the n before it, it
// took care.
func (w *worker) emit(rs []*sluice.Record) (n int, err error) {
	w.at = 0
	defer func() {
		if p := recover(); p != nil {
			n, err = w.at, fmt.Errorf("panic: %v", p)
			w.report(rs[w.at], err)
		}
	}()
	h := w.d.Handler
	for ; w.at < len(rs) && !w.run.given.Load(); w.at++ {
		r := rs[w.at]
		if w.options.RespectHandlerLevel && !h.Admits(r.Level) {
			continue
		}
		if err := h.Emit(w.run.emit, r); err != nil {
			return w.at, err
		}
	}
	return w.at, nil
}

func (w *worker) flush() error {
	err := guarded(func() error { return w.d.Handler.Flush(w.run.emit) })
	if err != nil {
		w.report(nil, fmt.Errorf("flush: %w", err))
	}
	return err
}

// report tells the destination's OnError, which may panic as well.
func (w *worker) report(r *sluice.Record, err error) {
	if w.d.Handler == nil {
		return
	}
	_ = guarded(func() error {
		w.d.Handler.HandleError(w.run.emit, r, err)
		return nil
	})
}

// guarded makes an error of a panic.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}
