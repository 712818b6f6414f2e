package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// batch is what a getter has taken and not settled: the first records of the batch
// of the stream at hand.
type batch struct {
	g       *getter
	entries []entry
	records []*sluice.Record
}

// some gives the first records of the batch at hand. The caller holds mu.
func (c *cursor) some(g *getter, most int) batch {
	b := batch{g: g, entries: c.held.entries[:min(most, len(c.held.entries))], records: g.batch.records[:0]}
	for _, e := range b.entries {
		b.records = append(b.records, e.record)
	}
	return b
}

// Records gives what is not settled.
func (b *batch) Records() []*sluice.Record { return b.records }

// Ack settles the first n records as delivered. With the last one of a batch of the
// stream it tells the server, and an error says that the server did not answer: it is
// told again.
func (b *batch) Ack(_ context.Context, n int) error { return b.settle(n, "") }

// Drop settles the first n records as dropped, and publishes them as dead letters if
// there is a subject for these.
func (b *batch) Drop(_ context.Context, n int, reason string) error {
	if reason == "" {
		reason = queue.Failed
	}
	q := b.g.c.q
	q.mu.Lock()
	err := b.check(n)
	if err != nil {
		q.mu.Unlock()
		return err
	}
	entries := b.entries[:n]
	q.mu.Unlock()
	q.dead.publish(q, b.g.c.name, entries, reason)
	return b.settle(n, reason)
}

// check says whether n records can be settled. The caller holds mu.
func (b *batch) check(n int) error {
	switch {
	case b.g.c.q.closing:
		return sluice.ErrClosed
	case b.g.c.holder != b.g || n < 0 || n > len(b.entries):
		return queue.ErrSettled
	}
	return nil
}

func (b *batch) settle(n int, reason string) error {
	c := b.g.c
	c.q.mu.Lock()
	defer c.q.unlock()
	if err := b.check(n); err != nil || n == 0 {
		return err
	}
	c.settle(n, reason)
	b.entries, b.records = b.entries[n:], b.records[n:]
	if c.done == nil {
		return nil
	}
	return c.confirm()
}

// Nak gives the records back; what is behind them waits as well, so that they keep
// their order. With Shared another instance may get them.
func (b *batch) Nak(_ context.Context, after time.Duration) error {
	c := b.g.c
	q := c.q
	q.mu.Lock()
	defer q.unlock()
	if err := b.check(0); err != nil || len(b.entries) == 0 {
		return err
	}
	if pauses := q.options.BackOff; len(pauses) > 0 {
		after = max(after, pauses[min(c.returns, len(pauses)-1)])
	}
	c.returns++
	c.due = time.Now().Add(after)
	b.entries, b.records = nil, nil
	if t := c.held; q.options.Shared && t.whole && !t.found {
		// Nothing of it was settled here: it counts where it is taken next.
		a := &c.others
		if t.own {
			a = &c.former
		}
		a.Accepted -= uint64(len(t.entries))
		a.Held -= uint64(len(t.entries))
		c.held = nil
		if err := t.message.NakWithDelay(after); err != nil {
			return fmt.Errorf("natsqueue %s: cursor %q: give back: %w", q.options.Stream, c.name, err)
		}
	}
	return nil
}

// confirm tells the server that a batch is settled. The caller holds mu, which is
// free meanwhile.
func (c *cursor) confirm() error {
	q, t := c.q, c.done
	c.busy = true
	q.unlock()
	ctx, cancel := q.attempting(attempt)
	err := t.message.DoubleAck(ctx)
	cancel()
	if errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
		err = nil
	}
	known := err == nil || c.knows(t)
	q.mu.Lock()
	c.ready()
	if known {
		c.done = nil
		return nil
	}
	c.trouble(err)
	return fmt.Errorf("natsqueue %s: cursor %q: settle: %w", q.options.Stream, c.name, err)
}

// knows says that it is no use to tell the server again that t is settled, which did
// not answer: because it had heard it, or because it is another leader, that does not
// know that t was given to anybody, and gives it again.
func (c *cursor) knows(t *taken) bool {
	if c.alive.Err() != nil || !c.q.conn.IsConnected() || c.renew() != nil {
		return false
	}
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	if c.fresh {
		return true
	}
	if c.q.options.Shared {
		// What was given to whom is not to be found out.
		t.told++
		return t.told >= maxTold
	}
	info := c.consumer.CachedInfo()
	return info.AckFloor.Stream >= t.stream || info.Delivered.Stream < t.stream
}

// maxTold is how often a server that does not answer is told that a batch is settled.
const maxTold = 3

// release gives back what is not settled, so that it comes again at once. It waits for
// who is at the cursor, whose questions to the server have ended.
func (c *cursor) release() {
	q := c.q
	q.mu.Lock()
	for c.busy {
		changed := c.changed
		q.mu.Unlock()
		<-changed
		q.mu.Lock()
	}
	fetch, held, done := c.fetch, c.atHand(), c.done
	c.fetch, c.done = nil, nil
	q.unlock()
	if fetch != nil {
		for m := range fetch.Messages() {
			_ = m.Nak()
		}
	}
	if held != nil && held.message != nil {
		_ = held.message.Nak()
	}
	if done != nil {
		_ = done.message.Ack()
	}
}
