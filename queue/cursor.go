package queue

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/sluicelog/sluice"
)

// cursor is how far a destination is.
type cursor struct {
	name   string
	next   [2]uint64 // in each lane, the position of the record to come
	holder *getter

	again  []span    // given back, before all that is in the lanes
	due    time.Time // when these may come again
	behind bool      // it holds up others, and may not
	rest   rest
	owner  string // the goroutine of the Listener that holds it
	ledger ledger
}

// rest is how a cursor waits for records.
type rest uint8

const (
	awake  rest = iota
	naps        // it looks by itself in a moment, and is woken only if the ring fills up
	asleep      // it is woken by the next record
)

// getter is who reads by a cursor.
type getter struct {
	q     *Ring
	c     *cursor
	wake  chan struct{}
	fresh bool // there were records since it last slept
	timer *time.Timer
	batch ringBatch
}

// Cursor gives the Getter of a destination; see Queue. Every record is held until
// each cursor has settled it.
func (q *Ring) Cursor(name string) (Getter, error) {
	q.mu.Lock()
	defer q.unlock()
	g := &getter{q: q, wake: make(chan struct{}, 1)}
	g.batch.getter = g
	for _, c := range q.cursors {
		if c.name == name {
			c.takeOver(g)
			return g, nil
		}
	}
	if len(q.cursors) == 1 && !q.counted {
		q.count()
	}
	c := &cursor{name: name, holder: g, ledger: ledger{seq: q.seq()}}
	for i := range q.lanes {
		l := &q.lanes[i]
		c.next[i] = l.head
		for at := l.head; at < l.tail; at++ {
			l.block(at).left[at%perBlock]++
		}
		c.ledger.accepted += uint64(l.len())
		c.ledger.held += uint64(l.len())
	}
	g.c = c
	q.cursors = append(q.cursors, c)
	q.resting[awake]++
	return g, nil
}

// count sets left of all records that are held, which does not matter as long as
// there was one cursor. The caller holds mu.
func (q *Ring) count() {
	q.counted = true
	set := func(s span) {
		for at := s.at; at < s.end; at++ {
			s.block.left[at%perBlock] = 1
		}
	}
	c := q.cursors[0]
	for _, s := range slices.Concat(c.holder.batch.spans, c.again) {
		set(s)
	}
	for i := range q.lanes {
		for at := q.lanes[i].head; at < q.lanes[i].tail; at++ {
			set(span{q.lanes[i].block(at), at, at + 1})
		}
	}
}

// takeOver makes g the cursor's holder. The former one may still read the records
// of its batch.
func (c *cursor) takeOver(g *getter) {
	old := c.holder
	for _, r := range old.batch.spans {
		r.block.lost = true
	}
	c.again = append(append([]span(nil), old.batch.spans...), c.again...)
	c.due = time.Time{}
	old.q.rests(c, awake)
	close(old.wake)
	c.owner = ""
	c.holder, g.c = g, c
}

// Stats is the destination's ledger.
func (g *getter) Stats() sluice.Stats {
	g.q.mu.Lock()
	defer g.q.unlock()
	g.c.ledger.catchUp(g.q.seq())
	return g.c.ledger.stats()
}

// Get gives what is there, or waits for it; see Getter.
func (g *getter) Get(ctx context.Context, most int) (Batch, error) { return g.get(ctx, most, false) }

// get is Get. Who is patient naps first if less is there than is worth a look.
func (g *getter) get(ctx context.Context, most int, patient bool) (Batch, error) {
	const (
		looks = 4 // before it rests: to be woken costs the producer more
		// As long as records come in this time, no producer has to wake anybody, and a
		// destination gets them together. A record that comes alone is not later, but
		// one that comes just after another can be, by so much, or by the millisecond to
		// which the runtime rounds up the sleep of a processor.
		nap = 50 * time.Microsecond
	)
	c, q := g.c, g.q
	owner, _ := ctx.Value(ownerKey{}).(string)
	for looked := 0; ; looked++ {
		q.mu.Lock()
		if c.holder != g {
			q.unlock()
			return nil, ErrSettled
		}
		q.owns(c, owner)
		if len(g.batch.spans) > 0 {
			q.unlock()
			return nil, ErrUnsettled
		}
		if patient && g.fresh && g.few(most) && !q.closed && ctx.Err() == nil {
			g.fresh = false
			q.rests(c, naps)
			q.mu.Unlock()
			g.sleep(ctx, nap)
			continue
		}
		wait, ok := g.fill(max(1, most))
		closed := q.closed
		if ok || closed && wait == 0 || ctx.Err() != nil || q.tidyUp() || wait == 0 && looked < looks {
			q.unlock()
			switch {
			case ok:
				g.fresh = true
				g.batch.list()
				return &g.batch, nil
			case closed && wait == 0:
				return nil, sluice.ErrClosed
			case ctx.Err() != nil:
				return nil, ctx.Err()
			}
			runtime.Gosched()
			continue
		}
		if g.fresh && wait == 0 {
			g.fresh, wait = false, nap
			q.rests(c, naps)
		} else {
			q.rests(c, asleep)
		}
		q.unlock()
		g.sleep(ctx, wait)
	}
}

