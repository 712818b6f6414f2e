package queue

import (
	"slices"
	"time"

	"github.com/sluicelog/sluice"
)

// makeRoom makes room for a record in the given lane by the policy, or counts it as
// dropped. The caller holds mu, which is free while it waits.
func (q *Ring) makeRoom(lane int, bytes int64) (err error) {
	if q.maxBytes > 0 && bytes > q.maxBytes {
		q.refuse(TooLarge)
		return ErrTooLarge
	}
	var w *waiter
	asked := q.lookout.sites == nil // nobody could be waiting for itself
	var started time.Time
	for !q.fits(bytes) {
		if q.evictBehind() {
			continue
		}
		if q.options.Full == Block {
			if started.IsZero() {
				started = time.Now()
				w = q.waiter()
				defer func() { q.done(w, err == nil) }()
			}
			limit := q.options.Wait
			if q.lagging() {
				limit = q.options.Behind
			}
			passed := time.Since(started)
			if limit == 0 || passed < limit {
				// Who empties the ring would wait for itself. To ask costs more than most
				// waiting takes.
				const patience = time.Millisecond
				if !asked && passed >= patience {
					if asked = true; q.loops() {
						q.refuse(Loop)
						return ErrLoop
					}
				} else {
					if !asked && (limit == 0 || limit > patience) {
						limit = patience
					}
					q.waitRoom(w, limit-passed, limit > 0)
				}
				if q.closed {
					return sluice.ErrClosed
				}
				continue
			}
			if q.markBehind() {
				continue
			}
		}
		if (lane == 1 || q.options.Full == DropOldest) && q.evict(0, Full) {
			continue
		}
		if lane == 1 && q.options.Full == DropOldest && q.evict(1, Full) {
			continue
		}
		q.refuse(Full)
		return ErrFull
	}
	return nil
}

// waiter is a Put that waits for room.
type waiter struct {
	room  chan struct{} // of one: look again
	again bool          // it did so, and found that others had been faster
	timer *time.Timer
}

// waiter gives a waiter. The caller holds mu.
func (q *Ring) waiter() *waiter {
	if n := len(q.idle); n > 0 {
		w := q.idle[n-1]
		q.idle = q.idle[:n-1]
		return w
	}
	return &waiter{room: make(chan struct{}, 1)}
}

// done takes w back, and lets the next one look if there is more room than the record
// at hand takes. The caller holds mu.
func (q *Ring) done(w *waiter, taken bool) {
	w.again = false
	q.idle = append(q.idle, w)
	room := q.size - q.queued()
	if taken {
		room--
	}
	if room > 0 {
		q.tellRoom()
	}
}

// waitRoom waits for room, at most for d if that is a limit. The caller holds mu.
func (q *Ring) waitRoom(w *waiter, d time.Duration, limited bool) {
	if w.again {
		q.waiting = slices.Insert(q.waiting, 0, w)
	} else {
		q.waiting = append(q.waiting, w)
	}
	q.wake()
	var over <-chan time.Time
	if limited {
		if w.timer == nil {
			w.timer = time.NewTimer(d)
		} else {
			w.timer.Reset(d)
		}
		defer w.timer.Stop()
		over = w.timer.C
	}
	q.unlock()
	select {
	case <-w.room:
		w.again = true
		q.mu.Lock()
		return
	case <-over:
	}
	q.mu.Lock()
	if i := slices.Index(q.waiting, w); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	} else {
		<-w.room
	}
}

// tellRoom lets the Put that waits for the longest time look again; if there is more
// room than it needs, it tells the next one. The caller holds mu.
func (q *Ring) tellRoom() {
	if len(q.waiting) > 0 {
		q.waiting[0].room <- struct{}{}
		q.waiting = slices.Delete(q.waiting, 0, 1)
	}
}

// tellAll lets all Puts that wait look again. The caller holds mu.
func (q *Ring) tellAll() {
	for _, w := range q.waiting {
		w.room <- struct{}{}
	}
	clear(q.waiting)
	q.waiting = q.waiting[:0]
}

// lagging says that some cursors hold up others, which have taken the oldest
// record.
func (q *Ring) lagging() bool {
	for i := range q.lanes {
		l := &q.lanes[i]
		for _, c := range q.cursors {
			if l.head < l.tail && c.next[i] > l.head {
				return true
			}
		}
	}
	return false
}

// markBehind marks the cursors that hold up others; it is false if there are none.
func (q *Ring) markBehind() bool {
	found := false
	if !q.lagging() {
		return false
	}
	for i := range q.lanes {
		l := &q.lanes[i]
		for _, c := range q.cursors {
			if l.head < l.tail && c.next[i] == l.head && !c.behind {
				c.behind, found = true, true
			}
		}
	}
	if found {
		q.tellAll()
	}
	return found
}

// evictBehind drops the oldest record of those cursors that hold up others and may
// not.
func (q *Ring) evictBehind() bool {
	for i := range q.lanes {
		l := &q.lanes[i]
		if l.head == l.tail {
			continue
		}
		ahead := false
		may := true
		for _, c := range q.cursors {
			if c.next[i] > l.head {
				ahead = true
			} else if q.options.Full == Block && !c.behind {
				may = false
			}
		}
		if ahead && may {
			return q.evict(i, Behind)
		}
	}
	return false
}

// evict drops the oldest record of a lane for all that have not taken it; it is
// false if the lane is empty.
func (q *Ring) evict(lane int, reason string) bool {
	l := &q.lanes[lane]
	if l.head == l.tail {
		return false
	}
	b, at, n := l.block(l.head), l.head%perBlock, 0
	for _, c := range q.cursors {
		if c.next[lane] == l.head {
			c.next[lane]++
			c.ledger.catchUp(q.seq())
			c.ledger.settle(reason, 1)
			n++
		}
	}
	q.ledger.catchUp(q.seq())
	if !q.counted {
		q.ledger.settle(reason, 1)
	} else {
		q.leftBy(b, at, n, reason)
	}
	q.leave(l, l.head+1)
	return true
}

// leave takes the records before head out of the lane; others may still be at work
// on them.
func (q *Ring) leave(l *lane, head uint64) {
	for l.head < head {
		slot := l.slot(l.head)
		b := *slot
		if q.maxBytes > 0 {
			q.bytes -= b.bytes[l.head%perBlock]
		}
		if l.head++; l.head%perBlock == 0 {
			*slot, b.gone = nil, true
			q.memory.keep(b)
		}
	}
}
