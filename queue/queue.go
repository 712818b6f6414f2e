package queue

import (
	"context"
	"errors"
	"time"

	"github.com/sluicelog/sluice"
)

// Putter is where a Handler puts records. (Python: queue.put, QueueHandler.enqueue.)
//
// The implementer must be safe for concurrent use, must neither modify nor keep r
// (Record.CopyTo copies it), and must not lose r because ctx is canceled: how long
// Put may wait is the queue's own policy. The caller uses r's memory again as soon
// as Put returned.
type Putter interface {
	// Put gives an error if r was dropped: ErrFull, or ErrClosed of package sluice.
	Put(ctx context.Context, r *sluice.Record) error
	// Flush returns when what was put is as safe as this queue makes it.
	Flush(ctx context.Context) error
}

// Getter reads a queue for one destination. (Python: queue.get,
// QueueListener.dequeue.) It is used by one goroutine.
type Getter interface {
	// Get waits for a record and gives it, with those that are there already, at
	// most max in all, oldest first; it does not wait for a second one. The batch
	// before must be settled. When ctx is done Get does not wait, but still gives
	// what is there, and ctx's error if there is nothing. A closed queue gives what
	// it held, then ErrClosed of package sluice; a durable one keeps that for the
	// next time it is opened, and gives ErrClosed at once.
	Get(ctx context.Context, max int) (Batch, error)
	// Stats is the ledger of this destination alone.
	Stats() sluice.Stats
}

// Batch is records that a Getter gave and that wait to be settled, from the first
// on. What is not settled comes again, when the queue is opened anew or another
// Getter takes its place.
type Batch interface {
	// Records gives those that are not settled. They must not be modified, nor used
	// once they are.
	Records() []*sluice.Record
	// Ack settles the first n: they were delivered.
	Ack(ctx context.Context, n int) error
	// Drop settles the first n: they will not be delivered, and are counted under
	// reason, which is a few words, the same for all that go for it.
	Drop(ctx context.Context, n int, reason string) error
	// Nak gives all back: they come again, not before after has passed.
	Nak(ctx context.Context, after time.Duration) error
}

// Queue is a Putter and its Getters, of which each gets every record.
type Queue interface {
	Putter
	// Cursor gives the Getter of a destination: at first it stands at the oldest
	// record that is held. The Getter that was there by that name is dead, and what
	// it had not settled comes again.
	Cursor(name string) (Getter, error)
	// Stats is the ledger: Accepted is the sum of Delivered (to all destinations),
	// Held, and Dropped (not delivered to all), at any moment.
	Stats() sluice.Stats
	// Close ends Put. Twice is fine.
	Close() error
}

var (
	// ErrFull is what Put gives for a record that found no room.
	ErrFull = errors.New("queue full")
	// ErrTooLarge is what Put gives for a record that is larger than the queue.
	ErrTooLarge = errors.New("record larger than the queue")
	// ErrLoop is what Put gives for a record that a destination logged about itself.
	ErrLoop = errors.New("record logged by its own destination")
	// ErrSettled is what a Batch gives if there are less records to settle, or if
	// another Getter has taken its place.
	ErrSettled = errors.New("batch settled already")
	// ErrUnsettled is what Get gives while there is a batch to settle.
	ErrUnsettled = errors.New("batch before not settled")
)

// Reasons under which a Ring and a Listener count what they drop, and queues that
// remember their cursors what waited for one that was forgotten.
const (
	Full          = "queue full"
	Behind        = "destination behind"
	TooLarge      = "record too large"
	Loop          = "logged by a destination"
	Failed        = "not delivered"
	DeadLetter    = "dead letter"
	NotFlushed    = "not flushed"
	NoDestination = "no destination"
	Forgotten     = "destination forgotten"
)
