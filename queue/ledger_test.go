package queue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// The ledger adds up at any moment, whatever is done; what readers counted
// themselves is what it says.
func TestLedger(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		q := queue.NewRing(1+rnd.IntN(20), &queue.RingOptions{
			Full: []queue.Policy{queue.DropNewest, queue.DropOldest, queue.Block}[rnd.IntN(3)],
			Wait: time.Microsecond, Urgent: []sluice.Level{0, sluice.Error}[rnd.IntN(2)],
			MaxBytes: []int64{0, 2000}[rnd.IntN(2)],
		})
		var getters []queue.Getter
		var batches []queue.Batch
		var delivered []uint64
		put, accepted := 0, 0
		for range 2000 {
			switch k := rnd.IntN(12); {
			case k < 6:
				put++
				level := []sluice.Level{sluice.Info, sluice.Error}[rnd.IntN(2)]
				if q.Put(t.Context(), record(level, strings.Repeat("x", rnd.IntN(300)))) == nil {
					accepted++
				}
			case k == 6 && len(getters) < 3:
				getters = append(getters, cursor(t, q, fmt.Sprint(len(getters))))
				batches, delivered = append(batches, nil), append(delivered, 0)
			case len(getters) == 0:
			case k == 7:
				i := rnd.IntN(len(getters))
				if rnd.IntN(3) == 0 {
					held, all := getters[i].Stats().Held, q.Stats().Held
					n, err := q.Forget(t.Context(), fmt.Sprint(i))
					if len(getters) == 1 { // what it had not taken waits
						held = all - q.Stats().Held
					}
					if err != nil || n != held {
						t.Fatalf("seed %d: forgot %d of cursor %d (%v), which held %d", seed, n, i, err, held)
					}
					if b := batches[i]; b != nil && len(b.Records()) > 0 && b.Ack(t.Context(), 1) != queue.ErrSettled {
						t.Fatalf("seed %d: a cursor that was forgotten settles", seed)
					}
					delivered[i] = 0
				}
				getters[i], batches[i] = cursor(t, q, fmt.Sprint(i)), nil
			case k < 10:
				done, cancel := context.WithCancel(t.Context())
				cancel()
				i := rnd.IntN(len(getters))
				if b, err := getters[i].Get(done, 1+rnd.IntN(5)); err == nil {
					batches[i] = b
				}
			default:
				i := rnd.IntN(len(getters))
				b := batches[i]
				if b == nil {
					break
				}
				n := rnd.IntN(len(b.Records()) + 1)
				switch rnd.IntN(3) {
				case 0:
					if b.Ack(t.Context(), n) == nil {
						delivered[i] += uint64(n)
					}
				case 1:
					_ = b.Drop(t.Context(), n, "test")
				default:
					_ = b.Nak(t.Context(), 0)
					batches[i] = nil
				}
			}
			balance(t, q.Stats())
			for i, g := range getters {
				st := g.Stats()
				balance(t, st)
				if st.Delivered != delivered[i] {
					t.Fatalf("seed %d: cursor %d says %d delivered, want %d", seed, i, st.Delivered, delivered[i])
				}
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		if st := q.Stats(); st.Accepted != uint64(put) {
			t.Errorf("seed %d: accepted %d of %d", seed, st.Accepted, put)
		}
	}
}
