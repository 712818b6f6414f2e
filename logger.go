package sluice

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"sync/atomic"
)

const rootName = "root"

// logger is one node of a Loggers, and the Emitter behind its front: Python's
// Logger, or its PlaceHolder while exists is false.
type logger struct {
	tree      *Loggers
	name      string
	threshold LevelVar              // all that the front asks: one load
	route     atomic.Pointer[route] // never nil
	handler   *Handler
	log       *slog.Logger

	// Guarded by tree.mu.
	parent    *logger // nil: the root
	children  map[string]*logger
	exists    bool
	o         LoggerOptions
	effective Level
	handlers  []*Handler // its own, then those it propagates to
}

func (o LoggerOptions) clone() LoggerOptions {
	o.Handlers = slices.Clone(o.Handlers)
	o.Filters = slices.Clone(o.Filters)
	if o.Level != nil {
		o.Level = new(*o.Level)
	}
	if o.Propagate != nil {
		o.Propagate = new(*o.Propagate)
	}
	return o
}

func (l *Loggers) newLogger(parent *logger, name string) *logger {
	n := &logger{tree: l, name: name, parent: parent, children: map[string]*logger{}}
	n.handler = NewHandler(n, &HandlerOptions{Level: &n.threshold, Name: name, OnError: l.onError})
	n.log = slog.New(n.handler)
	return n
}

// walk calls f for n and all below it, a parent before its children.
func (n *logger) walk(f func(*logger)) {
	for todo := []*logger{n}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		f(n)
		for _, child := range n.children {
			todo = append(todo, child)
		}
	}
}

// update brings n and all below it up to date with their options. The caller
// holds tree.mu.
func (n *logger) update() {
	n.walk((*logger).derive)
	n.tree.prune()
}

// derive is update for n alone; its parent is up to date.
func (n *logger) derive() {
	switch {
	case n.o.Level != nil && (*n.o.Level != NotSet || n.parent == nil):
		n.effective = *n.o.Level
	case n.parent == nil:
		n.effective = Warning
	default:
		n.effective = n.parent.effective
	}
	threshold := n.effective
	if d := n.tree.disabled; d != nil && threshold <= *d {
		threshold = max(*d, *d+1) // the highest Level has none above it
	}
	if n.o.Disabled {
		threshold = math.MaxInt
	}

	n.handlers = n.o.Handlers
	if n.parent != nil && (n.o.Propagate == nil || *n.o.Propagate) {
		// Most loggers have no handlers of their own and share their parent's list.
		if len(n.o.Handlers) == 0 {
			n.handlers = n.parent.handlers
		} else {
			n.handlers = slices.Concat(n.o.Handlers, n.parent.handlers)
		}
	}
	rt := &route{
		closed:   n.tree.closed,
		disabled: n.o.Disabled,
		filters:  n.o.Filters,
		handlers: tee{n.handlers},
		drained:  make(chan struct{}),
	}
	if len(n.handlers) == 0 {
		rt.handlers.handlers = n.tree.lastResort
	}
	rt.users.Store(1)
	// What is enabled must have its handlers already.
	if old := n.route.Swap(rt); old != nil {
		n.tree.retired = append(n.tree.retired, old)
		old.release()
	}
	n.threshold.Set(threshold)
}

// Emit is where the front hands over a record. Attributes may have given it the
// name of another logger.
func (n *logger) Emit(ctx context.Context, r *Record) error {
	if r.Name != n.name && r.Name != "" {
		return n.tree.Emit(ctx, r)
	}
	return n.emit(ctx, r, true)
}

// emit handles r as a record of n or, if own is false, of a logger that would be
// below n.
func (n *logger) emit(ctx context.Context, r *Record, own bool) error {
	rt := n.acquire()
	// Deferred: a filter or a handler that panics must not keep Settle waiting.
	defer rt.release()
	r, err := n.pass(ctx, rt, r, own)
	if r == nil {
		return err
	}
	return rt.handlers.Emit(ctx, r)
}

// pass gives what is to be handed to the handlers of rt, which is n's; nil: nothing.
func (n *logger) pass(ctx context.Context, rt *route, r *Record, own bool) (*Record, error) {
	if rt.closed {
		return nil, ErrClosed
	}
	if own && rt.disabled {
		return nil, nil
	}
	if r.LevelName == "" {
		if name, ok := n.tree.levels.added(r.Level); ok && name != "" {
			r = r.withLevelName(name)
		}
	}
	if own {
		for _, f := range rt.filters {
			if r = f(ctx, r); r == nil {
				return nil, nil
			}
		}
	}
	return r, nil
}

// withLevelName returns r with another LevelName, in memory of its own.
func (r *Record) withLevelName(name string) *Record {
	c := *r
	c.LevelName = name
	return &c
}

func (n *logger) Flush(ctx context.Context) error { return n.tree.Flush(ctx) }
func (n *logger) Close() error                    { return n.tree.Close() }
