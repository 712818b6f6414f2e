package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

const (
	// consoleQueue is how many records wait for a terminal that is slow or stopped.
	consoleQueue = 1024
	// consoleWait is how long such a terminal may hold up the file, behind one queue.
	consoleWait = 5 * time.Second
	// queueBytes bounds the queue in front of the file.
	queueBytes = 256 << 20
)

// queued is what lies between the receiver and where records go.
type queued struct {
	in       sluice.Emitter
	listener *queue.Listener // nil: there is none
	handlers []*sluice.Handler
}

// between puts a queue of size records in front of the file and the console; with
// size 0 only in front of the console, so that the file has a record before the next
// one is read. console may be nil.
func between(size int, file, console *sluice.Handler) (*queued, error) {
	all := &queued{in: sluice.Tee(file), handlers: []*sluice.Handler{file}}
	var ring *queue.Ring
	var to []queue.Destination
	if console != nil {
		all.handlers = append(all.handlers, console)
		to = append(to, queue.Destination{Name: "console", Handler: console})
	}
	pass := &queue.HandlerOptions{HandlerOptions: sluice.HandlerOptions{Level: sluice.NotSet}}
	switch {
	case size > 0:
		ring = queue.NewRing(size, &queue.RingOptions{Behind: consoleWait, MaxBytes: queueBytes})
		to = append(to, queue.Destination{Name: "file", Handler: file})
		all.in = queue.NewHandler(ring, pass)
	case console != nil:
		ring = queue.NewRing(consoleQueue, &queue.RingOptions{Full: queue.DropOldest})
		all.in = sluice.Tee(file, queue.NewHandler(ring, pass))
	default:
		return all, nil
	}
	all.listener = queue.NewListener(ring, to, &queue.ListenerOptions{RespectHandlerLevel: true})
	return all, all.listener.Start()
}

// stop waits until all is written, for ctx at most. The handlers stay open.
func (q *queued) stop(ctx context.Context) error {
	if q.listener == nil {
		return nil
	}
	return q.listener.Shutdown(ctx)
}

func (q *queued) close(ctx context.Context) error {
	var all []io.Closer
	for _, h := range q.handlers {
		all = append(all, h)
	}
	return closeAll(ctx, all...)
}

// closeAll closes all at once, for ctx at most: one that hangs must not keep the
// program.
func closeAll(ctx context.Context, all ...io.Closer) error {
	closed := make(chan error, len(all))
	for _, c := range all {
		go func() { closed <- c.Close() }()
	}
	var errs []error
	for range all {
		select {
		case err := <-closed:
			errs = append(errs, err)
		case <-ctx.Done():
			return errors.Join(append(errs, fmt.Errorf("close: %w", ctx.Err()))...)
		}
	}
	return errors.Join(errs...)
}

// dropped says what the file did not get, and why; empty: nothing.
func (q *queued) dropped() string {
	if q.listener == nil {
		return ""
	}
	st := q.listener.Stats()["file"]
	var why []string
	for _, reason := range slices.Sorted(maps.Keys(st.Dropped)) {
		why = append(why, fmt.Sprintf("%d %s", st.Dropped[reason], reason))
	}
	if st.Held > 0 {
		why = append(why, fmt.Sprintf("%d left in the queue", st.Held))
	}
	if len(why) == 0 {
		return ""
	}
	return "; of those received, not written: " + strings.Join(why, ", ")
}
