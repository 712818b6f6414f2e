package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/spool"
	"github.com/sluicelog/sluice/receive"
)

// waiting are the flags for what lies between the network and the file.
type waiting struct {
	Queue         string `help:"What lies between the network and the file. spool, the default: a queue on disk, so that what was read from the network is written whatever becomes of the file or of this program. memory: a queue of --queue-size records. off: each record is written before the next one is read. nats://host,host,host or tls://...: a stream of NATS JetStream, which several programs can share." default:"spool" placeholder:"spool|memory|off|nats://HOST,..." group:"Queue:"`
	QueueDir      string `help:"The spool's directory; by default spool, beside the file, or the configuration." placeholder:"DIR" group:"Queue:"`
	QueueMaxBytes size   `help:"How large the queue grows; when it is full, TCP slows the senders down." default:"1G" group:"Queue:"`
	QueueDurable  bool   `help:"Bring the spool to disk before the next record is waited for: it survives a power cut." group:"Queue:"`
	QueueSize     int    `help:"How many records a queue in memory holds." default:"8192" group:"Queue:"`
	clustered
}

// The queues that there are.
const (
	queueSpool  = "spool"
	queueMemory = "memory"
	queueOff    = "off"
)

func (q *waiting) checkQueue() error {
	switch q.Queue {
	case queueSpool, queueMemory, queueOff:
	default:
		if !isNATS(q.Queue) {
			return usagef("--queue %s: %w", q.Queue, errNoQueue)
		}
	}
	if q.QueueSize < 1 {
		return usagef("--queue-size %d: want 1 or more", q.QueueSize)
	}
	return q.checkStream()
}

// where says in words where the queue lies that a restart finds again; empty: in none.
func (q *waiting) where(file string) string {
	switch {
	case q.Queue == queueSpool:
		return "a queue on disk\n  " + absolute(q.queueDir(file))
	case isNATS(q.Queue):
		return "a stream of NATS JetStream\n  " + q.QueueStream + " on " + hosts(q.Queue)
	}
	return ""
}

func (q *waiting) queueDir(file string) string {
	if q.QueueDir != "" {
		return q.QueueDir
	}
	return filepath.Join(filepath.Dir(file), "spool")
}

const (
	// consoleQueue is how many records wait for a terminal that is slow or stopped.
	consoleQueue = 1024
	// behindWait is how long such a terminal may hold up the file behind a queue in memory,
	// and a handler the others.
	behindWait = 5 * time.Second
)

// queued is what lies between the receiver and where records go.
type queued struct {
	in        sluice.Emitter
	kept      string   // where records lie for the next start; empty: nowhere
	cursors   *cursors // of a configuration's handlers; nil: there is none
	listeners []*queue.Listener
	handlers  []*sluice.Handler
}

