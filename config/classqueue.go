package config

import (
	"context"
	"errors"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

const listenerClass = "logging.handlers.QueueListener"

// queueHandler is a QueueHandler with its queue and, unlike Python's, a listener that
// runs.
func queueHandler(b *Builder) (Open, error) {
	var a struct {
		Queue    specifier    `json:"queue"`
		Listener specifier    `json:"listener"`
		Handlers []HandlerRef `json:"handlers"`
		queue.ListenerOptions
	}
	before, err := b.told(), b.Decode(&a)
	open := b.queue(a.Queue)
	b.listener(a.Listener, &a.ListenerOptions)
	b.info.Listener = &ListenerInfo{Class: listenerClass, Handlers: b.info.Targets, RespectHandlerLevel: a.RespectHandlerLevel}
	_, own := b.o.Queues[b.info.Queue.Class]
	listen := len(a.Handlers) > 0 || !own // somebody has to empty what we made ourselves
	if len(a.Handlers) == 0 && !own {
		b.warn(b.node.place, b.path, "without handlers its listener throws the records away")
	}
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		q, err := open()
		if err != nil {
			return nil, nil, err
		}
		h := queue.NewHandler(q, &queue.HandlerOptions{
			HandlerOptions: sluice.HandlerOptions{Level: sluice.NotSet},
			Prepare:        queue.Prepare(b.Formatter()),
		})
		e := &queued{Emitter: h.Emitter(), q: q}
		if !listen {
			return e, q.Stats, nil
		}
		var to []queue.Destination
		for _, r := range a.Handlers {
			to = append(to, queue.Destination{Name: r.Name, Handler: r.Handler})
		}
		e.listener = queue.NewListener(q, to, &a.ListenerOptions)
		if err := e.listener.Start(); err != nil {
			return nil, nil, errors.Join(err, q.Close())
		}
		return e, q.Stats, nil
	}, b.ready(before, err)
}

// queued is a queue, who puts records into it and who takes them out.
type queued struct {
	sluice.Emitter
	q        queue.Queue
	listener *queue.Listener // nil: somebody else's business
}

// Close waits until what is in the queue has been handed on.
func (e *queued) Close() error {
	err := e.Emitter.Close()
	if e.listener == nil {
		return err
	}
	if stopped := e.listener.Shutdown(context.Background()); err == nil {
		err = stopped
	}
	return err
}

// specifier is an argument that names a class, or is a mapping with the class under
// "()" and its arguments.
type specifier struct {
	node *node // nil: the argument was not given
	path string
}

// split gives the class, and the mapping if there is one.
func (s specifier) split(l *loading) (class *node, args *node) {
	if s.node.kind != dict {
		return s.node, nil
	}
	return l.at(s.node.get("()"), join(s.path, "()")), s.node
}

// queue gives what opens the queue that s says.
func (b *Builder) queue(s specifier) func() (queue.Queue, error) {
	b.info.Queue = &QueueInfo{Class: "queue.Queue"}
	if s.node == nil {
		return func() (queue.Queue, error) { return queue.NewRing(0, nil), nil }
	}
	class, args := s.split(b.loading)
	if class == nil || class.kind != text {
		b.want(s.node, s.path, `the class of a queue, or a mapping with one under "()"`)
		return nil
	}
	make, ok := b.known.queues[class.text]
	if !ok {
		b.add(class, s.path, nil, "no queue is known as %s%s", class.show(), b.near(class.text, keysOf(b.known.queues)))
		return nil
	}
	b.info.Queue.Class = class.text
	if args == nil {
		args = &node{place: s.node.place, kind: dict}
	}
	qb := &Builder{loading: b.loading, name: b.name, class: class.text, node: args, path: s.path, info: b.info, handler: b,
		skip: func(key string) bool { return key == "()" }}
	open, err := make(qb)
	qb.tell(err)
	return open
}

// listener checks the class of listeners that s says, and sets its arguments.
func (b *Builder) listener(s specifier, o *queue.ListenerOptions) {
	if s.node == nil {
		return
	}
	class, args := s.split(b.loading)
	if class == nil || class.kind != text || class.text != listenerClass {
		b.want(s.node, s.path, listenerClass)
		return
	}
	if args != nil {
		lb := &Builder{loading: b.loading, node: args, path: s.path, skip: func(key string) bool { return key == "()" }}
		_ = lb.Decode(o)
	}
}

func queueClasses() map[string]QueueClass {
	return map[string]QueueClass{
		"queue.Queue": pythonQueue, "queue.SimpleQueue": simpleQueue,
		"multiprocessing.Queue": pythonQueue, "multiprocessing.JoinableQueue": pythonQueue,
		"ring": ring, "spool": spooled,
	}
}

// pythonQueue drops what does not fit, as put_nowait does. Without a bound there is
// one all the same, but nothing is dropped: whoever logs waits.
func pythonQueue(b *Builder) (func() (queue.Queue, error), error) {
	var a struct {
		Size int `json:"maxsize"`
	}
	err := b.Decode(&a)
	b.info.Queue.Size = a.Size
	return func() (queue.Queue, error) {
		if a.Size <= 0 {
			return queue.NewRing(0, nil), nil
		}
		return queue.NewRing(a.Size, &queue.RingOptions{Full: queue.DropNewest}), nil
	}, err
}

func simpleQueue(b *Builder) (func() (queue.Queue, error), error) {
	var a struct{}
	err := b.Decode(&a)
	return func() (queue.Queue, error) { return queue.NewRing(0, nil), nil }, err
}

func ring(b *Builder) (func() (queue.Queue, error), error) {
	var a struct {
		Size int `json:"size"`
		queue.RingOptions
	}
	err := b.Decode(&a)
	b.info.Queue.Size = a.Size
	return func() (queue.Queue, error) { return queue.NewRing(a.Size, &a.RingOptions), nil }, err
}
