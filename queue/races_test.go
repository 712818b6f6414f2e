package queue_test

import (
	"context"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sluicelog/sluice/queue"
)

// often is how often what depends on luck is tried: SLUICE_RACES says another number.
func often(t *testing.T) int {
	if s := os.Getenv("SLUICE_RACES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if testing.Short() || raceEnabled {
		return 10_000
	}
	return 100_000
}

// Close races Put, park and Get: nobody is left asleep, and no record is lost.
func TestCloseRaces(t *testing.T) {
	for range often(t) {
		q := queue.NewRing(2, nil)
		g := cursor(t, q, "a")
		var accepted, got atomic.Uint64
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for range 3 {
					if q.Put(context.Background(), info("m")) == nil {
						accepted.Add(1)
					}
				}
			})
		}
		all.Go(func() {
			for {
				b, err := g.Get(context.Background(), 2)
				if err != nil {
					return
				}
				got.Add(uint64(len(b.Records())))
				_ = b.Ack(context.Background(), len(b.Records()))
			}
		})
		all.Go(func() { _ = q.Close() })
		all.Wait()
		st := q.Stats()
		if accepted.Load() != got.Load() || st.Accepted != got.Load() || st.Delivered != got.Load() || st.Held != 0 {
			t.Fatalf("accepted %d, got %d: %+v", accepted.Load(), got.Load(), st)
		}
	}
}

// Producers and consumers that park again and again: none stays asleep.
func TestPark(t *testing.T) {
	n := often(t)
	q := queue.NewRing(1, nil)
	g := cursor(t, q, "a")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range n / 4 {
				if err := q.Put(context.Background(), info("m")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for got := 0; got < n; {
		b, err := g.Get(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		got += len(b.Records())
		_ = b.Ack(t.Context(), len(b.Records()))
	}
	all.Wait()
	if st := q.Stats(); st.Delivered != uint64(n) || st.Held != 0 {
		t.Errorf("%+v", st)
	}
}
