package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/spool"
)

// cursors hand what is in the spool to the handlers that a configuration's loggers
// have, each by a cursor of its own: one that is down holds up no other, and gets what
// it missed when it is back.
type cursors struct {
	spool  *spool.Spool
	sys    *config.System
	report *sluice.Handler

	mu        sync.Mutex // guards what follows
	listeners map[string]*queue.Listener
	ended     bool
}

// cursorOf is the cursor of the handler called name.
func cursorOf(name string) string { return "handler " + name }

// leave is how long a handler that is gone may take to end what it has in hand.
const leave = time.Second

// Emit puts into the spool what the filters of r's logger let through: whom it goes to
// is decided when it is taken out. It is an Emitter's.
func (c *cursors) Emit(ctx context.Context, r *sluice.Record) error {
	loggers := c.sys.Loggers()
	if !loggers.HasHandlers(r.Name) {
		return loggers.Emit(ctx, r) // the last resort
	}
	r, err := loggers.Pass(ctx, r)
	if r == nil {
		return err
	}
	return c.spool.Put(ctx, r)
}

// Flush is an Emitter's.
func (c *cursors) Flush(ctx context.Context) error { return c.spool.Flush(ctx) }

// Close is an Emitter's; shutdown does the work.
func (c *cursors) Close() error { return nil }

// follow makes the handlers that loggers have now those that have a cursor. It is
// called once in the beginning, and after each configuration that was loaded.
func (c *cursors) follow() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil
	}
	tree := c.sys.Tree()
	wanted := map[string]bool{}
	for _, l := range tree.Loggers {
		for _, name := range l.Handlers {
			wanted[name] = name != ""
		}
	}
	// First those that come: what is held for one that goes is held for them, too.
	for name := range wanted {
		if l := c.listeners[name]; l != nil || !wanted[name] {
			continue
		}
		if err := c.start(name); err != nil {
			return err
		}
	}
	for name, l := range c.listeners {
		if !wanted[name] {
			ctx, cancel := context.WithTimeout(context.Background(), leave)
			_ = l.Stop(ctx) // it may be down
			cancel()
			delete(c.listeners, name)
		}
	}
	cursors, err := c.spool.Cursors(context.Background())
	errs := []error{err}
	for _, cursor := range cursors {
		if name, ok := strings.CutPrefix(cursor, "handler "); !ok || !wanted[name] {
			_, err := c.spool.Forget(context.Background(), cursor)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// connects says that the class of the handler called name is one whose errors say
// themselves whether it is of use to try again.
func (c *cursors) connects(name string) bool {
	h := c.sys.Tree().Handler(name)
	return h != nil && slices.Contains([]string{
		"logging.handlers.SocketHandler", "logging.handlers.DatagramHandler", "logging.handlers.SysLogHandler",
		"logging.handlers.HTTPHandler", "logging.handlers.SMTPHandler",
	}, h.Class)
}

// start starts the listener of the handler called name. The caller holds mu.
func (c *cursors) start(name string) error {
	to := &routed{handler: c.sys.Handler(name), loggers: c.sys.Loggers(), connects: func() bool { return c.connects(name) }}
	h := sluice.NewHandler(to, &sluice.HandlerOptions{Level: sluice.NotSet, OnError: c.report.HandleError})
	l := queue.NewListener(c.spool, []queue.Destination{{Name: cursorOf(name), Handler: h}}, &queue.ListenerOptions{Retries: -1, TellDrops: new(bool)})
	if err := l.Start(); err != nil {
		return fmt.Errorf("handler %s: %w", name, err)
	}
	c.listeners[name] = l
	return nil
}

// shutdown ends all and closes the spool, for ctx at most; what is not delivered then
// waits there for the next start.
func (c *cursors) shutdown(ctx context.Context) error {
	c.mu.Lock()
	c.ended = true
	listeners := slices.Collect(maps.Values(c.listeners))
	c.mu.Unlock()
	var wg sync.WaitGroup
	for _, l := range listeners {
		wg.Go(func() { _ = l.Stop(ctx) }) // what is left is safe, and the summary tells it
	}
	wg.Wait()
	return c.spool.Close()
}

// stats are those of the handlers, with what the queue knows better: what was dropped
// for good, and what waits.
func (c *cursors) stats(handlers map[string]sluice.Stats) map[string]sluice.Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, l := range c.listeners {
		st, ok := handlers[name]
		if !ok {
			continue
		}
		q := l.Stats()[cursorOf(name)]
		if c.connects(name) { // it counts each attempt
			st.Dropped = nil
		} else {
			delete(q.Dropped, queue.Failed) // it has counted them
		}
		dropped := map[string]uint64{}
		maps.Copy(dropped, q.Dropped)
		for reason, n := range st.Dropped {
			dropped[reason] += n
		}
		st.Dropped, st.Held = dropped, st.Held+q.Held
		handlers[name] = st
	}
	return handlers
}

// follow is called when another configuration was loaded.
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

// routed hands records to one handler, as often as their loggers have it.
type routed struct {
	handler *sluice.Handler
	loggers *sluice.Loggers
	// connects is asked after an error: another configuration may have another class.
	connects func() bool
}

// Emit is an Emitter's.
func (t *routed) Emit(ctx context.Context, r *sluice.Record) error {
	var errs []error
	for h := range t.loggers.HandlersOf(r.Name) {
		if h == t.handler && h.Admits(r.Level) {
			errs = append(errs, h.Emit(ctx, r))
		}
	}
	err := errors.Join(errs...)
	// What the system refuses now it may take later; what is wrong with a record stays
	// so, and must not hold up those behind it.
	if no := syscall.Errno(0); err != nil && !errors.As(err, &no) && !t.connects() {
		return hopeless{err}
	}
	return err
}

// Flush is an Emitter's.
func (t *routed) Flush(ctx context.Context) error { return t.handler.Flush(ctx) }

// Close is an Emitter's: the configuration closes its handlers.
func (t *routed) Close() error { return nil }

// hopeless is an error of a record that no further attempt will deliver; package queue
// asks.
type hopeless struct{ error }

func (e hopeless) Unwrap() error   { return e.error }
func (e hopeless) Permanent() bool { return true }
