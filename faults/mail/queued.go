package mail

import (
	"context"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// queued is a handler that mails each record, behind a queue.
type queued struct {
	handler  *sluice.Handler
	ring     *queue.Ring
	listener *queue.Listener
}

func newQueued(w *writer, address string) (*queued, error) {
	h, err := w.handler(address, nil)
	if err != nil {
		return nil, err
	}
	ring := queue.NewRing(1000, nil)
	l := queue.NewListener(ring, []queue.Destination{{Handler: h}}, &queue.ListenerOptions{Retries: -1, Backoff: 5 * time.Millisecond, TellDrops: new(bool)})
	return &queued{h, ring, l}, l.Start()
}

func (q *queued) put(w *writer) { w.Give(q.ring.Put, 2) }

// stop waits until everything is delivered or dropped.
func (q *queued) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return q.listener.Stop(ctx)
}
