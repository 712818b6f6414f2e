package queuetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

func flush(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, "one")
	// Nobody has taken it: Flush is about the queue, not about the destination.
	flushed(t, target.Queue)
	expect(t, take(t, g, 1), "one")
}

// flushed is Flush, which does not wait for ever.
func flushed(t *testing.T, q queue.Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience(t))
	defer cancel()
	if err := q.Flush(ctx); err != nil {
		t.Fatalf("Flush: %v", err)
	}
}

func canceled(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := g.Get(ctx, 1)
		ended <- err
	}()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Get gave %v, want context.Canceled", err)
		}
	case <-time.After(patience(t)):
		t.Fatal("Get does not heed its context")
	}
	if err := target.Queue.Put(ctx, record("put with a canceled context")); err != nil {
		t.Fatalf("Put with a canceled context: %v", err)
	}
	flushed(t, target.Queue)
	b, err := g.Get(ctx, 1)
	if err != nil {
		t.Fatalf("Get with a canceled context gave %v, want the record that is there", err)
	}
	expect(t, messages(b), "put with a canceled context")
}

func full(t *testing.T, target Target) {
	q := target.Queue
	g := cursor(t, q, "a")
	if target.Size == 0 {
		const many = 1000
		put(t, q, numbered(many)...)
		adds(t, "not full", q.Stats(), sluice.Stats{Accepted: many, Held: many})
		expect(t, take(t, g, many), numbered(many)...)
		return
	}
	const more = 3
	for i := range target.Size + more {
		err := q.Put(t.Context(), record(fmt.Sprintf("message %d", i)))
		if i < target.Size && err != nil {
			t.Fatalf("Put number %d of %d: %v", i+1, target.Size, err)
		}
		if err != nil && !errors.Is(err, queue.ErrFull) {
			t.Errorf("Put to a full queue gave %v, want ErrFull", err)
		}
	}
	st := q.Stats()
	lost := st.Dropped[queue.Full]
	if lost == 0 {
		t.Errorf("%d records beyond the size, and none dropped as %q: %+v", more, queue.Full, st)
	}
	n := uint64(target.Size + more)
	adds(t, "full", st, sluice.Stats{Accepted: n, Held: n - lost})
	take(t, g, int(n-lost))
	empty(t, g)
	adds(t, "drained", q.Stats(), sluice.Stats{Accepted: n, Delivered: n - lost, Dropped: map[string]uint64{queue.Full: lost}})
	put(t, q, "room again")
	expect(t, take(t, g, 1), "room again")
}

func closes(t *testing.T, target Target) {
	q := target.Queue
	g := cursor(t, q, "a")
	put(t, q, "before")
	for i := range 2 {
		if err := q.Close(); err != nil {
			t.Errorf("Close number %d: %v", i+1, err)
		}
	}
	if err := q.Put(t.Context(), record("after")); !errors.Is(err, sluice.ErrClosed) {
		t.Errorf("Put after Close gave %v, want ErrClosed", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience(t))
	defer cancel()
	if target.Reopen != nil {
		if _, err := g.Get(ctx, 1); !errors.Is(err, sluice.ErrClosed) {
			t.Errorf("Get of a durable queue that is closed gave %v, want ErrClosed", err)
		}
		if _, err := q.Cursor("a"); !errors.Is(err, sluice.ErrClosed) {
			t.Errorf("Cursor of a durable queue that is closed gave %v, want ErrClosed", err)
		}
		adds(t, "closed", q.Stats(), sluice.Stats{Accepted: 1, Held: 1})
		q = target.Reopen(t)
		g = cursor(t, q, "a")
	}
	expect(t, take(t, g, 1), "before")
	if target.Reopen != nil {
		empty(t, g)
	} else if _, err := g.Get(ctx, 1); !errors.Is(err, sluice.ErrClosed) {
		t.Errorf("Get of what is closed and empty gave %v, want ErrClosed", err)
	}
	adds(t, "queue", q.Stats(), sluice.Stats{Accepted: 1, Delivered: 1})
}
