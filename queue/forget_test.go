package queue_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// A destination that was forgotten holds nothing, and what it had not settled is
// counted: what it had at hand, what it gave back, what it had not taken. Who waited
// for room goes on.
func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.NewRing(4, nil)
		a, gone := cursor(t, q, "a"), cursor(t, q, "gone")
		for i := range 4 {
			_ = q.Put(t.Context(), info(fmt.Sprint(i)))
		}
		batch, err := gone.Get(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		_ = batch.Ack(t.Context(), 1)
		_ = batch.Nak(t.Context(), 0)
		if batch, err = gone.Get(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		drain(t, a)
		for i := range 3 {
			_ = q.Put(t.Context(), info(fmt.Sprint("more ", i)))
		}
		drain(t, a)
		put := make(chan error)
		go func() { put <- q.Put(t.Context(), info("waited")) }()
		synctest.Wait()
		if names, err := q.Cursors(t.Context()); err != nil || !slices.Equal(names, []string{"a", "gone"}) {
			t.Errorf("cursors %q, %v", names, err)
		}
		if n, err := q.Forget(t.Context(), "gone"); n != 6 || err != nil {
			t.Errorf("forgot %d, %v, want 6", n, err)
		}
		if err := <-put; err != nil {
			t.Errorf("who waited for room: %v", err)
		}
		if err := batch.Ack(t.Context(), 1); err != queue.ErrSettled {
			t.Errorf("a batch of who was forgotten: %v", err)
		}
		if got := drain(t, a); !slices.Equal(got, []string{"waited"}) {
			t.Errorf("a got %q", got)
		}
		// Alone again, with all that was to be settled by two.
		_ = q.Put(t.Context(), info("last"))
		drain(t, a)
		st := q.Stats()
		balance(t, st)
		if want := (sluice.Stats{Accepted: 9, Delivered: 3, Dropped: map[string]uint64{queue.Forgotten: 6}}); fmt.Sprint(st) != fmt.Sprint(want) {
			t.Errorf("%+v, want %+v", st, want)
		}
		if n, err := q.Forget(t.Context(), "gone"); n != 0 || err != nil {
			t.Errorf("once more: %d, %v", n, err)
		}
	})
}

// What the only destination had not taken waits for the next one.
func TestForgetLast(t *testing.T) {
	q := queue.NewRing(4, nil)
	g := cursor(t, q, "gone")
	for i := range 3 {
		_ = q.Put(t.Context(), info(fmt.Sprint(i)))
	}
	if _, err := g.Get(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if n, err := q.Forget(t.Context(), "gone"); n != 1 || err != nil {
		t.Errorf("%d were dropped, %v, want the one at hand", n, err)
	}
	balance(t, q.Stats())
	if got := drain(t, cursor(t, q, "next")); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("the next one got %q", got)
	}
	st := q.Stats()
	balance(t, st)
	if st.Delivered != 2 || st.Dropped[queue.Forgotten] != 1 || st.Held != 0 {
		t.Errorf("%+v", st)
	}
}
