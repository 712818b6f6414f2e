package clusters

import (
	"slices"
	"testing"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/writer"
)

func second(s int) time.Time { return time.Unix(int64(s), 0) }

// TestOutage: of a time without service that counts as the servers' leader's in which
// who leads at its end was known to lead.
func TestOutage(t *testing.T) {
	g := writer.Gap{From: second(10), To: second(30)}
	for _, c := range []struct {
		name             string
		elections        []nodes.Election
		majorities       []time.Time
		majority, leader int
	}{
		{"nothing changes", []nodes.Election{{At: second(1)}}, nil, 20, 20},
		{"another one leads", []nodes.Election{{At: second(1)}, {At: second(24), Node: 1}}, nil, 20, 6},
		{"the same one leads again", []nodes.Election{{At: second(1)}, {At: second(24)}}, nil, 20, 6},
		{"it is elected twice", []nodes.Election{{At: second(1)}, {At: second(14), Node: 1}, {At: second(29), Node: 1}}, nil, 20, 16},
		{"who leads for a while serves nobody", []nodes.Election{{At: second(1)}, {At: second(14), Node: 1}, {At: second(29), Node: 2}}, nil, 20, 1},
		{"another one leads later", []nodes.Election{{At: second(1)}, {At: second(31), Node: 1}}, nil, 20, 20},
		{"most are away until then", []nodes.Election{{At: second(1)}, {At: second(28), Node: 1}}, []time.Time{second(5), second(18), second(40)}, 12, 2},
		{"who leads comes back with the majority", []nodes.Election{{At: second(1)}, {At: second(12), Node: 1}}, []time.Time{second(18)}, 12, 12},
	} {
		s := service{elections: c.elections, majorities: c.majorities}
		want := outage{20 * time.Second, time.Duration(c.majority) * time.Second, time.Duration(c.leader) * time.Second}
		if got := s.outage(g); got != want {
			t.Errorf("%s: got %v, want %v", c.name, got, want)
		}
	}
}

// TestTell: the promise is broken by the time with a leader alone, and each outage
// counts once, though all producers wait.
func TestTell(t *testing.T) {
	gaps := []writer.Gap{{From: second(10), To: second(22)}, {From: second(30), To: second(31)}, {From: second(40), To: second(51)}}
	s := service{elections: []nodes.Election{{At: second(1)}, {At: second(20), Node: 1}, {At: second(50), Node: 1}}}
	var r balance.Result
	s.tell(&r, 3, [][]writer.Gap{gaps, slices.Clone(gaps)})
	if len(r.Broken) > 0 {
		t.Errorf("it breaks %q", r.Broken)
	}
	for name, share := range r.Shares {
		if want := (balance.Share{So: 2, Of: 3}); share != want {
			t.Errorf("%s: %v, want %v", name, share, want)
		}
	}
	if len(r.Shares) != 1 || r.Worst["without service, s"] != 12 || r.Worst["of it when there was a leader, s"] != 2 {
		t.Errorf("%v, %v", r.Shares, r.Worst)
	}
	s.tell(&r, 1, [][]writer.Gap{{{From: second(60), To: second(71)}}})
	if len(r.Broken) != 1 {
		t.Errorf("11 s with a leader: %q", r.Broken)
	}
}
