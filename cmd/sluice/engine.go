package main

import (
	"context"
	"errors"
	"slices"

	"github.com/sluicelog/sluice/natsqueue"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/receive"
)

// engine is a queue that remembers its cursors by their names.
type engine interface {
	queue.Queue
	// Cursors gives the names, those that only a former run had included; but not where
	// other programs have cursors that this one knows nothing of.
	Cursors(ctx context.Context) ([]string, error)
	// Forget removes a cursor, and gives how many records had waited for it and are
	// dropped.
	Forget(ctx context.Context, name string) (dropped uint64, err error)
}

// engine opens the queue that the flags say, and gives the word for where it keeps
// records for the next start; empty: nowhere. The spool lies beside file. With behind a
// destination that is behind others loses the oldest when there is no room.
func (q *waiting) engine(file string, report func(error), written *written, seen *receive.Seen, behind bool) (e engine, kept string, err error) {
	switch {
	case q.Queue == queueMemory:
		o := &queue.RingOptions{MaxBytes: int64(q.QueueMaxBytes)}
		if behind {
			o.Behind = behindWait
		}
		return queue.NewRing(q.QueueSize, o), "", nil
	case isNATS(q.Queue):
		s, err := q.openStream(report)
		if err != nil {
			return nil, "", err
		}
		if !q.QueueAlone {
			return shared{s}, "stream", nil
		}
		return s, "stream", nil
	}
	s, err := q.openSpool(file, report, written, seen, behind)
	if err != nil {
		return nil, "", err
	}
	return s, "spool", nil
}

// shared is a stream that other programs take records from: who is gone here may be
// there. What nobody wants any more the stream forgets by itself, in time.
type shared struct{ *natsqueue.Queue }

// Cursors names none: they may be others'.
func (shared) Cursors(context.Context) ([]string, error) { return nil, nil }

// Forget leaves a cursor to others.
func (s shared) Forget(_ context.Context, name string) (uint64, error) {
	s.Leave(name)
	return 0, nil
}

// forgetOthers forgets the cursors that are not wanted, and tells what waited for them.
func forgetOthers(ctx context.Context, e engine, wanted func(cursor string) bool, tell func(cursor string, n uint64)) error {
	cursors, err := e.Cursors(ctx)
	return errors.Join(err, forget(ctx, e, slices.DeleteFunc(cursors, wanted), tell))
}

// forget forgets cursors, and tells what waited for them.
func forget(ctx context.Context, e engine, cursors []string, tell func(cursor string, n uint64)) error {
	var errs []error
	for _, cursor := range cursors {
		n, err := e.Forget(ctx, cursor)
		errs = append(errs, err)
		if n > 0 {
			tell(cursor, n)
		}
	}
	return errors.Join(errs...)
}