// between puts the queue in front of the handler of file, and one in front of the
// console, which may be nil. Behind a spool the console has a queue of its own: what
// it missed while the program did not run is of no use to it. What waits in a spool is
// seen, and what of it the file has already is written.
func (q *waiting) between(file string, h, console *sluice.Handler, seen *receive.Seen, written *written) (*queued, error) {
	all := &queued{in: sluice.Tee(h), handlers: []*sluice.Handler{h}}
	pass := &queue.HandlerOptions{HandlerOptions: sluice.HandlerOptions{Level: sluice.NotSet}}
	respect := &queue.ListenerOptions{RespectHandlerLevel: true}
	toFile := queue.Destination{Name: "file", Handler: h}
	var front []*sluice.Handler
	if console != nil {
		all.handlers = append(all.handlers, console)
		to := queue.Destination{Name: "console", Handler: console}
		if q.Queue == queueMemory {
			ring := queue.NewRing(q.QueueSize, &queue.RingOptions{Behind: behindWait, MaxBytes: int64(q.QueueMaxBytes)})
			all.in = queue.NewHandler(ring, pass)
			all.listeners = []*queue.Listener{queue.NewListener(ring, []queue.Destination{to, toFile}, respect)}
			return all, all.start()
		}
		ring := queue.NewRing(consoleQueue, &queue.RingOptions{Full: queue.DropOldest})
		all.listeners = append(all.listeners, queue.NewListener(ring, []queue.Destination{to}, respect))
		front = append(front, queue.NewHandler(ring, pass))
	}
	if q.Queue == queueOff {
		all.in = sluice.Tee(append([]*sluice.Handler{h}, front...)...)
		return all, all.start()
	}
	// What cannot be written now can be later: a queue that lasts holds it.
	if q.Queue != queueMemory {
		respect = &queue.ListenerOptions{RespectHandlerLevel: true, Retries: -1}
	}
	if isNATS(q.Queue) {
		written.behind(file)
	}
	report := func(err error) { h.HandleError(context.Background(), nil, err) }
	e, kept, err := q.engine(file, report, written, seen, false)
	if err != nil {
		return nil, err
	}
	all.kept = kept
	all.listeners = append(all.listeners, queue.NewListener(e, []queue.Destination{toFile}, respect))
	all.in = sluice.Tee(append(front, queue.NewHandler(e, pass))...)
	if err := all.start(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	// A configuration may have been here before.
	return all, forgetOthers(context.Background(), e, func(cursor string) bool { return cursor == toFile.Name }, func(cursor string, n uint64) {
		report(fmt.Errorf("%s: there is no configuration any more: %d records that waited for it were dropped", cursor, n))
	})
}

// routes puts the queue in front of the loggers of a configuration, with a cursor for
// each of their handlers. A spool lies beside file, the configuration: from wherever the
// program is started it is the same.
func (q *waiting) routes(file string, sys *config.System, seen *receive.Seen, reporter *sluice.Handler) (*queued, error) {
	if q.Queue == queueOff {
		return &queued{in: sys.Loggers()}, nil
	}
	c := newCursors(sys, reporter)
	var err error
	if c.queue, c.kept, err = q.engine(file, c.told, &written{}, seen, true); err != nil {
		return nil, err
	}
	if err := c.follow(); err != nil {
		return nil, errors.Join(err, c.shutdown(context.Background()))
	}
	return &queued{cursors: c, in: sluice.NewHandler(c, &sluice.HandlerOptions{Level: sluice.NotSet, OnError: reporter.HandleError})}, nil
}

// openSpool opens the spool, and looks through what waits in it. With behind a
// destination that is behind loses the oldest when it is full.
func (q *waiting) openSpool(file string, report func(error), written *written, seen *receive.Seen, behind bool) (*spool.Spool, error) {
	dir := q.queueDir(file)
	if _, err := makeDir(filepath.Dir(dir)); err != nil {
		return nil, err
	}
	s, err := spool.Open(dir, &spool.Options{
		MaxBytes: int64(q.QueueMaxBytes), Durable: q.QueueDurable, Number: true, Perm: servePerm, Behind: behind,
		OnError: report,
	})
	if errors.Is(err, spool.ErrInUse) {
		return nil, fmt.Errorf("%w by another program; --queue-dir names another directory", err)
	}
	if err != nil {
		return nil, err
	}
	if err := written.find(s, seen); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (q *queued) start() error {
	for _, l := range q.listeners {
		if err := l.Start(); err != nil {
			return err
		}
	}
	return nil
}

// leaving is called before another configuration is loaded.
func (q *queued) leaving(tree *config.Tree) {
	if q.cursors != nil {
		q.cursors.leaving(tree)
	}
}

// follow is called when one was loaded, or was not.
func (q *queued) follow() error {
	if q.cursors == nil {
		return nil
	}
	return q.cursors.follow()
}

// stats are those of a configuration's handlers.
func (q *queued) stats(handlers map[string]sluice.Stats) map[string]sluice.Stats {
	if q.cursors == nil {
		return handlers
	}
	return q.cursors.stats(handlers)
}

// stop waits until all is written, for ctx at most. The handlers stay open.
func (q *queued) stop(ctx context.Context) error {
	errs := make([]error, len(q.listeners))
	var wg sync.WaitGroup
	for i, l := range q.listeners {
		wg.Go(func() { errs[i] = l.Shutdown(ctx) })
	}
	wg.Wait()
	err := errors.Join(errs...)
	if q.cursors != nil {
		err = errors.Join(err, q.cursors.shutdown(ctx))
	}
	return err
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
	var st sluice.Stats
	for _, l := range q.listeners {
		if file, ok := l.Stats()["file"]; ok {
			st = file
		}
	}
	var why []string
	for _, reason := range slices.Sorted(maps.Keys(st.Dropped)) {
		what := reason
		if reason == spool.Refused {
			what = "that the disk refused"
		}
		why = append(why, fmt.Sprintf("%d %s", st.Dropped[reason], what))
	}
	switch {
	case st.Held > 0 && q.kept != "":
		why = append(why, fmt.Sprintf("%d wait in the %s for the next start", st.Held, q.kept))
	case st.Held > 0:
		why = append(why, fmt.Sprintf("%d left in the queue", st.Held))
	}
	if len(why) == 0 {
		return ""
	}
	return "; of those received, not written: " + strings.Join(why, ", ")
}
