package clusters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/writer"
)

const (
	producers = 2
	lanes     = 8   // goroutines of each: each has its lines in order
	chunk     = 128 // lines that a producer is told to write at once
	reading   = 99  // the producer that is none: who takes the lines out
)

// load is a cluster at work: producers write lines, each of which waits until it is
// accepted, and a consumer writes what it gets to a file.
type load struct {
	*nodes.Cluster
	e         *fault.Env
	spec      writer.Spec
	ledger    balance.Ledger
	producers [producers]*producer
	consumer  *writer.Process // nil: what there is is read at the end
	watched   func()          // ends the watch

	mu      sync.Mutex    // for who sets a producer, and the watch
	longest time.Duration // without service, before the last call of possible
	led     string        // the node that leads the stream; empty: none, or unknown
}

// producer writes until it is stopped.
type producer struct {
	*writer.Process
	stop  atomic.Bool
	ended chan error
}

// start starts the cluster, who reads, and who writes, and waits until all is under
// way.
func start(ctx context.Context, e *fault.Env, s writer.Spec, o nodes.Options) (_ *load, err error) {
	c, err := nodes.Start(ctx, e, o)
	if err != nil {
		return nil, err
	}
	l := &load{Cluster: c, e: e, spec: s}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	l.spec.Path = filepath.Join(e.Dir, "log", "app.log")
	l.spec.URL, l.spec.CA, l.spec.Line, l.spec.Writers = c.URL(), c.CA(), 120, lanes
	if s.Replicas == 0 {
		l.spec.Replicas = nodes.Size
	}
	if err := os.Mkdir(filepath.Dir(l.spec.Path), 0o755); err != nil {
		return nil, err
	}
	if err := l.read(ctx); err != nil {
		return nil, err
	}
	for i := range l.producers {
		if err := l.produce(ctx, i, 0); err != nil {
			return nil, err
		}
	}
	if err := l.serves(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { l.watch(ctx) })
	l.watched = func() {
		cancel()
		watch.Wait()
	}
	return l, nil
}

// watch finds out when the servers have a leader again: how long they take to elect one
// is theirs.
func (l *load) watch(ctx context.Context) {
	for ctx.Err() == nil {
		leader := ""
		if info, err := l.Info(ctx, writer.Lines); err == nil && info.Cluster != nil {
			leader = info.Cluster.Leader
		}
		l.mu.Lock()
		changed := leader != l.led
		l.led = leader
		l.mu.Unlock()
		if changed && leader != "" {
			l.possible()
		}
		fault.Wait(ctx, 100*time.Millisecond)
	}
}

// read starts the consumer, if it is a process.
func (l *load) read(ctx context.Context) (err error) {
	if l.spec.Kind == writer.Published {
		return nil
	}
	s := l.spec
	s.Kind, s.Producer = writer.Taking, reading
	l.consumer, err = writer.Start(ctx, l.e, &l.ledger, s)
	return err
}

// produce starts producer i with the line next.
func (l *load) produce(ctx context.Context, i, next int) error {
	s := l.spec
	s.Producer = i
	process, err := writer.Start(ctx, l.e, &l.ledger, s)
	if err != nil {
		return err
	}
	p := &producer{Process: process, ended: make(chan error, 1)}
	p.From(next)
	l.mu.Lock()
	l.producers[i] = p
	l.mu.Unlock()
	go func() {
		for !p.stop.Load() {
			if err := p.Write(chunk); err != nil {
				p.ended <- err
				return
			}
		}
		p.ended <- nil
	}()
	return nil
}

// kill kills producer i and has another one go on.
func (l *load) kill(ctx context.Context, i int) error {
	p := l.producers[i]
	p.Kill()
	if err := <-p.ended; !errors.Is(err, writer.ErrDied) {
		return fmt.Errorf("producer %d ended before it was killed: %w", i, err)
	}
	return l.produce(ctx, i, p.Next())
}

// killConsumer kills who reads, and has another one go on.
func (l *load) killConsumer(ctx context.Context) error {
	l.consumer.Kill()
	return l.read(ctx)
}

// serves waits until every producer has had some more lines accepted.
func (l *load) serves(ctx context.Context) error {
	var before [producers]int
	for i, p := range l.producers {
		before[i] = p.Accepted()
	}
	return fault.Until(ctx, func() bool {
		for i, p := range l.producers {
			if p.Accepted() < before[i]+lanes {
				return false
			}
		}
		return true
	})
}

// possible says that there can be service from now on.
func (l *load) possible() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.producers {
		l.longest = max(l.longest, p.Pause())
		p.Resume()
	}
}

// stop ends the writing, and says how long there was no service at most: since it was
// possible, and in all.
func (l *load) stop(ctx context.Context) (since, all time.Duration, err error) {
	// A leader that serves already may not be known yet.
	err = fault.Until(ctx, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.led != ""
	})
	l.watched()
	for _, p := range l.producers {
		since = max(since, p.Pause())
		p.stop.Store(true)
	}
	errs := []error{err}
	for _, p := range l.producers {
		errs = append(errs, <-p.ended)
		errs = append(errs, p.Close())
	}
	return since, max(since, l.longest), errors.Join(errs...)
}

// close kills all.
func (l *load) close() {
	if l.watched != nil {
		l.watched()
	}
	var all sync.WaitGroup
	for _, p := range l.producers {
		if p != nil {
			all.Go(p.Kill)
		}
	}
	if l.consumer != nil {
		all.Go(l.consumer.Kill)
	}
	all.Wait()
	l.Close()
}
