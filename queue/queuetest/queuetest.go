// Package queuetest is to sluice's queues what testing/slogtest is to slog's
// handlers: the contract, as tests that an implementer runs against his own.
//
// # Limits
//
// A queue that waits a moment for a second record, but not for ever, is not found;
// nor is a data race: run it with -race. What survives the process is the
// implementer's to show.
package queuetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// Target is a queue under test, empty and without cursors.
type Target struct {
	Queue queue.Queue
	// Size is how many records it holds before Put drops one, at least one for each
	// further Put; 0: it holds a thousand without dropping any.
	Size int
	// Reopen opens a durable queue anew after Close, which such a queue keeps its
	// records over; nil: Getters give them before they say that it is closed.
	Reopen func(t *testing.T) queue.Queue
}

// patience is how long a check waits for what should be there.
const patience = 5 * time.Second

// Run checks that the queues that make returns keep the contract. make is called for
// each check and registers what is to be cleaned up with its t.
func Run(t *testing.T, make func(t *testing.T) Target) {
	for _, c := range []struct {
		name  string
		check func(*testing.T, Target)
	}{
		{"order", order},
		{"keeps nothing of the record", keepsNothing},
		{"does not wait for a second record", noWait},
		{"at most max", atMost},
		{"ack", acked},
		{"ack a part", ackPart},
		{"nak", nak},
		{"drop", drop},
		{"redelivery", redelivery},
		{"one batch at a time", oneBatch},
		{"cursors", cursors},
		{"flush", flush},
		{"cancel", canceled},
		{"concurrent use", concurrent},
		{"full", full},
		{"close", closes},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, make(t)) })
	}
}

func record(message string) *sluice.Record {
	return &sluice.Record{
		Time: time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC), Level: sluice.Info, Name: "queue.test", Message: message,
		Attrs: []slog.Attr{slog.Int("n", 1), slog.String("s", "text")},
	}
}

func put(t *testing.T, q queue.Queue, messages ...string) {
	t.Helper()
	for _, m := range messages {
		if err := q.Put(t.Context(), record(m)); err != nil {
			t.Fatalf("Put(%q): %v", m, err)
		}
	}
}

func cursor(t *testing.T, q queue.Queue, name string) queue.Getter {
	t.Helper()
	g, err := q.Cursor(name)
	if err != nil {
		t.Fatalf("Cursor(%q): %v", name, err)
	}
	return g
}

// get waits for a batch.
func get(t *testing.T, g queue.Getter, most int) queue.Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	b, err := g.Get(ctx, most)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if len(b.Records()) == 0 {
		t.Fatal("Get gave an empty batch")
	}
	return b
}

// take gets and acks n records, in as many batches as it takes.
func take(t *testing.T, g queue.Getter, n int) []string {
	t.Helper()
	var got []string
	for len(got) < n {
		b := get(t, g, n-len(got))
		got = append(got, messages(b)...)
		ack(t, b, len(b.Records()))
	}
	return got
}

func messages(b queue.Batch) []string {
	var got []string
	for _, r := range b.Records() {
		got = append(got, r.Message)
	}
	return got
}

func ack(t *testing.T, b queue.Batch, n int) {
	t.Helper()
	if err := b.Ack(t.Context(), n); err != nil {
		t.Fatalf("Ack(%d): %v", n, err)
	}
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// empty checks that nothing is there to get.
func empty(t *testing.T, g queue.Getter) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := g.Get(ctx, 10); err == nil {
		t.Errorf("got %q, want nothing", messages(b))
	} else if !errors.Is(err, context.Canceled) {
		t.Errorf("Get of an empty queue with a canceled context gave %v", err)
	}
}

// adds checks that a ledger adds up, and that it says want.
func adds(t *testing.T, what string, got, want sluice.Stats) {
	t.Helper()
	sum := got.Delivered + got.Held
	for _, n := range got.Dropped {
		sum += n
	}
	if sum != got.Accepted {
		t.Errorf("%s: accepted %d, but delivered, held and dropped are %d: %+v", what, got.Accepted, sum, got)
	}
	if got.Accepted != want.Accepted || got.Delivered != want.Delivered || got.Held != want.Held {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
	for reason, n := range want.Dropped {
		if got.Dropped[reason] != n {
			t.Errorf("%s: dropped %v, want %v", what, got.Dropped, want.Dropped)
		}
	}
}

func numbered(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("message %d", i))
	}
	return all
}

