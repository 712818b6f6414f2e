package ledger

import "slices"

// span is the records from one sequence number up to another one.
type span struct {
	from, to uint64
	reason   string
}

// Spans are some, in order, none of which overlaps another.
type Spans []span

// Add adds the records from..to that are in no span yet, and tells how many.
func (s *Spans) Add(from, to uint64, reason string) (added uint64) {
	at, _ := slices.BinarySearchFunc(*s, from, func(p span, from uint64) int {
		if p.to <= from {
			return -1
		}
		return 1
	})
	for from < to {
		end := to
		if at < len(*s) {
			end = min(to, (*s)[at].from)
		}
		if from < end {
			added += end - from
			if at > 0 && (*s)[at-1].to == from && (*s)[at-1].reason == reason {
				(*s)[at-1].to = end
			} else {
				*s = slices.Insert(*s, at, span{from, end, reason})
				at++
			}
		}
		if at == len(*s) {
			return added
		}
		from = max(end, (*s)[at].to)
		at++
	}
	return added
}

// Forget takes out what lies below to, and tells it.
func (s *Spans) Forget(to uint64, tell func(n uint64, reason string)) {
	done := 0
	for i := range *s {
		p := &(*s)[i]
		if p.from >= to {
			break
		}
		end := min(p.to, to)
		tell(end-p.from, p.reason)
		if p.from = end; p.from == p.to {
			done++
		}
	}
	*s = slices.Delete(*s, 0, done)
}
