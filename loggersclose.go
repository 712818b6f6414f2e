package sluice

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// attach brings attached up to date after added were given to loggers. The caller
// holds mu.
func (l *Loggers) attach(added []*Handler) {
	used := map[*handlerCore]bool{}
	l.root.walk(func(n *logger) {
		for _, h := range n.o.Handlers {
			used[h.core] = true
		}
	})
	var attached []*Handler // a new slice: Flush may be reading the former one
	for _, h := range slices.Concat(l.attached, added) {
		if used[h.core] {
			attached = append(attached, h)
			delete(used, h.core)
		}
	}
	l.attached = attached
}

// all gives the last resort and what loggers have, oldest first, each once. The
// caller holds mu.
func (l *Loggers) all() []*Handler {
	last := l.lastResort[0]
	if slices.ContainsFunc(l.attached, func(h *Handler) bool { return h.core == last.core }) {
		return l.attached
	}
	return slices.Concat(l.lastResort, l.attached)
}

// Flush flushes all handlers. Errors are joined.
func (l *Loggers) Flush(ctx context.Context) error {
	l.mu.RLock()
	hs := l.all()
	l.mu.RUnlock()
	var errs []error
	for _, h := range hs {
		errs = append(errs, h.Flush(ctx))
	}
	return errors.Join(errs...)
}

// Close closes each handler that loggers have, and the last resort, once, the one
// attached last first. Errors are joined. Afterwards Emit gives ErrClosed, and
// what is logged is reported to OnError.
func (l *Loggers) Close() error {
	l.refuse()
	var errs []error
	for _, h := range l.take() {
		errs = append(errs, h.Close())
	}
	return errors.Join(errs...)
}

// Stop makes Emit give ErrClosed, and waits until what is being handled has been, or
// ctx is done. Handlers stay open, for Close or Shutdown, or for who closes them in
// an order of his own.
func (l *Loggers) Stop(ctx context.Context) error {
	l.refuse()
	return l.Settle(ctx)
}

// Shutdown is Close, but waits first until what is being handled has been, and
// for nothing any longer than until ctx is done: then its error is joined to the
// others, and handlers that are not closed yet go on being closed. (Python:
// logging.shutdown, which swallows errors.)
func (l *Loggers) Shutdown(ctx context.Context) error {
	l.refuse()
	hs := l.take()
	if len(hs) == 0 {
		return nil
	}
	errs := []error{l.Settle(ctx)}
	closed := make(chan error, len(hs)) // room for all: nobody may be left to receive
	go func() {
		for _, h := range hs {
			closed <- h.Close()
		}
	}()
	for range hs {
		select {
		case err := <-closed:
			errs = append(errs, err)
		case <-ctx.Done():
			return errors.Join(append(errs, fmt.Errorf("close handlers: %w", ctx.Err()))...)
		}
	}
	return errors.Join(errs...)
}

// refuse makes Emit give ErrClosed.
func (l *Loggers) refuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		l.root.update()
	}
}

// take returns the handlers to be closed, in order; none the second time.
func (l *Loggers) take() []*Handler {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken {
		return nil
	}
	l.taken = true
	hs := slices.Clone(l.all())
	slices.Reverse(hs)
	return hs
}
