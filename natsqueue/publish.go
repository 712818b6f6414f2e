package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice/queue"
)

// parcel is a batch on its way to the server.
type parcel struct {
	first uint64
	count int
	sums  []byte
	body  []byte
	born  time.Time
}

const (
	maxSpare     = 16
	headerRoom   = 1 << 10 // beside the sums
	attempt      = 2 * time.Second
	opening      = 30 * time.Second       // two elections, if a vote is lost
	answer       = 500 * time.Millisecond // what somebody who leads takes at most
	firstPause   = 10 * time.Millisecond
	longestPause = 100 * time.Millisecond
	inquiry      = 5 * time.Second // between two questions whether there is a stream at all
)

// parcel gives an empty one. The caller holds mu.
func (q *Queue) parcel() *parcel {
	if n := len(q.spare); n > 0 {
		p := q.spare[n-1]
		q.spare = q.spare[:n-1]
		return p
	}
	// All are as large as the last one, more or less.
	return &parcel{body: make([]byte, 0, q.size), sums: make([]byte, 0, q.options.BatchSize*sumSize)}
}

// recycle takes back one that the server has. The caller holds mu.
func (q *Queue) recycle(p *parcel) {
	q.size = min(len(p.body)+len(p.body)/8, q.options.BatchBytes)
	if len(q.spare) < maxSpare && cap(p.body) <= 2*q.options.BatchBytes {
		*p = parcel{sums: p.sums[:0], body: p.body[:0]}
		q.spare = append(q.spare, p)
	}
}

// maxBody is how large a body the server takes.
func (q *Queue) maxBody() int {
	head := headerRoom + len(q.options.Producer) + q.options.BatchSize*sumSize*4/3
	return int(q.conn.MaxPayload()) - head
}

// publish publishes one batch after the other, until alive is over. A single one is
// on its way at a time: the server knows a repeated one by its id, and nothing that
// came later can be stored before it.
func (q *Queue) publish() {
	for {
		p := q.nextParcel()
		if p == nil {
			return
		}
		stored, err := q.deliver(p)
		q.mu.Lock()
		end := p.first + uint64(p.count)
		switch {
		case err == nil:
			q.previous = former{stored, p.first}
		case q.alive.Err() != nil:
			q.mu.Unlock()
			return
		default:
			q.gone.Add(p.first, end, queue.TooLarge)
		}
		q.acked = end
		q.sealed = q.sealed[1:]
		q.waiting -= int64(len(p.body))
		q.recycle(p)
		q.advance()
		q.tellChange()
		q.mu.Unlock()
	}
}

// nextParcel waits for a batch to publish; nil: there will be none.
func (q *Queue) nextParcel() *parcel {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if len(q.sealed) == 0 && q.open != nil {
			left := q.options.BatchDelay - time.Since(q.open.born)
			if left <= 0 || q.open.first < q.hurry || q.closing {
				q.seal()
			} else if !q.sleep(left) {
				return nil
			}
		}
		if len(q.sealed) > 0 {
			return q.sealed[0]
		}
		if q.open == nil && !q.sleep(0) {
			return nil
		}
	}
}

// sleep waits to be woken, and at most for d if that is not 0. It is false at the
// end. The caller holds mu, which is free while it waits.
func (q *Queue) sleep(d time.Duration) bool {
	q.mu.Unlock()
	defer q.mu.Lock()
	var over <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-q.awake:
	case <-over:
	case <-q.alive.Done():
		return false
	}
	return true
}

// deliver publishes p until the server has it, and gives the stream's number of it.
func (q *Queue) deliver(p *parcel) (uint64, error) {
	h := header{producer: q.options.Producer, run: q.run, first: p.first, count: p.count, sums: p.sums, previous: q.previous, json: q.options.JSON}
	m := &nats.Msg{Subject: q.options.Subject, Header: nats.Header{}, Data: p.body}
	h.set(m.Header)
	m.Header.Set(jetstream.MsgIDHeader, messageID(q.run, p.first))
	m.Header.Set(jetstream.ExpectedStreamHeader, q.options.Stream)
	pause, patience := firstPause, q.patience
	var inquired time.Time
	for {
		ack, err := q.store(m, patience)
		if err == nil {
			q.trouble.over("publish")
			q.setStuck(nil)
			return ack.Sequence, nil
		}
		if q.alive.Err() != nil {
			return 0, errGivenUp
		}
		err = fmt.Errorf("publish records %d to %d: %w", h.first, h.end()-1, err)
		q.trouble.tell("publish", err)
		q.setStuck(err)
		patience = q.patience / 2 // there may be a leader any moment, and what comes twice is stored once
		switch {
		case errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, jetstream.ErrStreamMessageExceedsMaximum):
			return 0, err // it will never be taken
		case errors.Is(err, jetstream.ErrNoStreamResponse):
			// Mostly nobody leads, and then nobody answers that question.
			if time.Since(inquired) >= inquiry {
				q.remake()
				inquired = time.Now()
			}
		case errors.Is(err, context.DeadlineExceeded):
			q.listen(len(p.body))
		case isFull(err):
			q.tidy()
		}
		q.pause(pause)
		pause = min(2*pause, longestPause)
	}
}

// store publishes a message once, and waits for the answer: until another server leads,
// which knows nothing of it.
func (q *Queue) store(m *nats.Msg, patience time.Duration) (*jetstream.PubAck, error) {
	ctx, cancel := q.attempting(patience)
	defer cancel()
	q.mu.Lock()
	q.unask = cancel
	q.mu.Unlock()
	return q.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0))
}

// pause waits, unless it is the end.
func (q *Queue) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-q.alive.Done():
	}
}

func (q *Queue) setStuck(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stuck = err
}