func order(t *testing.T, target Target) {
	q := target.Queue
	want := numbered(5)
	put(t, q, want[:2]...) // before there is a cursor: it begins with what is held
	g := cursor(t, q, "a")
	put(t, q, want[2:]...)
	expect(t, take(t, g, 5), want...)
	empty(t, g)
	adds(t, "queue", q.Stats(), sluice.Stats{Accepted: 5, Delivered: 5})
	adds(t, "cursor", g.Stats(), sluice.Stats{Accepted: 5, Delivered: 5})
}

func keepsNothing(t *testing.T, target Target) {
	q := target.Queue
	g := cursor(t, q, "a")
	r := record("first")
	if err := q.Put(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	r.Message, r.Attrs[0], r.Attrs[1] = "overwritten", slog.Int("overwritten", 9), slog.Int("overwritten", 9)
	b := get(t, g, 1)
	got, want := b.Records()[0], record("first")
	same := got.Message == want.Message && got.Level == want.Level && got.Name == want.Name && got.Time.Equal(want.Time)
	if !same || !slices.EqualFunc(got.Attrs, want.Attrs, slog.Attr.Equal) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func noWait(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, "alone")
	expect(t, messages(get(t, g, 100)), "alone")
}

func atMost(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, numbered(5)...)
	for got := 0; got < 5; {
		b := get(t, g, 2)
		n := len(b.Records())
		if n > 2 {
			t.Fatalf("Get(2) gave %d records", n)
		}
		ack(t, b, n)
		got += n
	}
}

func acked(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, "one")
	b := get(t, g, 1)
	adds(t, "not settled", g.Stats(), sluice.Stats{Accepted: 1, Held: 1})
	ack(t, b, 1)
	if rest := b.Records(); len(rest) != 0 {
		t.Errorf("%d records left in a batch that is settled", len(rest))
	}
	if err := b.Ack(t.Context(), 1); !errors.Is(err, queue.ErrSettled) {
		t.Errorf("a second Ack gave %v, want ErrSettled", err)
	}
	empty(t, g)
	empty(t, cursor(t, target.Queue, "a"))
	adds(t, "settled", target.Queue.Stats(), sluice.Stats{Accepted: 1, Delivered: 1})
}

// fill gets batches until n records are there, giving those before back.
func fill(t *testing.T, g queue.Getter, n int) queue.Batch {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		b := get(t, g, n)
		if len(b.Records()) == n {
			return b
		}
		if time.Now().After(deadline) {
			t.Fatalf("no batch of %d records, last of %d", n, len(b.Records()))
		}
		if err := b.Nak(t.Context(), 0); err != nil {
			t.Fatalf("Nak: %v", err)
		}
	}
}

func ackPart(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, numbered(3)...)
	b := fill(t, g, 3)
	ack(t, b, 1)
	expect(t, messages(b), "message 1", "message 2")
	if err := b.Drop(t.Context(), 1, "broken"); err != nil {
		t.Fatalf("Drop: %v", err)
	}
	expect(t, messages(b), "message 2")
	expect(t, take(t, cursor(t, target.Queue, "a"), 1), "message 2")
	adds(t, "queue", target.Queue.Stats(), sluice.Stats{Accepted: 3, Delivered: 2, Dropped: map[string]uint64{"broken": 1}})
}

func nak(t *testing.T, target Target) {
	const after = 20 * time.Millisecond
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, "again")
	b := get(t, g, 1)
	given := time.Now()
	if err := b.Nak(t.Context(), after); err != nil {
		t.Fatalf("Nak: %v", err)
	}
	adds(t, "after Nak", target.Queue.Stats(), sluice.Stats{Accepted: 1, Held: 1})
	expect(t, take(t, g, 1), "again")
	if passed := time.Since(given); passed < after {
		t.Errorf("it came again after %v, want %v at least", passed, after)
	}
	empty(t, g)
}

func drop(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, "bad")
	if err := get(t, g, 1).Drop(t.Context(), 1, "broken"); err != nil {
		t.Fatalf("Drop: %v", err)
	}
	empty(t, g)
	empty(t, cursor(t, target.Queue, "a"))
	want := sluice.Stats{Accepted: 1, Dropped: map[string]uint64{"broken": 1}}
	adds(t, "queue", target.Queue.Stats(), want)
	adds(t, "cursor", g.Stats(), want)
}

