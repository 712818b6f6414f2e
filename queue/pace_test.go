package queue_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice/queue"
)

// TestPace: a Listener that comes back for a few records lets some more come, for a
// moment; who has waited, and whoever calls Get, gets what is there at once.
func TestPace(t *testing.T) {
	const nap, soon = 50 * time.Microsecond, 10 * time.Microsecond
	puts := func(q *queue.Ring, n int) {
		for i := range n {
			_ = q.Put(context.Background(), info(fmt.Sprint(i)))
		}
	}
	for _, c := range []struct {
		rule    string
		patient bool              // a Listener
		there   int               // records that came since the last Get
		then    func(*queue.Ring) // soon after
		gets    int
		after   time.Duration
	}{
		{"few", true, 3, nil, 3, nap},
		{"few by Get", false, 3, nil, 3, 0},
		{"few, and more", true, 3, func(q *queue.Ring) { puts(q, 2) }, 5, nap},
		{"nothing, then one", true, 0, func(q *queue.Ring) { puts(q, 1) }, 1, nap},
		{"many", true, 8, nil, 8, 0},
		{"more than half of the room", true, 3, func(q *queue.Ring) { puts(q, 30) }, 33, soon},
		{"closed", true, 3, func(q *queue.Ring) { _ = q.Close() }, 3, soon},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := queue.NewRing(64, nil)
				g := cursor(t, q, "")
				time.AfterFunc(time.Second, func() { puts(q, 1) })
				start := time.Now()
				if n := take(t, g, c.patient, t.Context()); n != 1 || time.Since(start) != time.Second {
					t.Fatalf("at first %d records after %v, want 1 when it came", n, time.Since(start))
				}
				puts(q, c.there)
				if c.then != nil {
					time.AfterFunc(soon, func() { c.then(q) })
				}
				start = time.Now()
				n := take(t, g, c.patient, t.Context())
				if took := time.Since(start); n != c.gets || took != c.after {
					t.Errorf("%d records after %v, want %d after %v", n, took, c.gets, c.after)
				}
				// Whoever does not wait gets what is there.
				puts(q, 1)
				done, cancel := context.WithCancel(t.Context())
				cancel()
				start = time.Now()
				if c.rule != "closed" && (take(t, g, c.patient, done) != 1 || time.Since(start) != 0) {
					t.Errorf("with a context that is done it took %v", time.Since(start))
				}
			})
		})
	}
}

// take gets a batch, settles it, and says how many records it had.
func take(t *testing.T, g queue.Getter, patient bool, ctx context.Context) int {
	t.Helper()
	get := g.Get
	if patient {
		get = queue.Patient(g)
	}
	b, err := get(ctx, 256)
	if err != nil {
		t.Fatal(err)
	}
	n := len(b.Records())
	if err := b.Ack(ctx, n); err != nil {
		t.Fatal(err)
	}
	return n
}
