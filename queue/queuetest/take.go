package queuetest

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/sluicelog/sluice"
)

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
