package spool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
)

// TestLoad: several producers, several cursors of which some give back and drop,
// small segments: each cursor gets every record once, those of a producer in order,
// and the ledgers add up at any moment.
func TestLoad(t *testing.T) {
	const producers, each = 8, 2000
	s := open(t, newDir(t), Options{SegmentBytes: 4096, MaxBytes: 1 << 20})
	var all sync.WaitGroup
	for p := range producers {
		all.Go(func() {
			for i := range each {
				if err := s.Put(context.Background(), &sluice.Record{Message: fmt.Sprintf("%d %d", p, i)}); err != nil {
					t.Error(err)
				}
				if i%100 == 0 {
					if err := s.Flush(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	dropped := make([]uint64, 3)
	for c := range dropped {
		g := cursorOf(t, s, fmt.Sprint(c))
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(1, uint64(c)))
			next := [producers]int{}
			for n := 0; n < producers*each; {
				b, err := g.Get(context.Background(), 1+rnd.IntN(100))
				if err != nil {
					t.Error(err)
					return
				}
				if rnd.IntN(10) == 0 {
					err = b.Nak(context.Background(), 0)
				} else {
					k := 1 + rnd.IntN(len(b.Records()))
					for _, r := range b.Records()[:k] {
						var p, i int
						if _, err := fmt.Sscan(r.Message, &p, &i); err != nil || next[p] != i {
							t.Errorf("cursor %d got %q, want %d", c, r.Message, next[p])
						}
						next[p] = i + 1
					}
					n += k
					if c == 1 && rnd.IntN(5) == 0 {
						dropped[c] += uint64(k)
						err = b.Drop(context.Background(), k, "broken")
					} else {
						err = b.Ack(context.Background(), k)
					}
					err = errors.Join(err, b.Nak(context.Background(), 0))
				}
				if err != nil {
					t.Error(err)
					return
				}
				st := s.Stats()
				adds(t, "under load", st, sluice.Stats{Accepted: st.Accepted, Delivered: st.Delivered, Held: st.Held, Dropped: st.Dropped})
			}
			st := g.Stats()
			adds(t, "cursor", st, sluice.Stats{Accepted: st.Accepted, Delivered: producers*each - dropped[c], Held: st.Held, Dropped: st.Dropped})
		})
	}
	all.Wait()
	const n = producers * each
	adds(t, "at the end", s.Stats(), sluice.Stats{Accepted: n, Delivered: n - dropped[1], Dropped: map[string]uint64{"broken": dropped[1]}})
	if len(s.segments) > 1 || len(s.gone) > 0 {
		t.Errorf("%d segments and %d spans are left", len(s.segments), len(s.gone))
	}
}

// TestSpans compares spans with a map.
func TestSpans(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		model := map[uint64]string{}
		var s spans
		for range 40 {
			from := rnd.Uint64N(60)
			to := from + rnd.Uint64N(12)
			reason := string(rune('a' + rnd.IntN(3)))
			if rnd.IntN(6) == 0 {
				got := map[string]uint64{}
				s.forget(to, func(n uint64, reason string) { got[reason] += n })
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
			if got := s.add(from, to, reason); got != want {
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
