package sluice

import (
	"context"
	"errors"
)

// Emitter delivers records to one destination: what a subclass of Python's
// Handler overrides (emit, flush, close).
//
// The implementer must be safe for concurrent use, must neither modify nor keep
// r (Clone it), and must not lose r because ctx is canceled. The caller will not
// change r before Emit returns, and may use its memory again afterwards.
//
// Emit returns an error if r was not delivered, and reports nothing itself: the
// Handler around it does. Package emittest checks all of this.
type Emitter interface {
	Emit(ctx context.Context, r *Record) error
	// Flush hands what was emitted to the destination. It is not fsync.
	Flush(ctx context.Context) error
	// Close flushes and releases what the Emitter opened. Closing twice is fine;
	// afterwards Emit gives ErrClosed.
	Close() error
}

// Formatter makes the bytes of a record, without a terminator.
//
// The implementer must be safe for concurrent use, must append to dst and keep
// neither dst nor r. The caller writes what comes back with one call.
type Formatter interface {
	AppendRecord(dst []byte, r *Record) ([]byte, error)
}

// ErrClosed is what an Emitter gives after Close.
var ErrClosed = errors.New("handler closed")
