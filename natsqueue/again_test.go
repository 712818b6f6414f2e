package natsqueue

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// TestBackOff: what is given back comes again after ever longer pauses, in order,
// and nothing overtakes it.
func TestBackOff(t *testing.T) {
	pauses := []time.Duration{5 * time.Millisecond, 20 * time.Millisecond, 60 * time.Millisecond}
	q := open(t, one(t, nil).ClientURL(), Options{BackOff: pauses, BatchDelay: untilFlush})
	g := cursorOf(t, q, "a")
	put(t, q, 0, 3)
	flush(t, q)
	put(t, q, 3, 4)
	flush(t, q)
	for _, pause := range append(pauses, pauses[2]) {
		b := get(t, g, 10)
		expect(t, texts(b), numbered(0, 3))
		given := time.Now()
		if err := b.Nak(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
		b = get(t, g, 1)
		if passed := time.Since(given); passed < pause {
			t.Errorf("it came again after %v, want %v at least", passed, pause)
		}
		if err := b.Nak(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		// The second one was not counted from.
		g.(*getter).c.returns--
	}
	expect(t, take(t, g, 4), numbered(0, 4))
}

// TestWorkTakesLong: as long as somebody works on a batch, the server gives it to
// nobody else.
func TestWorkTakesLong(t *testing.T) {
	// A machine that is busy for longer than a short wait is not for a long one.
	for wait := 150 * time.Millisecond; givenToAnother(t, wait); wait *= 4 {
		if wait > 5*time.Second {
			t.Fatalf("another one got what was worked on, with AckWait %v", wait)
		}
	}
}

// givenToAnother says whether what somebody works on for several times AckWait was given
// to another one.
func givenToAnother(t *testing.T, wait time.Duration) bool {
	t.Helper()
	url := one(t, nil).ClientURL()
	q := open(t, url, Options{Shared: true, AckWait: wait})
	other := open(t, url, Options{Shared: true, AckWait: wait})
	put(t, q, 0, 1)
	flush(t, q)
	b := get(t, cursorOf(t, q, "a"), 1)
	working := time.Now()
	g := cursorOf(t, other, "a")
	until(t, "several times AckWait", func() bool { return time.Since(working) > 5*wait })
	got := drain(t, g)
	if err := b.Ack(t.Context(), 1); err != nil && len(got) == 0 {
		t.Fatal(err)
	}
	return len(got) > 0
}

// TestAckWaitOfNothing: nor does one break anything that is shorter than any tick.
func TestAckWaitOfNothing(t *testing.T) {
	q := open(t, one(t, nil).ClientURL(), Options{AckWait: 1})
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAskedAgain: who does not wait gets what is there also from a server that has too
// much to do to answer at once.
func TestAskedAgain(t *testing.T) {
	url := one(t, nil).ClientURL()
	q, other := open(t, url, Options{}), open(t, url, Options{})
	g := cursorOf(t, q, "a")
	c := q.cursors[0]
	var asked atomic.Int64
	server := c.consumer
	c.consumer = &slow{server, func() error {
		switch asked.Add(1) {
		case 1:
			return context.DeadlineExceeded
		case 2: // nothing came before
			putEach(t, other, 0, 1)
			until(t, "the cursor's server has it, too", func() bool {
				info, err := server.Info(t.Context())
				return err == nil && info.NumPending+uint64(info.NumAckPending) > 0
			})
		}
		return nil
	}}
	now, cancel := context.WithCancel(t.Context())
	cancel()
	b, err := g.Get(now, 1)
	if err != nil {
		t.Fatalf("Get gave %v, want what is there", err)
	}
	expect(t, texts(b), numbered(0, 1))
}

// slow is a consumer that does something before it tells of itself.
type slow struct {
	jetstream.Consumer
	before func() error
}

func (s *slow) Info(ctx context.Context) (*jetstream.ConsumerInfo, error) {
	if err := s.before(); err != nil {
		return nil, err
	}
	return s.Consumer.Info(ctx)
}

// TestReaderDies: a batch whose readers die with it is set aside in the end.
func TestReaderDies(t *testing.T) {
	url := one(t, nil).ClientURL()
	q := open(t, url, Options{BatchDelay: untilFlush})
	put(t, q, 0, 2)
	flush(t, q)
	put(t, q, 2, 3)
	flush(t, q)
	var errs told
	o := Options{OnError: errs.add, MaxDeliver: 3, AckWait: 100 * time.Millisecond, DeadLetters: "dead"}
	for range o.MaxDeliver {
		dying := open(t, url, o)
		get(t, cursorOf(t, dying, "a"), 10)
		dying.kill()
	}
	reader := open(t, url, o)
	g := cursorOf(t, reader, "a")
	expect(t, take(t, g, 1), numbered(2, 3))
	errs.once(t, "were given to readers 3 times and never settled")
	adds(t, "cursor", g.Stats(), sluice.Stats{Accepted: 3, Delivered: 1, Dropped: map[string]uint64{queue.DeadLetter: 2}})
	dead := open(t, url, Options{Stream: "sluice-dead", Subject: "dead"})
	expect(t, take(t, cursorOf(t, dead, "reader"), 2), numbered(0, 2))
}

// kill is the end of q as if its process was killed.
func (q *Queue) kill() {
	q.mu.Lock()
	q.closing, q.closed = true, true
	q.mu.Unlock()
	q.end()
	q.worker.Wait()
	q.part()
}

// TestDeadLetters: what a destination drops can be read in the stream of dead
// letters.
func TestDeadLetters(t *testing.T) {
	url := one(t, nil).ClientURL()
	q := open(t, url, Options{DeadLetters: "dead.letters", BatchDelay: untilFlush})
	g := cursorOf(t, q, "mail")
	put(t, q, 0, 4)
	flush(t, q)
	b := get(t, g, 4)
	if err := b.Drop(t.Context(), 3, queue.Failed); err != nil {
		t.Fatal(err)
	}
	expect(t, texts(b), numbered(3, 4))
	adds(t, "cursor", g.Stats(), sluice.Stats{Accepted: 4, Held: 1, Dropped: map[string]uint64{queue.Failed: 3}})
	s := stream(t, url, "sluice-dead")
	for i := range 3 {
		m, err := s.GetMsg(t.Context(), uint64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.Get(headCursor) != "mail" || m.Header.Get(headReason) != queue.Failed {
			t.Errorf("headers %v", m.Header)
		}
	}
	dead := open(t, url, Options{Stream: "sluice-dead", Subject: "dead.letters"})
	expect(t, take(t, cursorOf(t, dead, "reader"), 3), numbered(0, 3))
}

// TestShared: several instances share the work of a cursor, and one that gives
// something back leaves it to the others.
func TestShared(t *testing.T) {
	url := one(t, nil).ClientURL()
	q := open(t, url, Options{Shared: true, BatchSize: 10})
	other := open(t, url, Options{Shared: true})
	a, b := cursorOf(t, q, "a"), cursorOf(t, other, "a")
	put(t, q, 0, 100)
	flush(t, q)
	first := get(t, a, 100)
	given := texts(first)
	if err := first.Nak(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	got := append(take(t, a, 20), take(t, b, 20)...)
	until(t, "all of it", func() bool {
		got = append(got, drain(t, b)...)
		got = append(got, drain(t, a)...)
		return len(got) >= 100
	})
	slices.Sort(got)
	want := numbered(0, 100)
	slices.Sort(want)
	expect(t, got, want)
	if !slices.Contains(got, given[0]) {
		t.Errorf("%q was given back and did not come again", given[0])
	}
	sum := a.Stats().Delivered + b.Stats().Delivered
	if sum != 100 || b.Stats().Delivered == 0 {
		t.Errorf("%+v and %+v have delivered", a.Stats(), b.Stats())
	}
	adds(t, "who puts", q.Stats(), sluice.Stats{Accepted: 100, Delivered: 100})
	adds(t, "who does not", other.Stats(), sluice.Stats{Accepted: b.Stats().Delivered, Delivered: b.Stats().Delivered})
}
