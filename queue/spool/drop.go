package spool

import "github.com/sluicelog/sluice/queue"

// dropOldest drops the oldest segment for all; it is false if there is none.
func (s *Spool) dropOldest() bool {
	if len(s.segments) == 0 || s.segments[0] == s.active {
		if s.endActive() != nil || len(s.segments) == 0 {
			return false
		}
	}
	s.dropFirst(queue.Full, s.cursors)
	return true
}

// dropForLast drops the oldest segment if it is held only for destinations that nobody
// reads for, or with Options.Behind for some that are behind the others; it is false if
// it is not. Those that are there need not wait for one that may never come back.
func (s *Spool) dropForLast() bool {
	if len(s.segments) == 0 || s.segments[0] == s.active {
		return false
	}
	end := s.segments[0].end
	var last []*cursor
	waits := false // somebody is there who has not taken it
	for _, c := range s.cursors {
		if c.settled() < end {
			last = append(last, c)
			waits = waits || c.holder != nil
		}
	}
	if len(last) == 0 || waits && (!s.options.Behind || len(last) == len(s.cursors)) {
		return false
	}
	s.dropFirst(queue.Behind, last)
	return true
}

// dropFirst drops, for those cursors, what of the oldest segment they have not
// taken, and removes it.
func (s *Spool) dropFirst(reason string, cursors []*cursor) {
	g := s.segments[0]
	for _, c := range cursors {
		if c.next >= g.end {
			continue
		}
		n := g.end - c.next
		c.catchUp(s)
		c.account.Settle(n, reason)
		s.gone.Add(c.next, g.end, reason)
		c.next = g.end
	}
	if len(s.cursors) == 0 {
		s.gone.Add(s.base, g.end, reason)
		s.passBy(g.end)
	}
	s.advance()
	// Somebody may have taken records of it and not settled them: those are in
	// memory, the file need not be there.
	if len(s.segments) > 0 && s.segments[0] == g {
		s.removeFirst()
	}
	s.tellRoom()
}
