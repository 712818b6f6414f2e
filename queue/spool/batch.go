package spool

import (
	"context"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// batch is what a getter has taken and not settled.
type batch struct {
	getter   *getter
	entries  []held
	records  []*sluice.Record
	incoming []incoming // while it is read

	// The memory of the first two, from its start.
	entryRoom  []held
	recordRoom []*sluice.Record
}

// incoming is a record that was read.
type incoming struct {
	held
	bad error // it cannot be understood
}

// Records gives what is not settled.
func (b *batch) Records() []*sluice.Record { return b.records }

// Ack settles the first n records as delivered.
func (b *batch) Ack(_ context.Context, n int) error { return b.settle(n, "") }

// Drop settles the first n records as dropped.
func (b *batch) Drop(_ context.Context, n int, reason string) error {
	if reason == "" {
		reason = queue.Failed
	}
	return b.settle(n, reason)
}

func (b *batch) settle(n int, reason string) error {
	g := b.getter
	s, c := g.s, g.c
	s.mu.Lock()
	defer s.unlock()
	if s.closed {
		return sluice.ErrClosed
	}
	if c.holder != g || n < 0 || n > len(b.entries) {
		return queue.ErrSettled
	}
	if n == 0 {
		return nil
	}
	c.catchUp(s)
	c.account.Settle(uint64(n), reason)
	for _, e := range b.entries[:n] {
		if reason != "" {
			s.gone.Add(e.seq, e.seq+1, reason)
		}
		if !e.shared && len(g.free) < maxFree {
			g.free = append(g.free, e.record)
		}
	}
	b.entries, b.records = b.entries[n:], b.records[n:]
	err := c.store(s)
	s.advance()
	return err
}

// Nak gives the records back; what is behind them waits as well, so that they keep
// their order.
func (b *batch) Nak(_ context.Context, after time.Duration) error {
	g := b.getter
	s, c := g.s, g.c
	s.mu.Lock()
	defer s.unlock()
	if s.closed {
		return sluice.ErrClosed
	}
	if c.holder != g {
		return queue.ErrSettled
	}
	if len(b.entries) == 0 {
		return nil
	}
	c.again = append(append([]held(nil), b.entries...), c.again...)
	c.due = time.Now().Add(after)
	b.entries, b.records = nil, nil
	return nil
}

func (b *batch) add(h held) {
	if len(b.entries) == 0 {
		b.entries, b.records = b.entryRoom[:0], b.recordRoom[:0]
	}
	b.entries = append(b.entries, h)
	b.records = append(b.records, h.record)
	if cap(b.entries) > cap(b.entryRoom) {
		b.entryRoom, b.recordRoom = b.entries[:0], b.records[:0]
	}
}

// again takes the first n of what was given back.
func (b *batch) again(n int) {
	c := b.getter.c
	for _, h := range c.again[:n] {
		b.add(h)
	}
	if c.again = c.again[n:]; len(c.again) == 0 {
		c.again = nil
	}
}

// clear gives the memory of what was read and not taken up back.
func (b *batch) clear() { b.incoming = b.incoming[:0] }
