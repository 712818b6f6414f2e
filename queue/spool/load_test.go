package spool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// TestLoad: several producers, several cursors of which some give back and drop,
// small segments: each cursor gets every record once, those of a producer in order,
// and the ledgers add up at any moment.
func TestLoad(t *testing.T) {
	const producers, each = 8, 2000
	s := open(t, newDir(t), Options{SegmentBytes: 4096, MaxBytes: 1 << 20})
	// Who comes later begins with what the others have left.
	var cursors [3]queue.Getter
	for c := range cursors {
		cursors[c] = cursorOf(t, s, fmt.Sprint(c))
	}
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
	dropped := make([]uint64, len(cursors))
	for c, g := range cursors {
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
