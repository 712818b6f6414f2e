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

// patience is how long a check waits for what should be there: as long as a busy machine
// may take, and not until the tests have to end.
func patience(t *testing.T) time.Duration {
	most := time.Minute
	if end, ok := t.Deadline(); ok {
		most = min(most, time.Until(end)/4)
	}
	return most
}

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
	ctx, cancel := context.WithTimeout(t.Context(), patience(t))
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

func ack(t testing.TB, b queue.Batch, n int) {
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
