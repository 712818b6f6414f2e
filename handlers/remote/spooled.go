package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/spool"
	"github.com/sluicelog/sluice/redial"
)

// permanentError is one that no further attempt to deliver the record will mend;
// package queue asks.
type permanentError struct{ error }

func (e permanentError) Unwrap() error   { return e.error }
func (e permanentError) Permanent() bool { return true }

// Spooled is the Emitter of a handler with Options.Spool: what it takes is on disk,
// and a goroutine sends it.
type Spooled struct {
	queue    *spool.Spool
	listener *queue.Listener
	inner    *sluice.Handler
	linger   time.Duration
}

// SpooledOf returns the Spooled of a handler of this package; nil if h has none.
func SpooledOf(h *sluice.Handler) *Spooled {
	s, _ := h.Emitter().(*Spooled)
	return s
}

// behind gives the handler that sends: h, or the one behind its spool.
func behind(h *sluice.Handler) *sluice.Handler {
	if s := SpooledOf(h); s != nil {
		return s.inner
	}
	return h
}

// behindSpool makes the handler that sends what was in a spool. The one in front has
// decided what is sent; an error is that of an attempt.
func behindSpool(e sluice.Emitter, onError sluice.ErrorFunc) *sluice.Handler {
	o := &sluice.HandlerOptions{Level: sluice.NotSet}
	if onError != nil {
		o.OnError = func(ctx context.Context, _ *sluice.Record, err error) { onError(ctx, nil, err) }
	}
	return sluice.NewHandler(e, o)
}

// hold makes the connection send again what the peer had not read, as long as a
// record counts as sent when the system has it.
func (o *Options) hold(h *redial.Hold) *redial.Hold {
	if h == nil && o.Spool != "" {
		return &redial.Hold{Linger: o.linger()}
	}
	return h
}

// linger is how long Close tries to send what is in the spool.
func (o *Options) linger() time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return time.Second
}

// spooled puts the spool in front of inner, if there is to be one. batch is how many
// records are settled at once; 0: as many as a Listener takes.
func (o *Options) spooled(class string, inner *sluice.Handler, batch int) (*sluice.Handler, error) {
	if o.Spool == "" {
		return inner, nil
	}
	so := spool.Options{}
	if o.SpoolOptions != nil {
		so = *o.SpoolOptions
	}
	so.Number = true
	if so.OnError == nil {
		so.OnError = func(err error) { inner.HandleError(context.Background(), nil, err) }
	}
	q, err := spool.Open(o.Spool, &so)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", class, err), inner.Close())
	}
	backoff := time.Second
	if o.RetryStart != nil && *o.RetryStart > 0 {
		backoff = *o.RetryStart
	}
	s := &Spooled{queue: q, inner: inner, linger: o.linger()}
	s.listener = queue.NewListener(q, []queue.Destination{{Name: "peer", Handler: inner}}, &queue.ListenerOptions{
		Batch: batch, Retries: -1, Backoff: backoff, TellDrops: new(bool),
	})
	if err := s.listener.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", class, err), q.Close(), inner.Close())
	}
	front := *o
	front.Spool = ""
	return front.handler(s), nil
}

// Emit puts r into the spool and returns when the operating system has it.
func (s *Spooled) Emit(ctx context.Context, r *sluice.Record) error {
	if err := s.queue.Put(ctx, r); err != nil {
		return err
	}
	// Without Durable this is one system call; with it, one sync for all who wait.
	return s.queue.Flush(context.WithoutCancel(ctx))
}

// Flush returns when what was emitted is as safe as the spool makes it. It does not
// wait for the peer.
func (s *Spooled) Flush(ctx context.Context) error { return s.queue.Flush(ctx) }

// Close sends what is in the spool, for Options.Timeout at most, and closes it. What
// is left is there for the next handler with this spool.
func (s *Spooled) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.linger)
	defer cancel()
	stopped := s.listener.Stop(ctx)
	err := s.queue.Close()
	if closed := s.inner.Close(); stopped == nil {
		err = errors.Join(err, closed)
	}
	// That not all was sent is no failure: it is safe.
	return err
}

// Stats is the ledger of the spool since it was opened: what is held waits for the
// peer.
func (s *Spooled) Stats() sluice.Stats { return s.queue.Stats() }
