package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/queuetest"
)

// open opens a queue, of which no error is expected but one that passes, unless o says
// who is told.
//
// Its server may stand still for a while, but is there, and answers in the end.
func open(t testing.TB, url string, o Options) *Queue {
	t.Helper()
	if o.AckWait == 0 {
		o.AckWait = patience / 2 // what was on its way to who stood still comes in time, and to nobody meanwhile
	}
	q := impatient(t, url, o)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.least, q.heartbeat = patience, patience/6
	return q
}

// impatient is open where servers come and go: each is waited for as ever.
func impatient(t testing.TB, url string, o Options) *Queue {
	t.Helper()
	if o.Linger == 0 {
		o.Linger = patience
	}
	if o.OnError == nil {
		o.OnError = func(err error) {
			if passing(err) {
				t.Logf("OnError: %v", err)
			} else {
				t.Errorf("OnError: %v", err)
			}
		}
	}
	q, err := connected(t.Context(), url, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

// connected is Open, again if the machine was too busy for a connection.
func connected(ctx context.Context, url string, o *Options) (q *Queue, err error) {
	for end := time.Now().Add(patience); ; {
		q, err = Open(ctx, url, o)
		var late net.Error
		if !errors.As(err, &late) || !late.Timeout() || time.Now().After(end) {
			return q, err
		}
	}
}

// TestContract: a Queue keeps the contract, on one server and on three.
func TestContract(t *testing.T) {
	t.Run("one", func(t *testing.T) { contract(t, open, one(t, nil).ClientURL(), 1) })
	t.Run("three", func(t *testing.T) { contract(t, impatient, three(t).URL(), 3) })
}

func contract(t *testing.T, open func(testing.TB, string, Options) *Queue, url string, replicas int) {
	var n atomic.Int64
	queuetest.Run(t, func(t *testing.T) queuetest.Target {
		o := Options{Stream: fmt.Sprintf("s%d", n.Add(1)), Replicas: replicas}
		return queuetest.Target{
			Queue:  open(t, url, o),
			Reopen: func(t *testing.T) queue.Queue { return open(t, url, o) },
		}
	})
}
