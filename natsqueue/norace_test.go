//go:build !race

package natsqueue

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// TestPutAllocates: Put itself allocates nothing. The server and the client are counted,
// too: nothing is published meanwhile, and what they do now and then they do not always.
func TestPutAllocates(t *testing.T) {
	q := open(t, one(t, &server.Options{}).ClientURL(), Options{BatchSize: maxCount, BatchDelay: patience, BatchBytes: 1 << 20, Linger: 1})
	r := usual()
	put := func() {
		if err := q.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		put()
	}
	n := testing.AllocsPerRun(200, put)
	for try := 1; n > 0 && try < 10; try++ {
		n = testing.AllocsPerRun(200, put)
	}
	if n > 0 {
		t.Errorf("%v allocations for each Put, want none", n)
	}
}
