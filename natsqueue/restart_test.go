package natsqueue

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice/natsqueue/natstest"
	"github.com/sluicelog/sluice/queue"
)

// load puts records without end, not far ahead of those that were read, and flushes now
// and then, until it is stopped; it then tells how many there were.
func load(t *testing.T, q *Queue, read func() int) (stop func() int) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int)
	go func() {
		n := 0
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			if n > read()+1000 {
				<-tick.C
				continue
			}
			if err := q.Put(ctx, message(n)); err != nil {
				t.Errorf("Put: %v", err)
				break
			}
			if n++; n%50 == 0 {
				late, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
				if err := q.Flush(late); err != nil {
					t.Errorf("Flush: %v", err)
				}
				cancel()
			}
		}
		done <- n
	}()
	return func() int {
		cancel()
		return <-done
	}
}

// reading takes and acks until it has so many records, and tells what came.
func reading(t *testing.T, g queue.Getter) (read func() int, wait func(n int) []string) {
	ctx, cancel := context.WithCancel(t.Context())
	progress := make(chan int, 1)
	progress <- 0
	var got []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			b, err := g.Get(ctx, 100)
			if err != nil {
				if ctx.Err() == nil {
					t.Errorf("Get: %v", err)
				}
				return
			}
			got = append(got, texts(b)...)
			n := len(b.Records())
			// While the server is away it cannot be told; that is tried again.
			_ = b.Ack(ctx, n)
			progress <- <-progress + n
		}
	}()
	read = func() int {
		n := <-progress
		progress <- n
		return n
	}
	return read, func(n int) []string {
		t.Helper()
		until(t, "all records", func() bool { return read() >= n })
		cancel()
		<-done
		return got
	}
}

// TestRestart: a server that is stopped and started again under load costs nothing,
// keeps the order and doubles nothing.
func TestRestart(t *testing.T) {
	n := one(t, nil)
	var errs told
	q := impatient(t, n.ClientURL(), Options{OnError: errs.add})
	read, wait := reading(t, cursorOf(t, q, "a"))
	stop := load(t, q, read)
	for range 3 {
		goal := read() + 300
		until(t, "records", func() bool { return read() > goal })
		n.Stop()
		if err := n.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	goal := read() + 300
	until(t, "records after the last restart", func() bool { return read() > goal })
	all := stop()
	flush(t, q)
	expect(t, wait(all), numbered(0, all))
	until(t, "somebody is told of the lost connections", func() bool { return len(errs.all()) > 0 })
	for _, err := range errs.all() {
		t.Log(err)
	}
}

// TestLeaderStops: of three servers one after the other is stopped under load, the
// leader of the stream first.
func TestLeaderStops(t *testing.T) {
	c := three(t)
	var errs told
	q := impatient(t, c.URL(), Options{OnError: errs.add, Replicas: 3})
	read, wait := reading(t, cursorOf(t, q, "a"))
	stop := load(t, q, read)
	for range 2 {
		goal := read() + 200
		until(t, "records", func() bool { return read() > goal })
		leader := leaderOf(t, c, "sluice")
		leader.Stop()
		began := time.Now()
		goal = read() + 200
		until(t, "records without the leader", func() bool { return read() > goal })
		t.Logf("without service for %v at most", time.Since(began))
		if err := leader.Restart(); err != nil {
			t.Fatal(err)
		}
		until(t, "all servers have what the others have", func() bool { return current(t, c.URL()) })
	}
	all := stop()
	flush(t, q)
	expect(t, wait(all), numbered(0, all))
	for _, err := range errs.all() {
		t.Log(err)
	}
}

// TestLeaderLeaves: a leader that is told to leave, as before it is worked on, hands over
// first, and nothing is lost, doubled or out of order.
func TestLeaderLeaves(t *testing.T) {
	c := three(t)
	var errs told
	q := impatient(t, c.URL(), Options{OnError: errs.add, Replicas: 3})
	read, wait := reading(t, cursorOf(t, q, "a"))
	stop := load(t, q, read)
	goal := read() + 200
	until(t, "records", func() bool { return read() > goal })
	leader := leaderOf(t, c, "sluice")
	began := time.Now()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		leader.LameDuckShutdown()
	}()
	until(t, "another one leads", func() bool {
		return slices.ContainsFunc(c, func(s *natstest.Server) bool { return s != leader && s.JetStreamIsStreamLeader("$G", "sluice") })
	})
	goal = read() + 200
	until(t, "records of the next one", func() bool { return read() > goal })
	t.Logf("200 records of the next one after %v", time.Since(began))
	if leader.JetStreamIsStreamLeader("$G", "sluice") {
		t.Error("who leaves leads")
	}
	all := stop()
	flush(t, q)
	expect(t, wait(all), numbered(0, all))
	leader.Stop()
	<-gone
	for _, err := range errs.all() {
		t.Log(err)
	}
}

