package natsqueue

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// large is a record of about a kibibyte.
func large(n int) *sluice.Record {
	r := message(n)
	r.ExcText = strings.Repeat("x", 1000)
	return r
}

// TestFullBlocks: a full stream holds up Put until a destination has settled what it
// holds, and costs nothing.
func TestFullBlocks(t *testing.T) {
	url := one(t, nil).ClientURL()
	var errs told
	q := open(t, url, Options{OnError: errs.add, MaxBytes: 64 << 10, Buffer: 16 << 10, BatchSize: 4})
	g := cursorOf(t, q, "a")
	const n = 300
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range n {
			if err := q.Put(context.Background(), large(i)); err != nil {
				t.Errorf("Put: %v", err)
			}
		}
	}()
	until(t, "the stream is full", func() bool {
		for _, err := range errs.all() {
			if strings.Contains(err, "maximum bytes") {
				return true
			}
		}
		return false
	})
	select {
	case <-done:
		t.Error("Put did not wait")
	default:
	}
	expect(t, take(t, g, n), numbered(0, n))
	<-done
	adds(t, "queue", q.Stats(), sluice.Stats{Accepted: n, Delivered: n})
}

// TestFullDrops: with DropNewest and with a bounded wait, what finds no room is
// counted, and told to who puts it.
func TestFullDrops(t *testing.T) {
	for _, o := range []Options{{Full: queue.DropNewest}, {Wait: time.Millisecond}} {
		url := one(t, nil).ClientURL()
		o.OnError = func(error) {}
		o.MaxBytes, o.Buffer, o.BatchSize, o.Linger = 64<<10, 16<<10, 4, time.Millisecond
		q := open(t, url, o)
		g := cursorOf(t, q, "a")
		const n = 200
		in := 0
		var want []string
		for i := range n {
			switch err := q.Put(t.Context(), large(i)); {
			case err == nil:
				if in < 24 { // that the stream has room for
					flush(t, q)
				}
				in++
				want = append(want, message(i).Message)
			case !errors.Is(err, queue.ErrFull):
				t.Fatalf("Put: %v", err)
			}
		}
		if in == n || in < 24 {
			t.Errorf("%d of %d found room", in, n)
		}
		adds(t, "full", q.Stats(), sluice.Stats{Accepted: n, Held: uint64(in), Dropped: map[string]uint64{queue.Full: uint64(n - in)}})
		expect(t, take(t, g, in), want)
		adds(t, "drained", g.Stats(), sluice.Stats{Accepted: n, Delivered: uint64(in), Dropped: map[string]uint64{queue.Full: uint64(n - in)}})
	}
}

// TestFullRemovesOldest: with DropOldest the server removes what is oldest, which a
// reader reports and counts.
func TestFullRemovesOldest(t *testing.T) {
	url := one(t, nil).ClientURL()
	var errs told
	q := open(t, url, Options{OnError: errs.add, MaxBytes: 64 << 10, BatchSize: 4, Full: queue.DropOldest, Producer: "web"})
	g := cursorOf(t, q, "a")
	const n = 200
	for i := range n {
		if err := q.Put(t.Context(), large(i)); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, q)
	var got []string
	for len(got) == 0 || got[len(got)-1] != message(n-1).Message {
		got = append(got, take(t, g, 1)...)
	}
	expect(t, got, numbered(n-len(got), n))
	errs.once(t, "of web are missing")
	lost := uint64(n - len(got))
	want := sluice.Stats{Accepted: n, Delivered: n - lost, Dropped: map[string]uint64{Missing: lost}}
	adds(t, "cursor", g.Stats(), want)
	adds(t, "queue", q.Stats(), want)
}

// TestTooLarge: a record that the server would not take is refused at once.
func TestTooLarge(t *testing.T) {
	q := open(t, one(t, nil).ClientURL(), Options{})
	r := message(0)
	r.ExcText = strings.Repeat("x", 1<<20)
	if err := q.Put(t.Context(), r); !errors.Is(err, queue.ErrTooLarge) {
		t.Errorf("Put gave %v, want ErrTooLarge", err)
	}
	r.ExcText = strings.Repeat("x", 1<<19)
	for range 3 { // that share no batch
		if err := q.Put(t.Context(), r); err != nil {
			t.Error(err)
		}
	}
	flush(t, q)
	adds(t, "queue", q.Stats(), sluice.Stats{Accepted: 4, Delivered: 3, Dropped: map[string]uint64{queue.TooLarge: 1}})
}

// TestSettledIsRemoved: the stream does not keep what all have settled.
func TestSettledIsRemoved(t *testing.T) {
	url := one(t, nil).ClientURL()
	q := open(t, url, Options{})
	a, b := cursorOf(t, q, "a"), cursorOf(t, q, "b")
	putEach(t, q, 0, 6)
	take(t, a, 6)
	take(t, b, 4)
	q.tidy()
	info, err := stream(t, url, "sluice").Info(t.Context())
	if err != nil || info.State.FirstSeq != 5 || info.State.Msgs != 2 {
		t.Errorf("the stream holds %+v, %v; want messages 5 and 6", info.State, err)
	}
	// A new destination begins with what is held.
	expect(t, take(t, cursorOf(t, q, "c"), 2), numbered(4, 6))
	if n, err := q.Forget(t.Context(), "b"); n != 2 || err != nil {
		t.Fatalf("forgot %d, %v, want 2", n, err)
	}
	if _, err := b.Get(t.Context(), 1); !errors.Is(err, queue.ErrSettled) {
		t.Errorf("Get of a cursor that is forgotten gave %v, want ErrSettled", err)
	}
	q.tidy()
	if info, err = stream(t, url, "sluice").Info(t.Context()); err != nil || info.State.Msgs != 0 {
		t.Errorf("the stream holds %+v, %v; want nothing", info.State, err)
	}
}