func redelivery(t *testing.T, target Target) {
	q := target.Queue
	g := cursor(t, q, "a")
	put(t, q, numbered(3)...)
	old := fill(t, g, 2)
	expect(t, messages(old), "message 0", "message 1")
	next := cursor(t, q, "a")
	if err := old.Ack(t.Context(), 2); !errors.Is(err, queue.ErrSettled) {
		t.Errorf("Ack of a Getter that was replaced gave %v, want ErrSettled", err)
	}
	if _, err := g.Get(t.Context(), 1); !errors.Is(err, queue.ErrSettled) {
		t.Errorf("Get of a Getter that was replaced gave %v, want ErrSettled", err)
	}
	expect(t, take(t, next, 3), numbered(3)...)
	adds(t, "queue", q.Stats(), sluice.Stats{Accepted: 3, Delivered: 3})
}

func oneBatch(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, "one", "two")
	b := get(t, g, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := g.Get(ctx, 1); !errors.Is(err, queue.ErrUnsettled) {
		t.Errorf("Get with a batch to settle gave %v, want ErrUnsettled", err)
	}
	ack(t, b, 1)
	expect(t, take(t, g, 1), "two")
}

func cursors(t *testing.T, target Target) {
	q := target.Queue
	a, b := cursor(t, q, "a"), cursor(t, q, "b")
	put(t, q, numbered(3)...)
	expect(t, take(t, a, 3), numbered(3)...)
	adds(t, "one of two has them", q.Stats(), sluice.Stats{Accepted: 3, Held: 3})
	adds(t, "a", a.Stats(), sluice.Stats{Accepted: 3, Delivered: 3})
	adds(t, "b", b.Stats(), sluice.Stats{Accepted: 3, Held: 3})
	empty(t, a)
	expect(t, take(t, b, 3), numbered(3)...)
	adds(t, "both have them", q.Stats(), sluice.Stats{Accepted: 3, Delivered: 3})
}

func flush(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, "one")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// Nobody has taken it: Flush is about the queue, not about the destination.
	if err := target.Queue.Flush(ctx); err != nil {
		t.Errorf("Flush: %v", err)
	}
	expect(t, take(t, g, 1), "one")
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
	case <-time.After(patience):
		t.Fatal("Get does not heed its context")
	}
	if err := target.Queue.Put(ctx, record("put with a canceled context")); err != nil {
		t.Fatalf("Put with a canceled context: %v", err)
	}
	if err := target.Queue.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := g.Get(ctx, 1)
	if err != nil {
		t.Fatalf("Get with a canceled context gave %v, want the record that is there", err)
	}
	expect(t, messages(b), "put with a canceled context")
}

func concurrent(t *testing.T, target Target) {
	const writers, each = 4, 50
	q := target.Queue
	g := cursor(t, q, "a")
	var all sync.WaitGroup
	limit := 1 << 30
	if target.Size > 0 {
		limit = target.Size
	}
	tickets := make(chan struct{}, min(limit, writers*each))
	for w := range writers {
		all.Go(func() {
			for i := range each {
				tickets <- struct{}{}
				if err := q.Put(t.Context(), record(fmt.Sprintf("%d %d", w, i))); err != nil {
					t.Errorf("Put: %v", err)
				}
			}
		})
	}
	next := [writers]int{}
	for n := 0; n < writers*each; {
		b := get(t, g, 7)
		for _, r := range b.Records() {
			var w, i int
			if _, err := fmt.Sscan(r.Message, &w, &i); err != nil || w < 0 || w >= writers {
				t.Fatalf("got %q", r.Message)
			}
			if i != next[w] {
				t.Errorf("got record %d of goroutine %d, want %d", i, w, next[w])
			}
			next[w]++
			n++
		}
		k := len(b.Records())
		ack(t, b, k)
		for range k {
			<-tickets
		}
	}
	all.Wait()
	adds(t, "queue", q.Stats(), sluice.Stats{Accepted: writers * each, Delivered: writers * each})
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
	ctx, cancel := context.WithTimeout(t.Context(), patience)
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
