package queue

import (
	"time"

	"github.com/sluicelog/sluice"
)

// makeRoom makes room for a record in the given lane by the policy, or counts it as
// dropped. The caller holds mu, which is free while it waits.
func (q *Ring) makeRoom(lane int, bytes int64) error {
	if q.maxBytes > 0 && bytes > q.maxBytes {
		q.refuse(TooLarge)
		return ErrTooLarge
	}
	asked := q.lookout.sites == nil // nobody could be waiting for itself
	var started time.Time
	for !q.fits(bytes) {
		if q.evictBehind() {
			continue
		}
		if q.options.Full == Block {
			if started.IsZero() {
				started = time.Now()
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
					q.waitRoom(limit-passed, limit > 0)
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

// waitRoom waits for room, at most for d if that is a limit. The caller holds mu.
func (q *Ring) waitRoom(d time.Duration, limited bool) {
	if q.room == nil {
		q.room = make(chan struct{})
	}
	room := q.room
	q.wake()
	var over <-chan time.Time
	if limited {
		var t *time.Timer
		if n := len(q.timers); n > 0 {
			t = q.timers[n-1]
			q.timers = q.timers[:n-1]
			t.Reset(d)
		} else {
			t = time.NewTimer(d)
		}
		defer func() {
			t.Stop()
			q.timers = append(q.timers, t)
		}()
		over = t.C
	}
	q.mu.Unlock()
	select {
	case <-room:
	case <-over:
	}
	q.mu.Lock()
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
	e := l.at(l.head)
	for _, c := range q.cursors {
		if c.next[lane] == l.head {
			c.next[lane]++
			c.ledger.drop(reason, 1)
			c.ledger.held--
			e.left--
		}
	}
	q.leave(l, l.head+1)
	q.tellRoom()
	if e.reason == "" {
		e.reason = reason
	}
	if e.left == 0 {
		q.ledger.settle(e)
		q.memory.keep(e)
	}
	return true
}

// leave takes the records before head out of the lane; others may still be at work
// on them.
func (q *Ring) leave(l *lane, head uint64) {
	for ; l.head < head; l.head++ {
		slot := l.slot(l.head)
		q.bytes -= (*slot).bytes
		*slot = nil
		q.queued--
	}
}
