package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A server that finds a message of its files damaged passes over it, though other
// replicas of the stream have it. Which of them answers a question is left to chance.
const (
	asks     = 32               // by which one of three replicas is left out once in 400 000 times
	lookTime = 10 * time.Second // for replicas that are not there or have not caught up
	// Each look is all of these questions, and mostly nobody has what is looked for.
	lookEvery = time.Second
	// A server that was started again answers two seconds after it has caught up, at
	// the earliest: until then only the others do, or who leads alone.
	settling = 5 * time.Second
)

// period is a time in which something was so each time that one looked.
type period struct{ since, last time.Time }

// lasts takes up that it is so now, and says whether it has been for d.
func (p *period) lasts(now time.Time, d time.Duration) bool {
	if now.Sub(p.last) > d {
		p.since = now
	}
	p.last = now
	return now.Sub(p.since) >= d
}

// finds are messages that came from another replica, by the stream's numbers.
type finds struct{ count, first, last uint64 }

func (f *finds) add(stream uint64) {
	if f.count++; f.count == 1 {
		f.first = stream
	}
	f.last = stream
}

// step takes up what comes next: what the server passed over, if a replica has it, and
// then the message that the server gave. False: it is not known yet. The caller holds
// mu, which is free meanwhile.
func (c *cursor) step() bool {
	q, t := c.q, c.ahead
	if to := c.passed(); to > 0 {
		found, sure := c.lookUp(c.from(), to)
		if !sure {
			return false
		}
		if found != nil {
			found.deliveries, found.found = 1, true
			if t != nil {
				found.message, found.deliveries = t.message, t.deliveries
			}
			if c.finds.add(found.stream); t == nil && found.stream >= c.tail {
				c.tellFinds()
			}
			c.looked = found.stream + 1
			c.take(found)
			return true
		}
		c.looked = to
	}
	c.tellFinds()
	if t == nil {
		return true
	}
	if t.damaged() && (t.stream > c.last || q.options.Shared) {
		found, sure := c.lookUp(t.stream, t.stream+1)
		if !sure {
			return false
		}
		if found != nil && !found.damaged() {
			found.message, found.given, found.deliveries = t.message, t.given, t.deliveries
			q.notef("cursor %q: message %d of the stream came damaged and is read from another replica", c.name, t.stream)
			t = found
		}
	}
	if t.bad != nil {
		c.busy = true
		q.unlock()
		q.dead.pass(q, c.name, t.message, Damaged)
		q.mu.Lock()
		c.ready()
		if c.alive.Err() != nil {
			return false
		}
	}
	if q.options.Shared {
		c.tellSkipped(t)
	}
	c.ahead = nil
	c.take(t)
	return true
}

// passed says below which number there may be something that the server passed over; 0:
// there is nothing. Where the stream has other subjects as well, only the producer's
// numbers tell. The caller holds mu.
func (c *cursor) passed() (to uint64) {
	t := c.ahead
	switch {
	case c.q.options.Shared:
		// What others were given is not known here.
		if t == nil || c.filtered {
			return 0
		}
		if n, ok := c.seen.others(t); !ok || n > 0 {
			return 0
		}
		to = t.stream
	case t == nil:
		to = c.tail + 1
	case !c.filtered || t.bad == nil && t.header.first > c.expected(&t.header, t.own):
		to = t.stream
	}
	if to <= c.from() {
		return 0
	}
	return to
}

// tellFinds reports what was found. The caller holds mu.
func (c *cursor) tellFinds() {
	if f := c.finds; f.count > 0 {
		c.q.notef("cursor %q: messages %d to %d of the stream were passed over by the server and read from another replica: %d of them", c.name, f.first, f.last, f.count)
		c.finds = finds{}
	}
}

// lookUp asks the replicas for the first message from number from on and below to. It
// gives nil if there is none, and is not sure while a replica may have one that is not
// there, nor when the Queue has no more to do with the cursor. The caller holds mu, which
// is free meanwhile.
func (c *cursor) lookUp(from, to uint64) (found *taken, sure bool) {
	q := c.q
	c.busy = true
	q.unlock()
	ctx, cancel := q.attempting(attempt)
	stream, err := q.js.Stream(ctx, q.options.Stream)
	led := err == nil
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound) || led && !stream.CachedInfo().Created.Equal(c.created):
		led, sure, err = true, true, nil // it is gone
	case led:
		found, sure, err = q.askReplicas(ctx, stream, from, to)
	}
	cancel()
	q.mu.Lock()
	c.ready()
	if err != nil {
		c.trouble(fmt.Errorf("ask for messages %d to %d: %w", from, to-1, err))
	}
	if !led && passing(err) || c.alive.Err() != nil {
		c.doubt = time.Time{}
		return nil, false
	}
	if c.doubt.IsZero() {
		c.doubt = time.Now()
	}
	if !sure && led && time.Since(c.doubt) < lookTime {
		return nil, false
	}
	c.doubt = time.Time{}
	return found, true
}

// askReplicas asks until it is likely that every replica has answered. Of what they
// have it gives the first, intact if one has it so.
func (q *Queue) askReplicas(ctx context.Context, stream jetstream.Stream, from, to uint64) (found *taken, sure bool, err error) {
	for range asks {
		m, err := stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject(q.options.Subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return found, false, err
		}
		if m.Sequence >= to || found != nil && (m.Sequence > found.stream || m.Sequence == found.stream && !found.damaged()) {
			continue
		}
		found = q.parse(m.Header, m.Data)
		found.stream = m.Sequence
		if found.stream == from && !found.damaged() {
			return found, true, nil
		}
	}
	return found, q.allAnswer(stream.CachedInfo(), from), nil
}

// allAnswer says that nobody is left who may have the message with that number.
func (q *Queue) allAnswer(about *jetstream.StreamInfo, from uint64) bool {
	removes := about.Config.MaxAge > 0 || about.Config.Discard == jetstream.DiscardOld
	switch {
	case about.Cluster == nil || len(about.Cluster.Replicas) == 0:
		return true
	case removes && from < about.State.FirstSeq:
		return true // it was too old
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range about.Cluster.Replicas {
		if !r.Current || r.Offline {
			q.complete = period{}
			return false
		}
	}
	return q.complete.lasts(time.Now(), settling)
}

// damaged says that it is not as it was written.
func (t *taken) damaged() bool {
	for _, e := range t.entries {
		if errors.Is(e.bad, errSum) {
			return true
		}
	}
	return errors.Is(t.bad, errHeader)
}

// atHand is a batch that was received and is not settled; nil: there is none. The
// caller holds mu.
func (c *cursor) atHand() *taken {
	if c.held != nil {
		return c.held
	}
	return c.ahead
}
