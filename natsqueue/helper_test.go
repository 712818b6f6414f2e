package natsqueue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/queuetest"
)

// untilFlush is a BatchDelay by which a batch is what was put before a Flush, however
// long that takes.
const untilFlush = time.Hour

// told collects what OnError is told, but for what passes: a machine that is busy enough
// may make any server late, and any cluster choose a leader.
type told struct {
	mu   sync.Mutex
	errs []string
}

func (e *told) add(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !passing(err) {
		e.errs = append(e.errs, err.Error())
	}
}

func (e *told) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.errs)
}

// once checks that exactly one of what was told holds text.
func (e *told) once(t *testing.T, text string) {
	t.Helper()
	n := 0
	for _, s := range e.all() {
		if strings.Contains(s, text) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of %q tell of %q, want one", n, e.all(), text)
	}
}

func put(t testing.TB, q *Queue, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := q.Put(context.Background(), message(i)); err != nil {
			t.Fatalf("Put %d: %v", i, err)
		}
	}
}

func flush(t testing.TB, q *Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := q.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// putEach puts records so that each is a batch of the stream.
func putEach(t testing.TB, q *Queue, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		put(t, q, i, i+1)
		flush(t, q)
	}
}

func cursorOf(t testing.TB, q *Queue, name string) queue.Getter {
	t.Helper()
	return queuetest.Cursor(t, q, name)
}

func get(t testing.TB, g queue.Getter, most int) queue.Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	b, err := g.Get(ctx, most)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	return b
}

func texts(b queue.Batch) []string {
	var all []string
	for _, r := range b.Records() {
		all = append(all, r.Message)
	}
	return all
}

// take gets and acks n records.
func take(t testing.TB, g queue.Getter, n int) []string {
	t.Helper()
	var all []string
	for len(all) < n {
		b := get(t, g, n-len(all))
		all = append(all, texts(b)...)
		// That the server does not answer passes: it is told again.
		if err := b.Ack(t.Context(), len(b.Records())); err != nil && !passing(err) {
			t.Fatalf("Ack: %v", err)
		}
	}
	return all
}

func drain(t testing.TB, g queue.Getter) []string {
	t.Helper()
	return queuetest.Drain(t, g)
}

func numbered(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("message %d", i))
	}
	return all
}

func expect(t testing.TB, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %d records %.300q, want %d %.300q", len(got), got, len(want), want)
	}
}

// adds checks a ledger, and that it adds up.
func adds(t testing.TB, what string, got, want sluice.Stats) {
	t.Helper()
	sum := got.Delivered + got.Held
	for _, n := range got.Dropped {
		sum += n
	}
	if sum != got.Accepted || fmt.Sprint(got) != fmt.Sprint(want) && (len(got.Dropped) > 0 || len(want.Dropped) > 0 || got.Accepted != want.Accepted || got.Delivered != want.Delivered || got.Held != want.Held) {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}
