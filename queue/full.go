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
	var started time.Time
	for !q.fits(bytes) {
		if q.evictBehind() {
			continue
		}
		if q.options.Full == Block && !q.loops() {
			if started.IsZero() {
				started = time.Now()
			}
			limit := q.options.Wait
			if q.lagging() {
				limit = q.options.Behind
			}
			if limit == 0 || time.Since(started) < limit {
				if !q.waitRoom(limit, started) {
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

// waitRoom waits for room, until limit (0: none) is over since started. It is false
// if the ring was closed. The caller holds mu.
func (q *Ring) waitRoom(limit time.Duration, started time.Time) bool {
	if q.room == nil {
		q.room = make(chan struct{})
	}
	room := q.room
	q.wake()
	var over <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit - time.Since(started))
		defer t.Stop()
		over = t.C
	}
	q.mu.Unlock()
	select {
	case <-room:
	case <-over:
	}
	q.mu.Lock()
	return !q.closed
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
