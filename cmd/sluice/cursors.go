package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/natsqueue"
	"github.com/sluicelog/sluice/queue"
)

// cursors hand what is in the queue to the handlers that a configuration's loggers
// have, each by a cursor of its own: one that is down holds up no other, and gets what
// it missed when it is back.
type cursors struct {
	queue  engine
	kept   string // where what waits in the end waits for the next start; empty: nowhere
	sys    *config.System
	report *sluice.Handler

	alive context.Context // until shutdown
	end   context.CancelFunc

	mu        sync.Mutex // guards what follows, which is by the handlers' names
	listeners map[string]*queue.Listener
	left      map[string]accounts     // of those that were stopped and may come back
	former    map[string]sluice.Stats // of those that are gone
	retry     *time.Timer             // follows once more; nil: there was no need
}

// accounts are what a handler says of itself, and what the queue says of it.
type accounts struct{ own, queue sluice.Stats }

func newCursors(sys *config.System, report *sluice.Handler) *cursors {
	c := &cursors{
		sys: sys, report: report,
		listeners: map[string]*queue.Listener{}, left: map[string]accounts{}, former: map[string]sluice.Stats{},
	}
	c.alive, c.end = context.WithCancel(context.Background())
	return c
}

// cursorOf is the cursor of the handler called name.
func cursorOf(name string) string { return handlerPrefix + name }

const handlerPrefix = "handler "

const (
	// leave is how long a handler that is gone may take to end what it has in hand.
	leave = time.Second
	// following is how long a queue may take for all that a configuration changes.
	following = time.Minute
	// again is when a queue that failed to do so is asked again.
	again = 10 * time.Second
)

// Emit puts into the queue what the filters of r's logger let through: whom it goes to
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
	return c.queue.Put(ctx, r)
}

// Flush is an Emitter's.
func (c *cursors) Flush(ctx context.Context) error { return c.queue.Flush(ctx) }

// Close is an Emitter's; shutdown does the work.
func (c *cursors) Close() error { return nil }

// wanted are the handlers that loggers have.
func wanted(tree *config.Tree) map[string]bool {
	all := map[string]bool{}
	for _, l := range tree.Loggers {
		for _, name := range l.Handlers {
			all[name] = true
		}
	}
	delete(all, "") // it came from elsewhere
	return all
}

// leaving lets the handlers that tree has no more end what they have in hand, before
// the configuration that has them is left.
func (c *cursors) leaving(tree *config.Tree) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.alive.Err() == nil {
		c.stop(wanted(tree))
	}
}

// stop ends the listeners of handlers that are not wanted. The caller holds mu.
func (c *cursors) stop(wanted map[string]bool) {
	ctx, cancel := context.WithTimeout(context.Background(), leave)
	defer cancel()
	var wg sync.WaitGroup
	gone := maps.Clone(c.listeners)
	maps.DeleteFunc(gone, func(name string, _ *queue.Listener) bool { return wanted[name] })
	for _, l := range gone {
		wg.Go(func() { _ = l.Stop(ctx) }) // it may be down
	}
	wg.Wait()
	own := c.sys.Stats()
	for name, l := range gone {
		c.left[name] = c.accountsOf(name, l, own)
		delete(c.listeners, name)
	}
}

// follow makes the handlers that loggers have now those that have a cursor. It is
// called once in the beginning, and after each configuration that was loaded, or was not.
func (c *cursors) follow() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.adopt()
	if err == nil || c.alive.Err() != nil {
		return nil
	}
	if c.retry == nil {
		c.retry = time.AfterFunc(again, func() {
			if err := c.follow(); err != nil {
				c.report.HandleError(context.Background(), nil, fmt.Errorf("queue: %w", err))
			}
		})
	}
	c.retry.Reset(again)
	return err
}

// adopt is follow without another try. The caller holds mu.
func (c *cursors) adopt() error {
	if c.alive.Err() != nil {
		return nil
	}
	wanted := wanted(c.sys.Tree())
	// First those that come, and all of them before any of them takes a record: what is
	// held for others is held for them, too.
	var fresh []string
	for name := range wanted {
		if c.listeners[name] != nil {
			continue
		}
		if _, err := c.queue.Cursor(cursorOf(name)); err != nil {
			return fmt.Errorf("handler %s: %w", name, err)
		}
		fresh = append(fresh, name)
	}
	for _, name := range fresh {
		if err := c.start(name); err != nil {
			return err
		}
	}
	c.stop(wanted)
	var gone []string
	for name, st := range c.left {
		if !wanted[name] {
			gone = append(gone, cursorOf(name))
			st.queue.Held = 0 // that is counted now
			if c.sys.Handler(name) == nil {
				// What it had in hand waited at the cursor, too, and it is closed.
				st.own.Held = 0
				st.queue = sum(st.queue, st.own) // nobody else tells it any more
			}
			c.former[name] = sum(c.former[name], st.queue)
		}
	}
	clear(c.left)
	ctx, cancel := context.WithTimeout(c.alive, following)
	defer cancel()
	err := forget(ctx, c.queue, gone, c.forgotten)
	return errors.Join(err, forgetOthers(ctx, c.queue, func(cursor string) bool {
		name, ok := strings.CutPrefix(cursor, handlerPrefix)
		return ok && wanted[name]
	}, c.forgotten))
}

