package natsqueue

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/natsqueue/natstest"
	"github.com/sluicelog/sluice/queue"
)

// stored gives the files of a server with the messages of the stream.
func stored(t *testing.T, s *natstest.Server) []string {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(s.StoreDir(), "*", "streams", "sluice", "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("blocks %q, %v", blocks, err)
	}
	return blocks
}

// flip flips a bit of a text in a file.
func flip(t *testing.T, path, text string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, []byte(text))
	if at < 0 {
		t.Fatalf("%s has no %q", path, text)
	}
	data[at] ^= 4
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// damage flips bits of these texts on each of the first so many servers and starts all
// again.
func damage(t *testing.T, c natstest.Cluster, servers int, texts ...string) {
	t.Helper()
	var blocks []string
	for _, s := range c {
		// Two of three are enough to acknowledge a record.
		until(t, "each server has written the last record", func() bool { return written(s, "message 19") })
		blocks = append(blocks, stored(t, s)[0])
	}
	for _, s := range c {
		s.Stop()
	}
	for _, block := range blocks[:servers] {
		for _, text := range texts {
			flip(t, block, text)
		}
	}
	for _, s := range c {
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "all servers have what the others have", func() bool { return current(t, c.URL()) })
	until(t, "each server answers for the stream", func() bool {
		return !slices.ContainsFunc(c, func(s *natstest.Server) bool { return !answers(t, s) })
	})
}

// written says that a server has a text in the files of the stream.
func written(s *natstest.Server, text string) bool {
	blocks, _ := filepath.Glob(filepath.Join(s.StoreDir(), "*", "streams", "sluice", "msgs", "*.blk"))
	return slices.ContainsFunc(blocks, func(path string) bool {
		data, err := os.ReadFile(path)
		return err == nil && bytes.Contains(data, []byte(text))
	})
}

// flipped is a queue of three servers with twenty batches, in which bits of these texts
// have flipped on so many servers since, on the one that has cursor "a" first.
func flipped(t *testing.T, servers int, texts ...string) (reopen func(errs *told, shared bool) *Queue) {
	t.Helper()
	c := three(t)
	options := Options{Producer: "web", Replicas: 3, AckWait: time.Second}
	q := impatient(t, c.URL(), options)
	// A busy machine may choose any moment to elect another leader of a cursor that
	// several servers have, and that one passes over nothing.
	config := jetstream.ConsumerConfig{Durable: "a", AckPolicy: jetstream.AckExplicitPolicy, Replicas: 1}
	var host string
	until(t, "one server has the cursor", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		made, err := q.js.CreateOrUpdateConsumer(ctx, "sluice", config)
		if err == nil {
			host = made.CachedInfo().Cluster.Leader
		}
		return err == nil && host != ""
	})
	at := slices.IndexFunc(c, func(s *natstest.Server) bool { return s.Name() == host })
	c[0], c[at] = c[at], c[0]
	cursorOf(t, q, "a")
	putEach(t, q, 0, 20)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, c, servers, texts...)
	if !c[0].JetStreamIsConsumerLeader("$G", "sluice", "a") {
		t.Fatalf("%s does not lead the cursor", host)
	}
	return func(errs *told, shared bool) *Queue {
		options.OnError, options.Shared = errs.add, shared
		if shared { // what comes twice would be counted twice
			options.AckWait = patience / 2
		}
		q := impatient(t, c.URL(), options)
		q.heartbeat = patience / 6 // where the cursor is nobody goes
		// On a busy machine the servers may have to elect again who leads.
		until(t, "the cursor is led", func() bool {
			_, err := q.Cursor("a")
			return err == nil
		})
		return q
	}
}

// answers says that a server answers for the stream: not before two seconds have passed
// since it has all of it.
func answers(t *testing.T, s *natstest.Server) bool {
	t.Helper()
	const subject = "$JS.API.DIRECT.GET.sluice"
	all, err := s.Subsz(&server.SubszOptions{Subscriptions: true, Test: subject})
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(all.Subs, func(d server.SubDetail) bool { return d.Subject == subject })
}

// TestReplica: what the server that leads passes over is read from another one, in its
// place, and is settled.
func TestReplica(t *testing.T) {
	t.Parallel()
	q, g, errs := passedOver(t, false)
	putEach(t, q, 20, 22)
	expect(t, take(t, g, 2), numbered(20, 22))
	all := slices.DeleteFunc(errs.all(), func(s string) bool { return strings.Contains(s, "connection lost") }) // as is a slow one
	if len(all) != 2 {
		t.Errorf("told of %q", all)
	}
}

// TestReplicaAtTheEnd: what the server passes over at the end of the stream, where nothing
// follows, is found as well.
func TestReplicaAtTheEnd(t *testing.T) {
	t.Parallel()
	var errs told
	q := flipped(t, 1, "message 17", "message 18", "message 19")(&errs, false)
	g := cursorOf(t, q, "a")
	expect(t, take(t, g, 20), numbered(0, 20))
	errs.once(t, `cursor "a": messages 18 to 20 of the stream were passed over by the server and read from another replica: 3 of them`)
	adds(t, "cursor", g.Stats(), sluice.Stats{Accepted: 20, Delivered: 20})
	putEach(t, q, 20, 22)
	expect(t, take(t, g, 2), numbered(20, 22))
}

