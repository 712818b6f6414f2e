package natsqueue

import "time"

// tailEvery is how often it is looked whether the stream goes on behind its readers.
const tailEvery = 5 * time.Second

// tails looks for cursors that wait though the server has given them all that it has
// and the stream goes on: nothing follows there by which a gap would be seen.
func (q *Queue) tails() {
	q.mu.Lock()
	var waiting []*cursor
	for _, c := range q.cursors {
		if c.waits() {
			waiting = append(waiting, c)
		}
	}
	q.mu.Unlock()
	if len(waiting) == 0 || !q.conn.IsConnected() {
		return
	}
	ctx, cancel := q.attempting(attempt)
	defer cancel()
	stream, err := q.js.Stream(ctx, q.options.Stream)
	if err != nil {
		return // who asks for more than that tells of it
	}
	last := stream.CachedInfo().State.LastSeq
	for _, c := range waiting {
		q.mu.Lock()
		before, consumer := c.goes, c.consumer
		c.goes = 0
		behind := last >= c.from()
		q.mu.Unlock()
		if !behind {
			continue
		}
		info, err := consumer.Info(ctx)
		if err != nil || info.NumPending > 0 || info.NumAckPending > 0 {
			continue
		}
		q.mu.Lock()
		if c.waits() {
			// The server that leads the cursor may be a little behind the other.
			c.goes, c.tail = last, before
			c.tell()
		}
		q.mu.Unlock()
	}
}

// waits says that nothing came to the cursor that is not settled. The caller holds mu.
func (c *cursor) waits() bool {
	return !c.q.options.Shared && c.fetch != nil && c.held == nil && c.ahead == nil && c.done == nil
}

// from is the first number of which it is not known what there is. The caller holds mu.
func (c *cursor) from() uint64 {
	if c.q.options.Shared {
		return max(c.seen.stream+1, c.looked)
	}
	return max(c.last+1, c.looked)
}
