package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice"
)

// Destination is a Handler that a Listener hands records to. Name is its cursor's
// in the queue, under which a durable queue knows how far it is; empty: its number
// in the list.
type Destination struct {
	Name    string
	Handler *sluice.Handler
}

// ListenerOptions are the options of NewListener. The zero ListenerOptions consists
// of defaults.
type ListenerOptions struct {
	// RespectHandlerLevel hands a Handler only records that its level admits. False
	// is Python's default: the Handlers' levels do not matter.
	RespectHandlerLevel bool `json:"respect_handler_level"`
	// Batch is how many records are taken at once at most; 0: 256. A destination is
	// flushed behind each batch.
	Batch int `json:"batch"`
	// Retries is how often a record that failed is tried again; then it is dropped,
	// counted under Failed. 0: not at all, as in Python; less: for ever. An error with
	// a method Permanent() bool that says true ends that at once: the record can
	// never be delivered.
	Retries int `json:"retries"`
	// Backoff is how long the first retry waits; each further one twice as long, 30
	// seconds at most. 0: one second. What is behind the record waits too.
	Backoff time.Duration `json:"backoff"`
	// DeadLetter is given the records that were not delivered, as clones with the
	// attributes undelivered_to and undelivered_why; they are counted under
	// DeadLetter then. Close leaves it open. nil: none.
	DeadLetter sluice.Emitter `json:"-"`
	// TellDrops says whether a destination is told how many records it did not get,
	// by records of the level Warning and the name sluice.queue: once a second at
	// most. nil: true.
	TellDrops *bool `json:"tell_drops"`
}

const (
	defaultBatch   = 256
	defaultBackoff = time.Second
	maxBackoff     = 30 * time.Second
)

// ErrRunning is what Start gives while the Listener runs.
var ErrRunning = errors.New("listener runs already")

// Listener takes records out of a Queue and hands them to its destinations, in one
// goroutine and by one cursor for each: emit, flush, ack. An error, a panic or a
// destination that hangs is no other's concern. (Python: QueueListener.) It is safe
// for concurrent use. It leaves queue and Handlers open: they may be shared.
type Listener struct {
	q            Queue
	options      ListenerOptions
	destinations []Destination

	mu      sync.Mutex
	running *run      // nil: it does not
	workers []*worker // of this run, or the last
}

// run is the time between Start and Stop.
type run struct {
	fetch   context.Context // done: take what is there and end
	stop    context.CancelFunc
	emit    context.Context // done: end at once
	abandon context.CancelFunc
	given   atomic.Bool  // emit is done, and this is cheaper to ask
	most    atomic.Int64 // records to take once fetch is done
	ended   chan struct{}
	workers []*worker
}

// NewListener returns a Listener that does not run yet. Without destinations it
// takes records and drops them. o may be nil.
func NewListener(q Queue, ds []Destination, o *ListenerOptions) *Listener {
	l := &Listener{q: q, destinations: append([]Destination(nil), ds...)}
	if o != nil {
		l.options = *o
	}
	if l.options.Batch <= 0 {
		l.options.Batch = defaultBatch
	}
	if l.options.Backoff <= 0 {
		l.options.Backoff = defaultBackoff
	}
	for i := range l.destinations {
		if d := &l.destinations[i]; d.Name == "" {
			d.Name = fmt.Sprint(i)
		}
	}
	if len(l.destinations) == 0 {
		l.destinations = []Destination{{Name: "none"}}
	}
	return l
}

// Start begins to take records, with those that are in the queue already. It may be
// called again after Stop.
func (l *Listener) Start() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running != nil {
		return ErrRunning
	}
	r := &run{ended: make(chan struct{})}
	for _, d := range l.destinations {
		g, err := l.q.Cursor(d.Name)
		if err != nil {
			return fmt.Errorf("cursor %q: %w", d.Name, err)
		}
		r.workers = append(r.workers, newWorker(l, r, d, g))
	}
	r.emit, r.abandon = context.WithCancel(context.Background())
	r.fetch, r.stop = context.WithCancel(r.emit)
	var all sync.WaitGroup
	for _, w := range r.workers {
		all.Go(w.work)
	}
	go func() {
		all.Wait()
		close(r.ended)
	}()
	l.running, l.workers = r, r.workers
	return nil
}

// Running reports whether the Listener was started and not stopped.
func (l *Listener) Running() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running != nil
}

// Stop hands on all that was put before, and ends; what is put later waits for the
// next Start. When ctx is done it gives up at once: the error says how many records
// are left for which destination. They stay in the queue. A Listener that does not
// run is stopped already.
func (l *Listener) Stop(ctx context.Context) error {
	l.mu.Lock()
	r := l.running
	l.mu.Unlock()
	if r == nil {
		return nil
	}
	r.most.Store(int64(l.q.Stats().Held))
	r.stop()
	var err error
	select {
	case <-r.ended:
	case <-ctx.Done():
		r.given.Store(true)
		r.abandon()
		err = r.left(ctx.Err())
	}
	r.abandon()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running == r {
		l.running = nil
	}
	return err
}

// left says what was not handed on.
func (r *run) left(why error) error {
	var errs []error
	for _, w := range r.workers {
		if held := w.g.Stats().Held; held > 0 {
			errs = append(errs, fmt.Errorf("destination %q: %d records left: %w", w.d.Name, held, why))
		}
	}
	return errors.Join(errs...)
}

// Shutdown stops the Listener and closes the queue. The error says what is left in
// it for whom.
func (l *Listener) Shutdown(ctx context.Context) error {
	err := errors.Join(l.Stop(ctx), l.q.Close())
	if err != nil || l.q.Stats().Held == 0 {
		return err
	}
	// What came in while it stopped. A durable queue that is closed keeps it.
	switch err := l.Start(); {
	case errors.Is(err, sluice.ErrClosed):
		return nil
	case err != nil:
		return err
	}
	return l.Stop(ctx)
}

// Stats gives the ledger of each destination, as its Getter tells it; before the
// first Start none.
func (l *Listener) Stats() map[string]sluice.Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]sluice.Stats{}
	for _, w := range l.workers {
		all[w.d.Name] = w.g.Stats()
	}
	return all
}
