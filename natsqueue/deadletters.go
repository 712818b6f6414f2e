package natsqueue

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The headers of a dead letter, beside those of a batch of one record.
const (
	headCursor = "Sluice-Cursor" // the destination that did not get it
	headReason = "Sluice-Reason" // why
)

// deadLetters is where records go that a destination drops.
type deadLetters struct {
	mu  sync.Mutex // one at a time, so that they are in order
	run uint64
	n   uint64
}

// prepare makes a stream for the subject, if no stream has it.
func (d *deadLetters) prepare(ctx context.Context, q *Queue) error {
	subject := q.options.DeadLetters
	if subject == "" {
		return nil
	}
	d.run = rand.Uint64() | 1
	_, err := q.js.StreamNameBySubject(ctx, subject)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = q.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: q.options.Stream + "-dead", Subjects: []string{subject}, Description: "dead letters of sluice",
			Storage: jetstream.FileStorage, Replicas: max(1, q.options.Replicas), MaxBytes: -1,
		})
	}
	if err != nil {
		return fmt.Errorf("dead letters %s: %w", subject, err)
	}
	return nil
}

// publish publishes records that cursor dropped. What the server does not take is
// reported.
func (d *deadLetters) publish(q *Queue, cursor string, entries []entry, reason string) {
	if q.options.DeadLetters == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range entries {
		body, sum, err := q.codec.append(nil, e.record)
		if err != nil {
			q.trouble.report(fmt.Errorf("dead letter: %w", err))
			continue
		}
		d.n++
		h := header{producer: q.options.Producer, run: d.run, first: d.n, count: 1, json: q.options.JSON}
		h.sums = binary.BigEndian.AppendUint32(nil, h.summer.sum(sum, d.n))
		m := &nats.Msg{Header: nats.Header{}, Data: body}
		h.set(m.Header)
		m.Header.Set(jetstream.MsgIDHeader, messageID(d.run, d.n))
		d.send(q, m, cursor, reason)
	}
}

// pass publishes a message that cannot be read as it is.
func (d *deadLetters) pass(q *Queue, cursor string, from jetstream.Msg, reason string) {
	if q.options.DeadLetters == "" {
		return
	}
	m := &nats.Msg{Header: nats.Header{}, Data: from.Data()}
	for _, key := range []string{headVersion, headProducer, headRun, headFirst, headCount, headSums, headPrevious, headType, headCheck} {
		if v := from.Headers().Get(key); v != "" {
			m.Header.Set(key, v)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.send(q, m, cursor, reason)
}

func (d *deadLetters) send(q *Queue, m *nats.Msg, cursor, reason string) {
	m.Subject = q.options.DeadLetters
	m.Header.Set(headCursor, cursor)
	m.Header.Set(headReason, reason)
	ctx, cancel := q.attempting(attempt)
	defer cancel()
	if _, err := q.js.PublishMsg(ctx, m); err != nil {
		q.trouble.tell("dead letters", fmt.Errorf("dead letter: %w", err))
		return
	}
	q.trouble.over("dead letters")
}
