package writer

import (
	"context"
	"errors"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/rotate"
)

// delivery is a queue that is emptied into the file.
type delivery struct {
	file     *rotate.File
	listener *queue.Listener
}

// deliver empties q, as cursor, into the file of s. It closes q if it cannot.
func deliver(s Spec, q queue.Queue, cursor string, tellDrops *bool) (*delivery, error) {
	f, err := rotate.Open(s.Path, s.options())
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	format, err := sluice.NewFormatter("%(message)s", nil)
	if err != nil {
		return nil, errors.Join(err, f.Close(), q.Close())
	}
	out := sluice.NewHandler(sluice.NewBuffered(f, format, 0), nil)
	l := queue.NewListener(q, []queue.Destination{{Name: cursor, Handler: out}}, &queue.ListenerOptions{Retries: -1, TellDrops: tellDrops})
	return &delivery{f, l}, l.Start()
}

// close delivers what there is, and closes the queue and the file.
func (d *delivery) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drained)
	defer cancel()
	return errors.Join(d.listener.Shutdown(ctx), d.file.Close())
}

// queueStats are what a queue, or one that takes of it, holds and has dropped.
func queueStats(st sluice.Stats) Stats {
	all := Stats{Held: st.Held}
	for _, n := range st.Dropped {
		all.Dropped += n
	}
	return all
}
