package natsqueue

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/queuetest"
)

// open opens a queue, of which no error is expected but one that passes, unless o says
// who is told.
func open(t testing.TB, url string, o Options) *Queue {
	t.Helper()
	if o.OnError == nil {
		o.OnError = func(err error) {
			if passing(err) {
				t.Logf("OnError: %v", err)
			} else {
				t.Errorf("OnError: %v", err)
			}
		}
	}
	q, err := Open(t.Context(), url, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

// TestContract: a Queue keeps the contract, on one server and on three.
func TestContract(t *testing.T) {
	t.Run("one", func(t *testing.T) { contract(t, one(t, nil).ClientURL(), 1) })
	t.Run("three", func(t *testing.T) { contract(t, three(t).URL(), 3) })
}

func contract(t *testing.T, url string, replicas int) {
	var n atomic.Int64
	queuetest.Run(t, func(t *testing.T) queuetest.Target {
		o := Options{Stream: fmt.Sprintf("s%d", n.Add(1)), Replicas: replicas}
		return queuetest.Target{
			Queue:  open(t, url, o),
			Reopen: func(t *testing.T) queue.Queue { return open(t, url, o) },
		}
	})
}
