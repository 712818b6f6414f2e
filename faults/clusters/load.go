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
	service   service
	gaps      [producers][]writer.Gap // of those that ended
	open      map[balance.ID]bool     // lines that the promise does not cover
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
	l := &load{Cluster: c, e: e, spec: s, open: map[balance.ID]bool{}}
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
	return l, nil
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
	l.producers[i] = p
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
	l.gaps[i] = append(l.gaps[i], p.Gaps()...)
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

// majority notes that there is one again, or will be.
func (l *load) majority() { l.service.majorities = append(l.service.majorities, time.Now()) }

// stop ends the writing, and finds out when the servers had a leader: how long they
// take to elect one is theirs.
func (l *load) stop() (err error) {
	if l.service.elections, err = l.Elections(writer.Lines); err != nil {
		return err
	}
	for i, p := range l.producers {
		l.gaps[i] = append(l.gaps[i], p.Gaps()...)
		p.stop.Store(true)
	}
	var errs []error
	for _, p := range l.producers {
		errs = append(errs, <-p.ended)
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// close kills all.
func (l *load) close() {
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
