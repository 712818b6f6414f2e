package natsqueue

// runs is the number of the record to come, of each producer. Those that have not
// been heard of for long are forgotten.
type runs struct {
	next      map[uint64]place
	clock     uint64
	forgotten bool // some were
}

type place struct{ next, used uint64 }

const maxRuns = 4096

func (r *runs) get(run uint64) (next uint64, ok bool) {
	p, ok := r.next[run]
	return p.next, ok
}

func (r *runs) set(run, next uint64) {
	if r.next == nil {
		r.next = map[uint64]place{}
	}
	r.clock++
	r.next[run] = place{next, r.clock}
	if len(r.next) > maxRuns {
		oldest, at := run, r.clock
		for k, p := range r.next {
			if p.used < at {
				oldest, at = k, p.used
			}
		}
		delete(r.next, oldest)
		r.forgotten = true
	}
}

// expected is the number of the record that has to come now of the producer of a batch.
// The caller holds mu.
func (c *cursor) expected(h *header, own bool) uint64 {
	expected, known := c.runs.get(h.run)
	switch {
	case known:
		return expected
	case own && h.first > c.start:
		return c.start
	case h.previous.stream > c.floor && !c.runs.forgotten:
		// It had to come to this cursor and did not; what was before it, nobody knows.
		return h.previous.first
	}
	return h.first
}

// sequence looks whether the batch is what has to come now of its producer. It gives
// the number of the first record that is new. The caller holds mu.
func (c *cursor) sequence(h *header, own bool) (from uint64) {
	expected := c.expected(h, own)
	if h.first > expected {
		c.accept(own, expected, h.first)
		c.count(own, expected, h.first, Missing)
		c.q.notef("cursor %q: records %d to %d of %s are missing", c.name, expected, h.first-1, h.producer)
	}
	from = max(h.first, min(expected, h.end()))
	c.runs.set(h.run, max(expected, h.end()))
	return from
}
