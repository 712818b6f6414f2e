package remote

import (
	"context"
	"fmt"
	"time"
)

// run sends batches until close, and then what is left.
func (b *batcher) run() {
	defer close(b.ended)
	for {
		one, wait := b.next()
		switch {
		case one != nil:
			if !b.deliver(one) {
				return
			}
		case b.isClosing():
			return
		default:
			b.pause(wait)
		}
	}
}

func (b *batcher) isClosing() bool {
	select {
	case <-b.closing:
		return true
	default:
		return false
	}
}

// pause waits for wait, or something to look at; for 0 only for that.
func (b *batcher) pause(wait time.Duration) {
	var due <-chan time.Time
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		due = t.C
	}
	select {
	case <-due:
	case <-b.wake:
	case <-b.closing:
	}
}

// next gives the oldest batch if it is due, or how long until it is.
func (b *batcher) next() (*batch, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.batches) == 0 {
		return nil, 0
	}
	one := b.batches[0]
	due := one.taken || len(b.batches) > 1 || one.n >= b.o.Records || one.number <= b.flushTo || b.closed
	if wait := time.Until(one.since.Add(b.o.Delay)); !due && wait > 0 {
		return nil, wait
	}
	one.taken = true
	return one, 0
}

// deliver sends one until it is settled. It is false if the rest is to be lost.
func (b *batcher) deliver(one *batch) bool {
	if err := b.finish(one); err != nil {
		b.settle(one, one.n, err, ReasonFormat)
		return true
	}
	for {
		last := b.isClosing()
		a := b.client.send(context.Background(), one.body, one.key())
		switch {
		case a.accepted():
			var why error
			if a.refused > 0 {
				why = a.failure(b.client)
			}
			b.settle(one, min(a.refused, one.n), why, ReasonRefused)
			b.reuse(one, &a)
			return true
		case !a.again():
			b.settle(one, one.n, a.failure(b.client), ReasonRefused)
			return true
		}
		wait := b.failed(&a)
		if last {
			return false
		}
		b.report(fmt.Errorf("%d records are held, to be tried again in %v: %w", one.n, wait.Round(time.Millisecond), a.failure(b.client)))
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-b.closing: // one more attempt
			t.Stop()
		}
	}
}

const keptBodies = 4

// reuse keeps the memory of a batch for another one.
func (b *batcher) reuse(one *batch, a *httpAnswer) {
	if !a.left && !one.body.packed || cap(one.p) > 2*b.o.Bytes {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.free) < keptBodies {
		b.free = append(b.free, one.p)
	}
}

// finish makes the body of a batch.
func (b *batcher) finish(one *batch) (err error) {
	if b.array {
		one.p[len(one.p)-1] = ']'
	}
	one.body, err = b.client.pack(one.p)
	return err
}

// failed notes an attempt that is to be repeated, and says when.
func (b *batcher) failed(a *httpAnswer) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.retry.failed(now, a.after)
	b.failures++
	b.last = a.failure(b.client)
	b.announce()
	return b.retry.at.Sub(now)
}

// settle counts a batch off, of which the server refused so many.
func (b *batcher) settle(one *batch, refused int, why error, reason string) {
	if refused > 0 {
		why = fmt.Errorf("%d of %d records lost: %w", refused, one.n, why)
	}
	b.mu.Lock()
	b.batches[0] = nil
	b.batches = b.batches[1:]
	b.held -= one.n
	b.bytes -= one.bytes
	b.usual = len(one.p)
	b.delivered += uint64(one.n - refused)
	b.settled = one.number
	b.retry.succeeded()
	b.last = nil
	if refused > 0 {
		b.dropped[reason] += uint64(refused)
		b.lost, b.lostAt = why, one.number
	}
	b.announce()
	b.mu.Unlock()
	if refused > 0 {
		b.report(why)
	}
}
