package queue

import (
	"context"
	"time"

	"github.com/sluicelog/sluice"
)

// ringBatch is what a getter has taken and not settled.
type ringBatch struct {
	getter  *getter
	entries []*entry
	records []*sluice.Record

	// The memory of both, from its start.
	entryRoom  []*entry
	recordRoom []*sluice.Record
}

func (b *ringBatch) add(e *entry) {
	if len(b.entries) == 0 {
		b.entries, b.records = b.entryRoom[:0], b.recordRoom[:0]
	}
	b.entries = append(b.entries, e)
	b.records = append(b.records, &e.record)
	if cap(b.entries) > cap(b.entryRoom) {
		b.entryRoom, b.recordRoom = b.entries[:0], b.records[:0]
	}
}

// Records gives what is not settled.
func (b *ringBatch) Records() []*sluice.Record { return b.records }

// Ack settles the first n records as delivered.
func (b *ringBatch) Ack(_ context.Context, n int) error { return b.settle(n, "") }

// Drop settles the first n records as dropped.
func (b *ringBatch) Drop(_ context.Context, n int, reason string) error {
	if reason == "" {
		reason = Failed
	}
	return b.settle(n, reason)
}

func (b *ringBatch) settle(n int, reason string) error {
	q, c := b.getter.q, b.getter.c
	q.mu.Lock()
	if c.holder != b.getter || n < 0 || n > len(b.entries) {
		q.mu.Unlock()
		return ErrSettled
	}
	c.catchUp(q)
	c.ledger.held -= uint64(n)
	if reason == "" {
		c.ledger.delivered += uint64(n)
	} else if n > 0 {
		c.ledger.drop(reason, n)
	}
	settled := b.entries[:n]
	done := settled[:0]
	for _, e := range settled {
		if e.reason == "" {
			e.reason = reason
		}
		if e.left--; e.left == 0 {
			q.ledger.settle(e)
			done = append(done, e)
		}
	}
	b.entries, b.records = b.entries[n:], b.records[n:]
	for _, e := range done {
		q.memory.keep(e)
	}
	q.mu.Unlock()
	return nil
}

// Nak gives the records back; what is behind them waits as well, so that they keep
// their order.
func (b *ringBatch) Nak(_ context.Context, after time.Duration) error {
	q, c := b.getter.q, b.getter.c
	q.mu.Lock()
	defer q.mu.Unlock()
	if c.holder != b.getter {
		return ErrSettled
	}
	if len(b.entries) == 0 {
		return nil
	}
	c.again = append(append([]*entry(nil), b.entries...), c.again...)
	c.due = time.Now().Add(after)
	b.entries, b.records = nil, nil
	return nil
}