// few says that less is there than is worth a look: a Listener that empties the ring faster
// than it is filled would look at each record, and hold up its producer with that. The
// caller holds mu.
func (g *getter) few(most int) bool {
	const part = 8 // of what may be taken, or of what has room
	return len(g.c.again) == 0 && g.q.queued() < min(most, g.q.size)/part
}

// rests notes how c waits. The caller holds mu.
func (q *Ring) rests(c *cursor, r rest) {
	q.resting[c.rest]--
	q.resting[r]++
	c.rest = r
}

// sleep waits for a record, for ctx, and if wait is not 0 so long at most.
func (g *getter) sleep(ctx context.Context, wait time.Duration) {
	var due <-chan time.Time
	if wait > 0 {
		if g.timer == nil {
			g.timer = time.NewTimer(wait)
		} else {
			g.timer.Reset(wait)
		}
		due = g.timer.C
	}
	woken := false
	select {
	case <-g.wake:
		woken = true
	case <-ctx.Done():
	case <-due:
	}
	if due != nil {
		g.timer.Stop()
	}
	if woken {
		return
	}
	g.q.mu.Lock()
	defer g.q.unlock()
	if c := g.c; c.holder == g && c.rest != awake {
		g.q.rests(c, awake)
		return
	}
	// It was woken meanwhile, and the next sleep must not be.
	<-g.wake
}

// fill puts what is there into the batch; if only records are there that come
// again later, it gives how long that is. The caller holds mu.
func (g *getter) fill(most int) (wait time.Duration, ok bool) {
	c := g.c
	if len(c.again) > 0 {
		if wait := time.Until(c.due); wait > 0 {
			return wait, false
		}
		for most > 0 && len(c.again) > 0 {
			r := &c.again[0]
			n := min(most, r.len())
			g.batch.add(span{r.block, r.at, r.at + uint64(n)})
			most -= n
			if r.at += uint64(n); r.at == r.end {
				r.block.spans--
				c.again = c.again[1:]
			}
		}
		if len(c.again) == 0 {
			c.again = nil
		}
		return 0, true
	}
	g.claim(most)
	return 0, len(g.batch.spans) > 0
}

// claim takes records from the lanes, oldest first.
func (g *getter) claim(most int) {
	c, q := g.c, g.q
	for most > 0 {
		i, r := q.oldest(c, most)
		if r.len() == 0 {
			break
		}
		g.batch.add(r)
		c.next[i] = r.end
		most -= r.len()
	}
	if len(g.batch.spans) == 0 {
		return
	}
	c.behind = false
	queued := q.queued()
	for i := range q.lanes {
		l := &q.lanes[i]
		head := l.tail
		for _, c := range q.cursors {
			head = min(head, c.next[i])
		}
		q.leave(l, head)
	}
	if q.queued() < queued {
		q.tellRoom()
	} else {
		// Who waits may see now that others are behind.
		q.tellAll()
	}
}

// oldest gives the lane of the oldest record that c has not taken, and the span that
// begins with it, of most records at most.
func (q *Ring) oldest(c *cursor, most int) (lane int, r span) {
	before := ^uint64(0) // the next one of the other lane
	if at := c.next[1]; at < q.lanes[1].tail {
		urgent := q.lanes[1].seq(at)
		if c.next[0] == q.lanes[0].tail {
			lane = 1
		} else if seq := q.lanes[0].seq(c.next[0]); urgent < seq {
			lane, before = 1, seq
		} else {
			before = urgent
		}
	}
	l, at := &q.lanes[lane], c.next[lane]
	r = span{at: at, end: min(l.tail, at+uint64(most), at-at%perBlock+perBlock)}
	if r.len() == 0 {
		return lane, r
	}
	r.block = l.block(at)
	if before < ^uint64(0) {
		for n := r.at; n < r.end; n++ {
			if l.seq(n) > before {
				r.end = n
			}
		}
	}
	return lane, r
}
