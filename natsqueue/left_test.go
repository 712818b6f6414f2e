package natsqueue

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// TestLeft: who was at a cursor when it was left, and comes to its lock only then, takes
// nothing up, keeps nothing from others and does not bring it back.
func TestLeft(t *testing.T) {
	o := Options{Shared: true, AckWait: time.Hour}
	begin := func(t *testing.T, records int) (q, other *Queue, c *cursor) {
		url := one(t, nil).ClientURL()
		q, other = open(t, url, o), open(t, url, o)
		cursorOf(t, q, "a")
		put(t, q, 0, records)
		flush(t, q)
		return q, other, q.cursors[0]
	}
	next := func(t *testing.T, c *cursor) jetstream.Msg {
		t.Helper()
		m, err := c.consumer.Next()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	t.Run("with what came", func(t *testing.T) {
		q, other, c := begin(t, 1)
		m := next(t, c)
		q.Leave("a")
		q.mu.Lock()
		c.receive(nil, m, true)
		q.unlock()
		expect(t, take(t, cursorOf(t, other, "a"), 1), numbered(0, 1))
	})
	t.Run("with an answer", func(t *testing.T) {
		q, _, c := begin(t, 0) // the server may give what there is to nobody who waits any more
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		fetch, err := c.consumer.Fetch(1, jetstream.FetchContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		for range fetch.Messages() { // none
		}
		if _, err := q.Forget(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		q.mu.Lock()
		c.receive(fetch, nil, false)
		q.unlock()
		if names, err := q.Cursors(t.Context()); err != nil || len(names) > 0 {
			t.Errorf("what was forgotten is there again: %q, %v", names, err)
		}
	})
	t.Run("with what a replica had", func(t *testing.T) {
		q, _, c := begin(t, 1)
		m := next(t, c)
		m.Data()[len(m.Data())-1] ^= 4
		q.Leave("a")
		q.mu.Lock()
		c.ahead = q.read(m)
		took := c.step()
		q.unlock()
		if took || c.held != nil || c.ahead == nil {
			t.Errorf("it was taken up: %v, %v", took, c.held)
		}
	})
}

// TestNotRemoved: with Shared what a replica had, and is not settled, stays in the
// stream, whatever the server counts as settled.
func TestNotRemoved(t *testing.T) {
	found := &taken{stream: 5, found: true}
	c := &cursor{seen: seen{stream: 3}, looked: 6, held: found, ahead: &taken{stream: 8}}
	c.q = &Queue{options: Options{Shared: true}, cursors: []*cursor{c}}
	if got := c.q.readByAll(); got != 3 {
		t.Errorf("up to message %d is removed, want 3: message 5 is at hand", got)
	}
	c.held, c.ahead = nil, nil
	if got := c.q.readByAll(); got != math.MaxUint64 {
		t.Errorf("nothing is at hand, and up to message %d is removed", got)
	}
}

// TestMuteAtTheEnd: who closes a queue does not wait for a server that says nothing,
// and leaves it for no other one.
func TestMuteAtTheEnd(t *testing.T) {
	to := strings.TrimPrefix(one(t, nil).ClientURL(), "nats://")
	one, other := newLine(t, to), newLine(t, to)
	q := impatient(t, one.Addr().String()+","+other.Addr().String(), Options{})
	at := q.conn.ConnectedUrl()
	close(one.mute)
	close(other.mute)
	q.end()
	q.listen(1 << 20)
	if got := q.conn.ConnectedUrl(); got != at {
		t.Errorf("it moved from %q to %q", at, got)
	}
}
