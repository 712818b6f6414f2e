package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/ledger"
	"github.com/sluicelog/sluice/queue"
)

// Cursors gives the names of the destinations that the stream holds records for,
// whichever program has them.
func (q *Queue) Cursors(ctx context.Context) ([]string, error) {
	var names []string
	err := q.consumers(ctx, func(name string, _ *jetstream.ConsumerInfo) { names = append(names, name) })
	if err != nil {
		return nil, fmt.Errorf("natsqueue %s: cursors: %w", q.options.Stream, err)
	}
	return names, nil
}

// consumers gives those of the stream that are cursors.
func (q *Queue) consumers(ctx context.Context, each func(name string, info *jetstream.ConsumerInfo)) error {
	stream, err := q.js.Stream(ctx, q.options.Stream)
	if err != nil {
		return err
	}
	list := stream.ListConsumers(ctx)
	for info := range list.Info() {
		if name, ok := info.Config.Metadata[metaCursor]; ok {
			each(name, info)
		}
	}
	return list.Err()
}

// Leave gives up the cursor in this program, without a word to the stream, which goes
// on to hold records for it: what this program has at hand goes to another one that
// has it, and what the server gives in that moment, when Options.AckWait is over. Its
// Getter, if there is one, is dead. See Options.ForgetAfter.
func (q *Queue) Leave(name string) { q.leave(name, "") }

// leave is Leave, where what was put here and not settled counts under reason, if there
// is one. It gives what of a batch was settled and is not known to the server.
func (q *Queue) leave(name, reason string) (part settledPart) {
	q.mu.Lock()
	at := slices.IndexFunc(q.cursors, func(c *cursor) bool { return c.name == name })
	if at < 0 || q.closing {
		q.mu.Unlock()
		return part
	}
	c := q.cursors[at]
	c.holder = nil
	c.tell()
	q.cursors = slices.Delete(q.cursors, at, at+1)
	if reason != "" && len(q.cursors) > 0 && !q.options.Shared {
		part.booked = max(c.settled, c.start)
		q.gone.Add(part.booked, q.next, reason)
	}
	if t := c.held; t != nil {
		part.stream, part.n = t.stream, t.header.count-len(t.entries)
		// What it had at hand counts where it is taken next.
		c.others.Accepted -= c.others.Held
		c.others.Held = 0
	} else if t := c.done; t != nil {
		part.stream, part.n = t.stream, t.header.count
	}
	q.account.Add(&c.others)
	q.advance()
	c.end() // with mu: who is at the cursor takes nothing up any more
	q.unlock()
	c.release()
	return part
}

// settledPart is how many records of a message of the stream are settled, although the
// server may give it again.
type settledPart struct {
	stream uint64
	n      int
	booked uint64 // of what was put here, the first record that is counted already; 0: none is
}

// Forget removes the cursor of a destination that will not come back, so that
// nothing is held for it any more, and gives how many of the records that the stream
// has it had not settled: they count under Forgotten of package queue. Its Getter, if
// there is one, is dead. No other program must have it: see Leave.
func (q *Queue) Forget(ctx context.Context, name string) (dropped uint64, err error) {
	q.mu.Lock()
	closing := q.closing
	q.mu.Unlock()
	if closing {
		return 0, sluice.ErrClosed
	}
	if err = q.flush(ctx); err == nil {
		part := q.leave(name, queue.Forgotten)
		dropped, err = q.forget(ctx, name, part, func(map[string]string) bool { return true })
	}
	if err != nil {
		err = fmt.Errorf("natsqueue %s: forget cursor %q: %w", q.options.Stream, name, err)
	}
	return dropped, err
}

// forget counts what waits for a cursor by taking it, as long as the cursor's metadata
// says that it may, and removes it.
func (q *Queue) forget(ctx context.Context, name string, part settledPart, may func(map[string]string) bool) (dropped uint64, err error) {
	stream, err := q.js.Stream(ctx, q.options.Stream)
	if err != nil {
		return 0, err
	}
	last := stream.CachedInfo().State.LastSeq
	c, err := stream.Consumer(ctx, consumerName(name))
	for err == nil {
		var info *jetstream.ConsumerInfo
		if info, err = c.Info(ctx); err != nil {
			break
		}
		if !may(info.Config.Metadata) {
			return dropped, nil
		}
		if info.AckFloor.Stream >= last || info.NumPending == 0 && info.NumAckPending == 0 {
			err = stream.DeleteConsumer(ctx, info.Name)
			break
		}
		var n uint64
		n, err = q.discard(ctx, c, part)
		dropped += n
	}
	if isGone(err) { // somebody was faster
		err = nil
	}
	q.mu.Lock()
	q.acks = true
	q.mu.Unlock()
	return dropped, err
}

// discard takes some batches of a cursor, and gives how many records they have.
func (q *Queue) discard(ctx context.Context, c jetstream.Consumer, part settledPart) (dropped uint64, err error) {
	const most, wait = 8, time.Second // so few that all are settled before they come again
	batch, err := c.Fetch(most, jetstream.FetchMaxWait(wait))
	if err != nil {
		return 0, err
	}
	for m := range batch.Messages() {
		h, bad := parseHeader(m.Headers())
		if bad != nil {
			h.count = 1 // nobody can tell
		}
		at, err := m.Metadata()
		if err == nil {
			err = q.settleFor(ctx, c, m, at.Sequence.Stream)
		}
		if err != nil {
			return dropped, err
		}
		n := uint64(h.count)
		if at.Sequence.Stream == part.stream {
			n -= min(n, uint64(part.n)) // of a header that cannot be read h knows nothing
		}
		dropped += n
		if bad == nil && h.run == q.run && part.booked > 0 && h.end() > part.booked {
			continue
		}
		a := ledger.Account{Accepted: n}
		a.Drop(queue.Forgotten, n)
		q.mu.Lock()
		q.account.Add(&a)
		q.mu.Unlock()
	}
	if err := batch.Error(); err != nil && !passing(err) {
		return dropped, err
	}
	return dropped, nil
}

// settleFor settles a message of a cursor that is forgotten. The answer can be lost with
// the consumer: another program removes it as soon as all is settled.
func (q *Queue) settleFor(ctx context.Context, c jetstream.Consumer, m jetstream.Msg, seq uint64) error {
	short, cancel := q.attempting(attempt)
	err := m.DoubleAck(short)
	cancel()
	if err == nil {
		return nil
	}
	info, gone := c.Info(ctx)
	if isGone(gone) || gone == nil && info.AckFloor.Stream >= seq {
		return nil
	}
	return fmt.Errorf("settle message %d: %w", seq, err)
}

// isGone says that a consumer is no more.
func isGone(err error) bool {
	return errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrConsumerDoesNotExist)
}
