package ledger

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestSpans compares spans with a map.
func TestSpans(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		model := map[uint64]string{}
		var s Spans
		for range 40 {
			from := rnd.Uint64N(60)
			to := from + rnd.Uint64N(12)
			reason := string(rune('a' + rnd.IntN(3)))
			if rnd.IntN(6) == 0 {
				got := map[string]uint64{}
				s.Forget(to, func(n uint64, reason string) { got[reason] += n })
				want := map[string]uint64{}
				for at, reason := range model {
					if at < to {
						want[reason]++
						delete(model, at)
					}
				}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("seed %d: forgot %v, want %v", seed, got, want)
				}
				continue
			}
			want := uint64(0)
			for at := from; at < to; at++ {
				if _, ok := model[at]; !ok {
					model[at] = reason
					want++
				}
			}
			if got := s.Add(from, to, reason); got != want {
				t.Fatalf("seed %d: added %d, want %d", seed, got, want)
			}
		}
		n := 0
		for i, p := range s {
			if p.from >= p.to || i > 0 && s[i-1].to > p.from {
				t.Fatalf("seed %d: %v", seed, s)
			}
			for at := p.from; at < p.to; at++ {
				n++
				if model[at] != p.reason {
					t.Fatalf("seed %d: %d is %q, want %q", seed, at, p.reason, model[at])
				}
			}
		}
		if n != len(model) {
			t.Fatalf("seed %d: %d in spans, want %d", seed, n, len(model))
		}
	}
}
