package writer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/rotate"
)

// queued is a file behind a Ring and a Listener: what a Write has put there is
// accepted.
type queued struct {
	file     *rotate.File
	handler  *sluice.Handler
	ring     *queue.Ring
	listener *queue.Listener
}

// drained bounds how long Close waits for a slow disk.
const drained = 40 * time.Second

func openQueued(s Spec, full queue.Policy) (target, error) {
	f, err := rotate.Open(s.Path, s.options())
	if err != nil {
		return nil, err
	}
	format, err := sluice.NewFormatter("%(message)s", nil)
	if err != nil {
		return nil, err
	}
	q := queued{file: f, ring: queue.NewRing(s.Queue, &queue.RingOptions{Full: full})}
	q.handler = queue.NewHandler(q.ring, nil)
	quiet := false
	out := sluice.NewHandler(sluice.NewBuffered(f, format, 0), nil)
	q.listener = queue.NewListener(q.ring, []queue.Destination{{Name: "file", Handler: out}},
		&queue.ListenerOptions{Retries: -1, TellDrops: &quiet})
	return q, q.listener.Start()
}

func (q queued) Write(line []byte) (int, error) {
	r := sluice.Record{Time: time.Now(), Level: sluice.Info, Message: string(line[:len(line)-1])}
	if err := q.handler.Emit(context.Background(), &r); err != nil {
		return 0, err
	}
	return len(line), nil
}

func (q queued) Roll() error { return q.file.Roll() }

func (q queued) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drained)
	defer cancel()
	if err := q.listener.Stop(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return errors.Join(q.ring.Close(), q.file.Close())
}

// Stats are the counters of the file, and what the queue has dropped.
func (q queued) Stats() Stats {
	s := statsOf(q.file)
	ring := q.ring.Stats()
	s.Held += ring.Held
	for _, n := range ring.Dropped {
		s.Dropped += n
	}
	return s
}
