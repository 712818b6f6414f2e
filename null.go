package sluice

import (
	"context"
	"sync/atomic"
)

// Null is an Emitter that delivers to nowhere. The zero Null is ready. (Python:
// NullHandler.)
type Null struct{ closed atomic.Bool }

// Emit does nothing.
func (n *Null) Emit(context.Context, *Record) error {
	if n.closed.Load() {
		return ErrClosed
	}
	return nil
}

// Flush does nothing.
func (n *Null) Flush(context.Context) error { return nil }

// Close makes Emit give ErrClosed.
func (n *Null) Close() error {
	n.closed.Store(true)
	return nil
}
