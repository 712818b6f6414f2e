package spool

// refuse counts a record that never came in. The caller holds mu.
func (s *Spool) refuse(reason string) {
	s.account.Accepted++
	s.account.Drop(reason, 1)
	for _, c := range s.cursors {
		c.account.Accepted++
		c.account.Drop(reason, 1)
	}
}

// advance counts what all cursors are behind, and removes the segments that nobody
// needs. The caller holds mu.
func (s *Spool) advance() {
	if len(s.cursors) == 0 {
		return
	}
	base := s.next
	for _, c := range s.cursors {
		base = min(base, c.settled())
	}
	s.passBy(base)
}

// passBy counts the records below base, with which all are done.
func (s *Spool) passBy(base uint64) {
	if base <= s.base {
		return
	}
	n := base - s.base
	s.account.Held -= n
	s.gone.Forget(base, func(k uint64, reason string) {
		n -= k
		s.account.Drop(reason, k)
	})
	s.account.Delivered += n
	s.base = base
	s.prune()
}

// prune removes the segments below base, but for the one that is written to.
func (s *Spool) prune() {
	for len(s.segments) > 0 && s.segments[0] != s.active && s.segments[0].end <= s.base {
		s.removeFirst()
	}
	s.tellRoom()
}

// removeFirst removes the oldest segment. What it held is counted already.
func (s *Spool) removeFirst() {
	g := s.segments[0]
	s.segments = s.segments[1:]
	s.bytes -= g.size
	if err := g.remove(); err != nil {
		s.note(err)
	}
}