// forgotten notes and tells that n records that waited at a cursor were dropped. The
// caller holds mu.
func (c *cursors) forgotten(cursor string, n uint64) {
	c.note(cursor, n)
	what := "cursor " + cursor
	if name, ok := strings.CutPrefix(cursor, handlerPrefix); ok {
		what = "handler " + name
	}
	c.report.HandleError(context.Background(), nil, fmt.Errorf("%s: the configuration has it no more: %d records that waited for it were dropped", what, n))
}

// note counts records that were dropped because a cursor was forgotten. The caller
// holds mu.
func (c *cursors) note(cursor string, n uint64) {
	name := strings.TrimPrefix(cursor, handlerPrefix)
	c.former[name] = sum(c.former[name], sluice.Stats{Dropped: map[string]uint64{queue.Forgotten: n}})
}

// told takes note of what the queue reports, and passes it on.
func (c *cursors) told(err error) {
	var gone *natsqueue.ForgottenError
	if errors.As(err, &gone) {
		c.mu.Lock()
		c.note(gone.Cursor, gone.Records)
		c.mu.Unlock()
	}
	c.report.HandleError(context.Background(), nil, err)
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
	l := queue.NewListener(c.queue, []queue.Destination{{Name: cursorOf(name), Handler: h}}, &queue.ListenerOptions{Retries: -1, TellDrops: new(bool)})
	if err := l.Start(); err != nil {
		return fmt.Errorf("handler %s: %w", name, err)
	}
	c.listeners[name] = l
	return nil
}

// shutdown ends all and closes the queue, for ctx at most; what is not delivered then
// waits for the next start, if the queue is one that keeps it.
func (c *cursors) shutdown(ctx context.Context) error {
	c.end() // or mu may be held for as long as a queue may take
	c.mu.Lock()
	if c.retry != nil {
		c.retry.Stop()
	}
	listeners := slices.Collect(maps.Values(c.listeners))
	c.mu.Unlock()
	var wg sync.WaitGroup
	for _, l := range listeners {
		wg.Go(func() { _ = l.Stop(ctx) }) // the summary tells what is left
	}
	wg.Wait()
	return c.queue.Close()
}

// stats are those of the handlers, with what the queue knows better: what was dropped
// for good, and what waits; also of the handlers that were there before. It is for
// when all has ended.
func (c *cursors) stats(handlers map[string]sluice.Stats) map[string]sluice.Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, l := range c.listeners {
		_, counts := handlers[name]
		all := c.accountsOf(name, l, handlers)
		if n := all.queue.Held; c.kept == "" && n > 0 {
			all.queue = sum(all.queue, sluice.Stats{Dropped: map[string]uint64{"left in the queue": n}})
			all.queue.Held = 0
		}
		// A stream counts nothing: only what it did not get is known of it.
		if st := sum(all.own, all.queue); counts || st.Held > 0 || len(st.Dropped) > 0 {
			handlers[name] = st
		}
	}
	for name, st := range c.former {
		handlers[name] = sum(handlers[name], st)
	}
	return handlers
}

// accountsOf are those of a handler, of which all that count say in handlers what they
// know, without what both say.
func (c *cursors) accountsOf(name string, l *queue.Listener, handlers map[string]sluice.Stats) accounts {
	own, counts := handlers[name]
	q := l.Stats()[cursorOf(name)]
	if c.connects(name) { // it counts each attempt
		own.Dropped = nil
	} else if counts {
		delete(q.Dropped, queue.Failed) // it has counted them
	}
	return accounts{own, sluice.Stats{Held: q.Held, Dropped: q.Dropped}}
}

// sum adds what became of records.
func sum(a, b sluice.Stats) sluice.Stats {
	all := sluice.Stats{Accepted: a.Accepted + b.Accepted, Delivered: a.Delivered + b.Delivered, Held: a.Held + b.Held, Dropped: map[string]uint64{}}
	for _, dropped := range []map[string]uint64{a.Dropped, b.Dropped} {
		for reason, n := range dropped {
			all.Dropped[reason] += n
		}
	}
	return all
}