// current says that all servers have all of the stream.
func current(t *testing.T, url string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	nc, err := nats.Connect(url)
	if err != nil {
		return false
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return false
	}
	s, err := js.Stream(ctx, "sluice")
	if err != nil {
		return false
	}
	cluster := s.CachedInfo().Cluster
	lags := func(p *jetstream.PeerInfo) bool { return !p.Current || p.Offline }
	return cluster != nil && cluster.Leader != "" && len(cluster.Replicas) == 2 && !slices.ContainsFunc(cluster.Replicas, lags)
}

// leaderOf waits for the leader of a stream.
func leaderOf(t *testing.T, c natstest.Cluster, stream string) (leader *natstest.Server) {
	t.Helper()
	until(t, "the stream has a leader", func() bool {
		for _, s := range c {
			if s.JetStreamIsStreamLeader("$G", stream) {
				leader = s
				return true
			}
		}
		return false
	})
	return leader
}

// TestReopen: what a reader had taken and not settled when it was closed comes again
// at once, and what it had settled does not.
func TestReopen(t *testing.T) {
	url := one(t, nil).ClientURL()
	q := open(t, url, Options{BatchDelay: untilFlush})
	putEach(t, q, 0, 2)
	put(t, q, 2, 12)
	flush(t, q)
	reader := open(t, url, Options{})
	g := cursorOf(t, reader, "a")
	expect(t, take(t, g, 2), numbered(0, 2))
	b := get(t, g, 100)
	expect(t, texts(b), numbered(2, 12))
	if err := b.Ack(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	// The batch in flight comes again, with the IDs that it had.
	reader = open(t, url, Options{})
	g = cursorOf(t, reader, "a")
	b = get(t, g, 100)
	expect(t, texts(b), numbered(2, 12))
	for i, r := range b.Records() {
		if r.ID.Source != q.run || r.ID.Seq != uint64(i+3) {
			t.Errorf("%q has ID %v", r.Message, r.ID)
		}
	}
}

// TestElected: what waits for an answer is published again as soon as another server
// leads. Nothing else makes it come again here: nobody's patience ends.
func TestElected(t *testing.T) {
	url := one(t, nil).ClientURL()
	var errs told
	q := open(t, url, Options{OnError: errs.add})
	q.patience = time.Hour
	js := others(t, url)
	nc := js.Conn()
	if err := js.DeleteStream(t.Context(), "sluice"); err != nil {
		t.Fatal(err)
	}
	mute, err := nc.SubscribeSync("sluice.records")
	if err != nil {
		t.Fatal(err)
	}
	elect := func() {
		t.Helper()
		if err := nc.Publish("$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.sluice", nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	put(t, q, 0, 1)
	for range 3 {
		if _, err := mute.NextMsg(patience); err != nil {
			t.Fatal(err)
		}
		elect()
	}
	if _, err := mute.NextMsg(patience); err != nil {
		t.Fatal(err)
	}
	if err := mute.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	elect() // the stream is made anew
	flush(t, q)
	expect(t, take(t, cursorOf(t, q, "a"), 1), numbered(0, 1))
	errs.once(t, "the stream is gone")
}

// TestElectionsDenied: who may not hear who leads is served all the same, and is not
// told of that.
func TestElectionsDenied(t *testing.T) {
	deny := &server.Permissions{Subscribe: &server.SubjectPermission{Deny: []string{"$JS.EVENT.>"}}}
	url := one(t, &server.Options{Users: []*server.User{{Username: "u", Password: "p", Permissions: deny}}}).ClientURL()
	q := open(t, url, Options{User: "u", Password: "p"})
	putEach(t, q, 0, 2)
	expect(t, take(t, cursorOf(t, q, "a"), 2), numbered(0, 2))
}
