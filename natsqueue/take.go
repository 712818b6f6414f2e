package natsqueue

import (
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// taken is a batch of the stream that was received and is not settled.
type taken struct {
	message    jetstream.Msg // nil: the server gave none
	stream     uint64        // its number
	given      uint64        // the consumer's number of it
	deliveries uint64
	header     header
	bad        error // the header cannot be read
	own        bool  // it was put here
	whole      bool  // none of it is settled
	found      bool  // the server passed over it, and another replica had it
	told       int   // how often the server did not answer that it was
	entries    []entry
}

// entry is a record of it, with its number.
type entry struct {
	seq    uint64
	record *sluice.Record
	bad    error // it is not as it was written
}

// read makes records of a message. It needs no lock.
func (q *Queue) read(m jetstream.Msg) *taken {
	t := q.parse(m.Headers(), m.Data())
	t.message, t.deliveries = m, 1
	if about, err := m.Metadata(); err == nil {
		t.stream, t.given, t.deliveries = about.Sequence.Stream, about.Sequence.Consumer, about.NumDelivered
	}
	return t
}

// parse makes records of what a message holds. It needs no lock.
func (q *Queue) parse(head nats.Header, body []byte) *taken {
	t := &taken{whole: true}
	h, err := parseHeader(head)
	if err != nil {
		t.bad = err
		return t
	}
	t.header = h
	t.own = h.run == q.run
	records := make([]sluice.Record, h.count)
	t.entries = make([]entry, 0, h.count)
	h.each(body, func(i int, content []byte, intact bool) {
		e := entry{seq: h.first + uint64(i), record: &records[i]}
		if !intact {
			e.bad = errSum
		} else if e.bad = q.codec.parse(e.record, content, h.json); e.record.ID.IsZero() {
			e.record.ID = sluice.ID{Source: h.run, Seq: e.seq}
		}
		t.entries = append(t.entries, e)
	})
	return t
}

var errSum = errors.New("damaged: the checksum is wrong")

// take takes up what was received. The caller holds mu.
func (c *cursor) take(t *taken) {
	q := c.q
	if !q.options.Shared && t.stream <= c.last {
		c.done = t // it is settled, which the server did not hear, or has forgotten
		return
	}
	if t.bad != nil {
		// How many records there were nobody can tell any more.
		q.notef("cursor %q: message %d of the stream: %w", c.name, t.stream, t.bad)
		c.others.Accepted++
		c.others.Drop(Damaged, 1)
		c.finish(t)
		return
	}
	if !q.options.Shared {
		from := c.sequence(&t.header, t.own)
		t.entries = t.entries[from-t.header.first:]
	}
	c.returns = 0
	c.admit(t)
	if len(t.entries) == 0 {
		c.finish(t)
		return
	}
	c.held = t
	if limit := q.options.MaxDeliver; limit > 0 && t.deliveries > uint64(limit) {
		q.notef("cursor %q: records %d to %d of %s were given to readers %d times and never settled",
			c.name, t.header.first, t.header.end()-1, t.header.producer, t.deliveries-1)
		c.poison = true
	}
}

// admit counts what came in, and takes out what is damaged. The caller holds mu.
func (c *cursor) admit(t *taken) {
	h := &t.header
	for i := 0; i < len(t.entries); {
		n := 1
		for bad := t.entries[i].bad; i+n < len(t.entries) && same(bad, t.entries[i+n].bad); {
			n++
		}
		from, to := t.entries[i].seq, t.entries[i].seq+uint64(n)
		c.accept(t.own, from, to)
		if bad := t.entries[i].bad; bad != nil {
			c.count(t.own, from, to, Damaged)
			c.q.notef("cursor %q: records %d to %d of %s: %w", c.name, from, to-1, h.producer, bad)
		}
		i += n
	}
	t.entries = slices.DeleteFunc(t.entries, func(e entry) bool { return e.bad != nil })
}

func same(a, b error) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Error() == b.Error()
}

// accept counts records that came in, unless Put has counted them. The caller holds
// mu.
func (c *cursor) accept(own bool, from, to uint64) {
	a := &c.others
	if own {
		a = &c.former
		to = min(to, max(from, c.start))
	}
	a.Accepted += to - from
	a.Held += to - from
}

// count counts records that are settled. The caller holds mu.
func (c *cursor) count(own bool, from, to uint64, reason string) {
	if !own {
		c.others.Settle(to-from, reason)
		return
	}
	if to > c.start {
		at := max(from, c.start)
		c.catchUp()
		c.own.Settle(to-at, reason)
		if reason != "" {
			c.q.gone.Add(at, to, reason)
		}
		to = at
	}
	if from < to {
		c.former.Settle(to-from, reason)
	}
}

// settle settles the first records of the batch at hand. The caller holds mu.
func (c *cursor) settle(n int, reason string) {
	t := c.held
	for _, e := range t.entries[:n] {
		c.count(t.own, e.seq, e.seq+1, reason)
		if t.own {
			c.settled = max(c.settled, e.seq+1)
		}
	}
	t.whole = false
	t.entries = t.entries[n:]
	if len(t.entries) == 0 {
		c.held, c.poison = nil, false
		c.finish(t)
	}
	c.q.advance()
}

// finish is the end of a batch of which nothing is left. The caller holds mu.
func (c *cursor) finish(t *taken) {
	if t.own {
		c.settled = max(c.settled, t.header.end())
		c.q.advance()
	}
	c.last = max(c.last, t.stream)
	if !t.found {
		c.done = t
	}
	c.q.acks = true
}

// bury drops a batch that readers died with. The caller holds mu, which is free
// meanwhile.
func (c *cursor) bury() {
	t := c.held
	c.busy = true
	c.q.mu.Unlock()
	c.q.dead.publish(c.q, c.name, t.entries, queue.DeadLetter)
	c.q.mu.Lock()
	c.ready()
	c.settle(len(t.entries), queue.DeadLetter)
}

// notef keeps a report for when mu is free.
func (q *Queue) notef(format string, args ...any) {
	q.notes = append(q.notes, fmt.Errorf(format, args...))
}
