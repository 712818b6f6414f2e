package queue

import (
	"context"
	"slices"
)

// Cursors gives the names of the destinations that records are held for. It never
// fails.
func (q *Ring) Cursors(context.Context) ([]string, error) {
	q.mu.Lock()
	defer q.unlock()
	names := make([]string, len(q.cursors))
	for i, c := range q.cursors {
		names[i] = c.name
	}
	return names, nil
}

// Forget removes the cursor of a destination that will not come back, so that
// nothing is held for it any more, and gives how many records it had not settled:
// they count under Forgotten. If it was the only one, those that it had not taken wait
// for the next cursor, and are not dropped. Its Getter, if there is one, is dead. It
// never fails.
func (q *Ring) Forget(_ context.Context, name string) (dropped uint64, err error) {
	q.mu.Lock()
	defer q.unlock()
	at := slices.IndexFunc(q.cursors, func(c *cursor) bool { return c.name == name })
	if at < 0 {
		return 0, nil
	}
	c := q.cursors[at]
	q.ledger.catchUp(q.seq())
	c.ledger.catchUp(q.seq())
	dropped = c.ledger.held
	g := c.holder
	for _, s := range g.batch.spans {
		s.block.lost = true // who had them may still read them
	}
	for _, s := range slices.Concat(g.batch.spans, c.again) {
		q.settle(s, s.len(), Forgotten)
		s.block.spans--
		q.memory.keep(s.block)
	}
	q.rests(c, awake)
	q.resting[awake]--
	close(g.wake)
	c.holder = nil
	q.cursors = slices.Delete(q.cursors, at, at+1)
	for i := range q.lanes {
		l, head := &q.lanes[i], q.lanes[i].tail
		for at := c.next[i]; at < l.tail; at++ {
			if len(q.cursors) > 0 {
				q.leftBy(l.block(at), at%perBlock, 1, Forgotten)
				continue
			}
			dropped-- // nobody's, until somebody comes
			if q.counted {
				l.block(at).left[at%perBlock]--
			}
		}
		for _, c := range q.cursors {
			head = min(head, c.next[i])
		}
		if len(q.cursors) > 0 {
			q.leave(l, head)
		}
	}
	q.tellAll()
	return dropped, nil
}
