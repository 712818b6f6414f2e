package natsqueue

// seen is the last message that came to a cursor for the first time, where several
// instances share it: the server numbers what it gives, to whomever.
type seen struct {
	given, stream uint64
	again         uint64 // what came here once more since
}

// seen is the place where the consumer is.
func (f *found) seen() seen {
	at := f.CachedInfo().Delivered
	return seen{given: at.Consumer, stream: at.Stream}
}

// next takes up a message.
func (s *seen) next(t *taken) {
	switch {
	case t.deliveries <= 1:
		*s = seen{given: t.given, stream: t.stream}
	case t.given <= s.given: // another server leads, which had not heard of all
		*s = seen{given: t.given, stream: s.stream}
	default:
		s.again++
	}
}

// others is how many messages between s and t were given to others; false: that cannot
// be told.
func (s *seen) others(t *taken) (n uint64, ok bool) {
	if t.deliveries > 1 || t.given <= s.given+s.again || t.stream <= s.stream {
		return 0, false
	}
	return t.given - s.given - s.again - 1, true
}

// tellSkipped reports that the server gave fewer messages than the stream has numbers,
// where others were given some: which they had not is unknown here. The caller holds mu.
func (c *cursor) tellSkipped(t *taken) {
	s := &c.seen
	if n, ok := s.others(t); ok && n > 0 && !c.filtered && t.stream-s.stream-1 > n {
		c.q.notef("cursor %q: of messages %d to %d of the stream %d were given to nobody: they are removed, or the server passed over them", c.name, s.stream+1, t.stream-1, t.stream-s.stream-1-n)
	}
	s.next(t)
}
