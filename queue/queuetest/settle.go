package queuetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

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

// fill puts n records, until a batch of most has as many, and tells how many it settled
// before: a queue may give those apart that came apart, which is left to chance.
func fill(t *testing.T, target Target, g queue.Getter, n, most int) (b queue.Batch, before uint64) {
	t.Helper()
	for deadline := time.Now().Add(patience(t)); ; before += uint64(n) {
		put(t, target.Queue, numbered(n)...)
		flushed(t, target.Queue)
		for range 10 { // it may take a moment until all are there
			if b = get(t, g, most); len(b.Records()) == most {
				return b, before
			}
			if err := b.Nak(t.Context(), 0); err != nil {
				t.Fatalf("Nak: %v", err)
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("no batch of %d records", most)
		}
		take(t, g, n)
	}
}

func ackPart(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	b, before := fill(t, target, g, 3, 3)
	ack(t, b, 1)
	expect(t, messages(b), "message 1", "message 2")
	if err := b.Drop(t.Context(), 1, "broken"); err != nil {
		t.Fatalf("Drop: %v", err)
	}
	expect(t, messages(b), "message 2")
	expect(t, take(t, cursor(t, target.Queue, "a"), 1), "message 2")
	adds(t, "queue", target.Queue.Stats(), sluice.Stats{Accepted: before + 3, Delivered: before + 2, Dropped: map[string]uint64{"broken": 1}})
}

func nak(t *testing.T, target Target) {
	const after = 20 * time.Millisecond
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, "again")
	b := get(t, g, 1)
	for range 5 { // on a busy machine it may seem late that was early
		given := time.Now()
		if err := b.Nak(t.Context(), after); err != nil {
			t.Fatalf("Nak: %v", err)
		}
		adds(t, "after Nak", target.Queue.Stats(), sluice.Stats{Accepted: 1, Held: 1})
		b = get(t, g, 1)
		expect(t, messages(b), "again")
		if passed := time.Since(given); passed < after {
			t.Errorf("it came again after %v, want %v at least", passed, after)
		}
	}
	ack(t, b, 1)
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
	old, before := fill(t, target, g, 3, 2)
	expect(t, messages(old), "message 0", "message 1")
	next := cursor(t, q, "a")
	if err := old.Ack(t.Context(), 2); !errors.Is(err, queue.ErrSettled) {
		t.Errorf("Ack of a Getter that was replaced gave %v, want ErrSettled", err)
	}
	if _, err := g.Get(t.Context(), 1); !errors.Is(err, queue.ErrSettled) {
		t.Errorf("Get of a Getter that was replaced gave %v, want ErrSettled", err)
	}
	expect(t, take(t, next, 3), numbered(3)...)
	adds(t, "queue", q.Stats(), sluice.Stats{Accepted: before + 3, Delivered: before + 3})
}

func oneBatch(t *testing.T, target Target) {
	g := cursor(t, target.Queue, "a")
	put(t, target.Queue, "one", "two")
	b := get(t, g, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience(t))
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
