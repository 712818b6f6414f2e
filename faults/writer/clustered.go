package writer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/natsqueue"
)

// clustered is a queue in a stream of JetStream: what a Flush after its Put has
// returned for is accepted.
type clustered struct{ queue *natsqueue.Queue }

// opened is how long a cluster that is just coming up is waited for.
const opened = 20 * time.Second

// openQueue opens the queue on the servers of the spec.
func (s Spec) openQueue() (*natsqueue.Queue, error) {
	secure, err := s.TLS()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), opened)
	defer cancel()
	return natsqueue.Open(ctx, s.URL, &natsqueue.Options{
		Stream: Lines, Replicas: s.Replicas, TLS: secure, Producer: strconv.Itoa(s.Producer),
		AckWait: s.AckWait, Shared: s.Shared,
		OnError: func(err error) { fmt.Fprintln(os.Stderr, err) },
	})
}

func openClustered(s Spec) (target, error) {
	q, err := s.openQueue()
	return clustered{q}, err
}

func (c clustered) Write(line []byte) (int, error) {
	r := sluice.Record{Time: time.Now(), Level: sluice.Info, Message: string(line[:len(line)-1])}
	if err := c.queue.Put(context.Background(), &r); err != nil {
		return 0, err
	}
	if err := c.queue.Flush(context.Background()); err != nil {
		return 0, err
	}
	return len(line), nil
}

func (c clustered) Roll() error { return errors.ErrUnsupported }

func (c clustered) Close() error { return c.queue.Close() }

// Stats are what it holds, and what it has dropped.
func (c clustered) Stats() Stats { return queueStats(c.queue.Stats()) }

// taking writes what comes out of such a queue to the file. It takes no lines.
type taking struct{ out *delivery }

// Cursor is the name of who takes the lines.
const Cursor = "file"

func openTaking(s Spec) (target, error) {
	q, err := s.openQueue()
	if err != nil {
		return nil, err
	}
	d, err := deliver(s, q, Cursor, new(bool))
	return taking{d}, err
}

func (t taking) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

func (t taking) Roll() error { return errors.ErrUnsupported }

func (t taking) Close() error { return t.out.close() }

// Stats are those of who takes the lines.
func (t taking) Stats() Stats { return queueStats(t.out.listener.Stats()[Cursor]) }
