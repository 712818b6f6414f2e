package natsqueue

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// room is memory for a record that is made ready without the lock.
type room struct {
	record sluice.Record
	text   []byte
}

type rooms struct{ sync.Pool }

func (p *rooms) get() *room {
	if r, ok := p.Get().(*room); ok {
		return r
	}
	return new(room)
}

const maxRoom = 64 << 10 // that is kept

func (p *rooms) put(r *room) {
	r.record = sluice.Record{}
	if cap(r.text) <= maxRoom {
		p.Put(r)
	}
}

// Put copies r into the batch that is open, or drops it by the policy. The server
// has it when a later Flush returned, and mostly after Options.BatchDelay. A record
// without an ID gets one.
func (q *Queue) Put(_ context.Context, r *sluice.Record) error {
	m := q.rooms.get()
	defer q.rooms.put(m)
	m.record = *r
	if m.record.ID.IsZero() {
		m.record.ID = sluice.ID{Source: q.run, Seq: q.numbered.Add(1)}
	}
	text, sum, err := q.codec.append(m.text[:0], &m.record)
	m.text = text
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closing:
		return sluice.ErrClosed
	case err != nil:
		q.refuse(NotEncoded)
		return fmt.Errorf("natsqueue: encode record: %w", err)
	case len(text) > q.maxBody() || int64(len(text)) > q.options.Buffer:
		q.refuse(queue.TooLarge)
		return fmt.Errorf("%d bytes: %w", len(text), queue.ErrTooLarge)
	}
	if err := q.makeRoom(int64(len(text))); err != nil {
		return err
	}
	q.add(text, sum)
	return nil
}

// add puts the text of a record into the open batch. The caller holds mu.
func (q *Queue) add(text []byte, sum uint32) {
	if p := q.open; p != nil && len(p.body)+len(text) > min(q.options.BatchBytes, q.maxBody()) {
		q.seal()
	}
	p := q.open
	if p == nil {
		p = q.parcel()
		p.first, p.born = q.next, time.Now()
		q.open = p
		q.nudge()
	}
	p.body = append(p.body, text...)
	p.sums = binary.BigEndian.AppendUint32(p.sums, q.summer.sum(sum, q.next))
	p.count++
	q.next++
	q.waiting += int64(len(text))
	q.account.Accepted++
	q.account.Held++
	if p.count == q.options.BatchSize || len(p.body) >= q.options.BatchBytes {
		q.seal()
		q.nudge()
	}
}

// seal closes the open batch, if there is one. The caller holds mu.
func (q *Queue) seal() {
	if q.open != nil {
		q.sealed = append(q.sealed, q.open)
		q.open = nil
	}
}

// makeRoom waits for room for n bytes, or counts their record as dropped. The caller
// holds mu, which is free while it waits.
func (q *Queue) makeRoom(n int64) error {
	var started time.Time
	for q.waiting+n > q.options.Buffer {
		if q.options.Full != queue.Block {
			q.refuse(queue.Full)
			return queue.ErrFull
		}
		if started.IsZero() {
			started = time.Now()
		}
		var over <-chan time.Time
		if q.options.Wait > 0 {
			left := q.options.Wait - time.Since(started)
			if left <= 0 {
				q.refuse(queue.Full)
				return queue.ErrFull
			}
			t := time.NewTimer(left)
			defer t.Stop()
			over = t.C
		}
		changed := q.change()
		q.mu.Unlock()
		select {
		case <-changed:
		case <-over:
		}
		q.mu.Lock()
		if q.closing {
			return sluice.ErrClosed
		}
	}
	return nil
}

// refuse counts a record that never came in. The caller holds mu.
func (q *Queue) refuse(reason string) {
	q.account.Accepted++
	q.account.Drop(reason, 1)
	for _, c := range q.cursors {
		c.own.Accepted++
		c.own.Drop(reason, 1)
	}
}

// Flush returns when the server has acknowledged what was put before: what a power
// cut costs from then on is the server's own setting. When ctx is done it does not
// wait any longer, and the records are published all the same.
func (q *Queue) Flush(ctx context.Context) error {
	if err := q.flush(ctx); err != nil {
		return fmt.Errorf("natsqueue %s: flush: %w", q.options.Stream, err)
	}
	return nil
}

func (q *Queue) flush(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	mine := q.next
	if q.hurry < mine {
		q.hurry = mine
		q.nudge()
	}
	for q.acked < mine {
		if q.closed {
			return sluice.ErrClosed
		}
		changed := q.change()
		q.mu.Unlock()
		select {
		case <-changed:
			q.mu.Lock()
		case <-ctx.Done():
			q.mu.Lock()
			if q.stuck != nil && q.acked < mine {
				return fmt.Errorf("%w: %w", ctx.Err(), q.stuck)
			}
			if q.acked < mine {
				return ctx.Err()
			}
		}
	}
	return nil
}
