package main

import (
	"context"
	"errors"
	"syscall"

	"github.com/sluicelog/sluice"
)

// routed hands records to one handler, as often as their loggers have it.
type routed struct {
	handler *sluice.Handler
	loggers *sluice.Loggers
	// connects is asked after an error: another configuration may have another class.
	connects func() bool
}

// Emit is an Emitter's.
func (t *routed) Emit(ctx context.Context, r *sluice.Record) error {
	var errs []error
	for h := range t.loggers.HandlersOf(r.Name) {
		if h == t.handler && h.Admits(r.Level) {
			errs = append(errs, h.Emit(ctx, r))
		}
	}
	err := errors.Join(errs...)
	// What the system refuses now it may take later; what is wrong with a record stays
	// so, and must not hold up those behind it.
	if no := syscall.Errno(0); err != nil && !errors.As(err, &no) && !t.connects() {
		return hopeless{err}
	}
	return err
}

// Flush is an Emitter's.
func (t *routed) Flush(ctx context.Context) error { return t.handler.Flush(ctx) }

// Close is an Emitter's: the configuration closes its handlers.
func (t *routed) Close() error { return nil }

// hopeless is an error of a record that no further attempt will deliver; package queue
// asks.
type hopeless struct{ error }

func (e hopeless) Unwrap() error   { return e.error }
func (e hopeless) Permanent() bool { return true }
