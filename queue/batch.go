package queue

import (
	"context"
	"time"

	"github.com/sluicelog/sluice"
)

// ringBatch is what a getter has taken and not settled.
type ringBatch struct {
	getter  *getter
	spans   []span
	records []*sluice.Record

	// The memory of both, from its start.
	spanRoom   []span
	recordRoom []*sluice.Record
}

func (b *ringBatch) add(r span) {
	if len(b.spans) == 0 {
		b.spans = b.spanRoom[:0]
	}
	r.block.spans++
	b.spans = append(b.spans, r)
	if cap(b.spans) > cap(b.spanRoom) {
		b.spanRoom = b.spans[:0]
	}
}

// list makes the records of the spans.
func (b *ringBatch) list() {
	records := b.recordRoom[:0]
	for _, r := range b.spans {
		in := r.block.records[r.at%perBlock:][:r.len()]
		for i := range in {
			records = append(records, &in[i])
		}
	}
	b.records, b.recordRoom = records, records[:0]
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
	defer q.unlock()
	if c.holder != b.getter || n < 0 || n > len(b.records) {
		return ErrSettled
	}
	c.ledger.catchUp(q.seq())
	c.ledger.settle(reason, n)
	b.records = b.records[n:]
	for n > 0 {
		r := &b.spans[0]
		k := min(n, r.len())
		q.settle(*r, k, reason)
		n -= k
		if r.at += uint64(k); r.at == r.end {
			r.block.spans--
			q.memory.keep(r.block)
			b.spans = b.spans[1:]
		}
	}
	return nil
}

// settle notes that a cursor has settled the first n records of r. The caller holds
// mu.
func (q *Ring) settle(r span, n int, reason string) {
	if !q.counted {
		q.ledger.settle(reason, n)
		return
	}
	for i := r.at % perBlock; n > 0; i, n = i+1, n-1 {
		q.leftBy(r.block, i, 1, reason)
	}
}

// leftBy notes that n cursors are done with a record of b. The caller holds mu.
func (q *Ring) leftBy(b *block, at uint64, n int, reason string) {
	first := &b.reasons[at]
	if *first == "" {
		*first = reason
	}
	if b.left[at] -= int32(n); b.left[at] == 0 {
		q.ledger.settle(*first, 1)
		*first = ""
	}
}

// Nak gives the records back; what is behind them waits as well, so that they keep
// their order.
func (b *ringBatch) Nak(_ context.Context, after time.Duration) error {
	q, c := b.getter.q, b.getter.c
	q.mu.Lock()
	defer q.unlock()
	if c.holder != b.getter {
		return ErrSettled
	}
	if len(b.spans) == 0 {
		return nil
	}
	c.again = append(append([]span(nil), b.spans...), c.again...)
	c.due = time.Now().Add(after)
	b.spans, b.records = nil, nil
	return nil
}