// TestReplicaShared: a reader that might share the work and does not finds it, too.
func TestReplicaShared(t *testing.T) {
	t.Parallel()
	passedOver(t, true)
}

// passedOver has three of twenty batches passed over, in two places, and gives what read
// them all the same.
func passedOver(t *testing.T, shared bool) (*Queue, queue.Getter, *told) {
	t.Helper()
	var errs told
	q := flipped(t, 1, "message 7", "message 8", "message 12")(&errs, shared)
	g := cursorOf(t, q, "a")
	expect(t, take(t, g, 20), numbered(0, 20))
	errs.once(t, `cursor "a": messages 8 to 9 of the stream were passed over by the server and read from another replica: 2 of them`)
	errs.once(t, `cursor "a": messages 13 to 13 of the stream were passed over by the server and read from another replica: 1 of them`)
	adds(t, "cursor", g.Stats(), sluice.Stats{Accepted: 20, Delivered: 20})
	return q, g, &errs
}

// TestReplicaSharedWork: where several share the work none can tell what the others
// should have been given, and each tells that somebody should have.
func TestReplicaSharedWork(t *testing.T) {
	t.Parallel()
	reopen := flipped(t, 1, "message 8")
	var errs [2]told
	var getters []queue.Getter
	for i := range errs {
		getters = append(getters, cursorOf(t, reopen(&errs[i], true), "a"))
	}
	var got []string
	for len(got) < 19 {
		got = append(got, take(t, getters[len(got)%2], 1)...)
	}
	expect(t, got, append(numbered(0, 8), numbered(9, 20)...))
	errs[0].once(t, `cursor "a": of messages 8 to 9 of the stream 1 were given to nobody`)
	errs[1].once(t, `cursor "a": of messages 9 to 10 of the stream 1 were given to nobody`)
}

// TestNoReplica: what no server has any more is reported and counted, and the servers
// are not asked for it without end.
func TestNoReplica(t *testing.T) {
	t.Parallel()
	var errs told
	q := flipped(t, 3, "message 7", "message 8", "message 12")(&errs, false)
	var questions atomic.Int64
	if _, err := q.conn.Subscribe("$JS.API.DIRECT.GET.>", func(*nats.Msg) { questions.Add(1) }); err != nil {
		t.Fatal(err)
	}
	g := cursorOf(t, q, "a")
	begun := time.Now()
	want := append(numbered(0, 7), numbered(9, 12)...)
	expect(t, take(t, g, 17), append(want, numbered(13, 20)...))
	errs.once(t, `cursor "a": records 8 to 9 of web are missing`)
	errs.once(t, `cursor "a": records 13 to 13 of web are missing`)
	// Once a second, and at the beginning and the end of each of two gaps.
	if n, took := questions.Load(), time.Since(begun); n == 0 || n > asks*int64(took/lookEvery+4) {
		t.Errorf("the servers were asked %d times in %v", n, took)
	}
	adds(t, "cursor", g.Stats(), sluice.Stats{Accepted: 20, Delivered: 17, Dropped: map[string]uint64{Missing: 3}})
}

// TestReplicaReaderDies: a reader that dies with what another replica had, or after it,
// leaves it and all that follows to the next one.
func TestReplicaReaderDies(t *testing.T) {
	t.Parallel()
	reopen := flipped(t, 1, "message 7", "message 8")
	var errs told
	for _, c := range []struct{ settled, next int }{{7, 7}, {1, 8}} {
		q := reopen(&errs, false)
		g := cursorOf(t, q, "a")
		take(t, g, c.settled)
		expect(t, texts(get(t, g, 1)), numbered(c.next, c.next+1))
		q.conn.Close() // nothing is given back
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, take(t, cursorOf(t, reopen(&errs, false), "a"), 13), numbered(7, 20))
}

// TestReplicaOfDamaged: a batch that comes damaged is read from a replica that has it as
// it was written.
func TestReplicaOfDamaged(t *testing.T) {
	for _, text := range []string{"message 3", "web"} { // of the body, and of the header
		t.Run(text, func(t *testing.T) {
			var errs told
			q := open(t, one(t, nil).ClientURL(), Options{Producer: "web", OnError: errs.add, BatchDelay: untilFlush})
			g := cursorOf(t, q, "a")
			put(t, q, 0, 10)
			flush(t, q)
			c := q.cursors[0]
			m, err := c.consumer.Next()
			if err != nil {
				t.Fatal(err)
			}
			if at := bytes.Index(m.Data(), []byte(text)); at >= 0 {
				m.Data()[at] ^= 4
			} else {
				m.Headers().Set(headProducer, "wep")
			}
			q.mu.Lock()
			c.ahead = q.read(m)
			q.mu.Unlock()
			expect(t, take(t, g, 10), numbered(0, 10))
			errs.once(t, `cursor "a": message 1 of the stream came damaged and is read from another replica`)
			adds(t, "cursor", g.Stats(), sluice.Stats{Accepted: 10, Delivered: 10})
			expect(t, drain(t, g), nil)
		})
	}
}
