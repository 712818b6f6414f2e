package clusters

import (
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/writer"
)

// without is how long there may be no service once the servers have a leader.
const without = 10 * time.Second

// service is what is known of when there could be service.
type service struct {
	majorities []time.Time // when there was one again
	elections  []nodes.Election
}

// outage is a gap: the whole of it, and how much of it there was a majority, and a
// leader.
type outage struct{ whole, majority, leader time.Duration }

func (s *service) outage(g writer.Gap) outage {
	o := outage{whole: g.To.Sub(g.From)}
	for _, m := range s.majorities {
		if m.After(g.From) && !m.After(g.To) {
			g.From = m
			break
		}
	}
	o.majority = g.To.Sub(g.From)
	o.leader = g.To.Sub(s.led(g))
	return o
}

// led is from when on in g that node led that leads at the end. Another one that led
// before has not had the others with it, or not for long.
func (s *service) led(g writer.Gap) time.Time {
	leader := -1
	for _, e := range s.elections {
		if !e.At.After(g.To) {
			leader = e.Node
		}
	}
	for _, e := range s.elections {
		if e.Node == leader && e.At.After(g.From) && !e.At.After(g.To) {
			return e.At
		}
	}
	return g.From
}

// tell puts into r what the gaps of each producer were, after so many faults, and
// breaks the promise if one was too long.
func (s *service) tell(r *balance.Result, times int, producers [][]writer.Gap) {
	var worst outage
	long := 0
	for _, gaps := range producers {
		over := 0
		for _, g := range gaps {
			o := s.outage(g)
			worst.whole, worst.majority, worst.leader = max(worst.whole, o.whole), max(worst.majority, o.majority), max(worst.leader, o.leader)
			if o.majority > without {
				over++
			}
		}
		long = max(long, over)
	}
	r.Figure("without service, s", worst.whole.Seconds())
	r.Figure("of it when there was a majority, s", worst.majority.Seconds())
	r.Figure("of it when there was a leader, s", worst.leader.Seconds())
	r.Share("times there was no service for more than 10 s while there was a majority", long, times)
	if worst.leader > without {
		r.Break("there was no service for %v after a leader had been elected", worst.leader)
	}
}
