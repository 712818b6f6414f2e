package natsqueue

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/ledger"
	"github.com/sluicelog/sluice/queue"
)

// getter is who reads by a cursor.
type getter struct {
	c     *cursor
	batch batch
}

// questions is how often the server is asked at most whether something is there, by who
// does not wait.
const questions = 3

const heartbeat = time.Second

// Stats is the ledger of the destination since Open: records of other producers, and
// with Shared all, count when they are taken.
func (g *getter) Stats() sluice.Stats {
	c := g.c
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	c.catchUp()
	all := ledger.Account{}
	all.Add(&c.own)
	all.Add(&c.former)
	all.Add(&c.others)
	return all.Stats()
}

// Get gives what is there, or waits for it; see queue.Getter. When the queue was
// closed it gives ErrClosed of package sluice at once: what is held stays there. It
// goes on trying while the server is away.
func (g *getter) Get(ctx context.Context, most int) (queue.Batch, error) {
	c, q := g.c, g.c.q
	asked := 0
	q.mu.Lock()
	defer q.unlock()
	for {
		switch {
		case q.closing:
			return nil, sluice.ErrClosed
		case c.holder != g:
			return nil, queue.ErrSettled
		case len(g.batch.entries) > 0:
			return nil, queue.ErrUnsettled
		case c.busy:
			g.wait(context.Background(), nil, 0)
			continue
		case c.poison:
			c.bury()
			continue
		case c.held == nil && (c.ahead != nil || c.passed() > 0):
			if !c.step() {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				g.wait(ctx, nil, lookEvery)
			}
			continue
		}
		if c.held != nil {
			later := time.Until(c.due)
			if later <= 0 {
				g.batch = c.some(g, max(1, most))
				return &g.batch, nil
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			g.wait(ctx, nil, later)
			continue
		}
		if c.done != nil || c.fetch == nil {
			if err := c.ask(); err != nil {
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				g.wait(ctx, nil, firstPause)
			}
			continue
		}
		if ctx.Err() == nil {
			g.wait(ctx, c.fetch, 0)
			continue
		}
		if asked == questions {
			return nil, ctx.Err()
		}
		// It need not wait, but what is there it must give, also from a server that has
		// much to do: that says so then when it is asked once more.
		asked++
		if there, err := c.pending(); there {
			fetch := c.fetch
			g.wait(context.Background(), fetch, max(2*time.Second, q.least))
			if c.fetch == fetch {
				c.vain = max(c.vain, q.previous.stream)
			}
		} else {
			if err == nil {
				asked = questions
			}
			g.wait(ctx, c.fetch, 0)
		}
	}
}

// wait waits for a batch, for ctx, for a change of the cursor, for the end, and if
// that is not 0 so long at most. The caller holds mu, which is free meanwhile.
func (g *getter) wait(ctx context.Context, fetch jetstream.MessageBatch, most time.Duration) {
	q, c := g.c.q, g.c
	var messages <-chan jetstream.Msg
	if fetch != nil {
		messages = fetch.Messages()
	}
	changed := c.changed
	q.unlock()
	var over <-chan time.Time
	if most > 0 {
		t := time.NewTimer(most)
		defer t.Stop()
		over = t.C
	}
	var m jetstream.Msg
	came, ok := false, false
	select {
	case m, ok = <-messages:
		came = true
	case <-changed:
	case <-q.alive.Done():
	case <-over:
	case <-ctx.Done():
		select {
		case m, ok = <-messages:
			came = true
		default:
		}
	}
	q.mu.Lock()
	if came {
		c.receive(fetch, m, ok)
	}
}

// ask asks the server for the next batch, and tells it before that the last one is
// settled. The caller holds mu, which is free meanwhile.
func (c *cursor) ask() error {
	q := c.q
	if c.done != nil {
		if err := c.confirm(); err != nil {
			return err
		}
	}
	if c.fetch != nil || c.held != nil || c.busy {
		return nil
	}
	consumer := c.consumer
	c.busy = true
	q.unlock()
	fetch, err := consumer.Fetch(1, jetstream.FetchContext(c.alive), jetstream.FetchHeartbeat(q.heartbeat))
	q.mu.Lock()
	c.ready()
	if err != nil {
		c.trouble(err)
		return err
	}
	c.fetch = fetch
	return nil
}

// receive takes up what a fetch gave: a batch, or that it has ended. The caller holds
// mu, which is free meanwhile.
func (c *cursor) receive(fetch jetstream.MessageBatch, m jetstream.Msg, ok bool) {
	q := c.q
	if c.fetch == fetch {
		c.fetch = nil
	}
	var err error
	if !ok {
		err = fetch.Error()
	}
	switch {
	case c.alive.Err() != nil:
		if ok { // release has not seen it
			_ = m.Nak()
		}
		return
	case !ok && err == nil:
		return
	}
	c.busy = true
	defer c.ready()
	if ok {
		q.trouble.over("cursor " + c.name)
		q.unlock()
		t := q.read(m)
		q.mu.Lock()
		c.ahead = t
		return
	}
	// A leader may have gone, with what it was asked, or the consumer.
	c.trouble(err)
	q.unlock()
	err = c.renew()
	q.pause(firstPause)
	q.mu.Lock()
	if err != nil {
		c.trouble(err)
	}
}

// ready ends a time in which mu was free and the cursor was not. The caller holds
// mu.
func (c *cursor) ready() {
	c.busy = false
	c.tell()
}

// tell wakes those who wait for a change of the cursor. The caller holds mu.
func (c *cursor) tell() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// trouble reports what keeps the cursor from going on.
func (c *cursor) trouble(err error) {
	if c.alive.Err() == nil {
		c.q.trouble.tell("cursor "+c.name, fmt.Errorf("cursor %q: %w", c.name, err))
	}
}

// pending says, or asks the server, whether there is something for this cursor; an error
// says that it did not answer. The caller holds mu, which is free meanwhile.
func (c *cursor) pending() (bool, error) {
	q := c.q
	consumer := c.consumer
	if !q.conn.IsConnected() {
		return false, nil
	}
	if last := q.previous.stream; !q.options.Shared && last > c.last && last > c.vain {
		return true, nil // whatever the server says that leads the consumer, and perhaps not the stream
	}
	q.unlock()
	defer q.mu.Lock()
	ctx, cancel := q.attempting(time.Second)
	defer cancel()
	info, err := consumer.Info(ctx)
	return err == nil && (info.NumPending > 0 || info.NumAckPending > 0 && !q.options.Shared), err
}
