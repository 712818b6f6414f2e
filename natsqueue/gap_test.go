package natsqueue

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice"
)

// others is another connection.
func others(t testing.TB, url string) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(url, nats.Timeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// stream is the stream of a queue, by another connection.
func stream(t testing.TB, url, name string) jetstream.Stream {
	t.Helper()
	s, err := others(t, url).Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestGap: what somebody removed from the middle of the stream is reported, by its
// numbers, and counted; the rest comes.
func TestGap(t *testing.T) {
	url := one(t, nil).ClientURL()
	var errs told
	q := open(t, url, Options{OnError: errs.add, Producer: "web", BatchDelay: untilFlush})
	g := cursorOf(t, q, "a")
	put(t, q, 0, 10)
	flush(t, q)
	putEach(t, q, 10, 20)
	s := stream(t, url, "sluice")
	for _, seq := range []uint64{4, 5, 6} { // the first has ten
		if err := s.DeleteMsg(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, take(t, g, 17), append(numbered(0, 12), numbered(15, 20)...))
	errs.once(t, `cursor "a": records 13 to 15 of web are missing`)
	want := sluice.Stats{Accepted: 20, Delivered: 17, Dropped: map[string]uint64{Missing: 3}}
	adds(t, "cursor", g.Stats(), want)
	adds(t, "queue", q.Stats(), want)
}

// TestGapAmongOthers: in a stream of several subjects what others have in between is no
// gap, and a gap is found all the same.
func TestGapAmongOthers(t *testing.T) {
	url := one(t, nil).ClientURL()
	config := jetstream.StreamConfig{Name: "logs", Subjects: []string{"web", "mail"}, Discard: jetstream.DiscardNew, AllowDirect: true}
	s, err := others(t, url).CreateStream(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	var errs told
	web := open(t, url, Options{Stream: "logs", Subject: "web", Producer: "web", OnError: errs.add})
	mail := open(t, url, Options{Stream: "logs", Subject: "mail", OnError: errs.add})
	g, h := cursorOf(t, web, "web"), cursorOf(t, mail, "mail")
	for i := range 10 {
		putEach(t, web, i, i+1)
		putEach(t, mail, i, i+1)
	}
	if err := s.DeleteMsg(t.Context(), 9); err != nil { // the fifth of web
		t.Fatal(err)
	}
	expect(t, take(t, g, 9), append(numbered(0, 4), numbered(5, 10)...))
	expect(t, take(t, h, 10), numbered(0, 10))
	if want := []string{`natsqueue logs: cursor "web": records 5 to 5 of web are missing`}; !slices.Equal(errs.all(), want) {
		t.Errorf("told of %q, want %q", errs.all(), want)
	}
}

// TestGapWhileAway: a reader that knows nothing of the producer finds out that what
// had to come to it is missing.
func TestGapWhileAway(t *testing.T) {
	url := one(t, nil).ClientURL()
	q := open(t, url, Options{Producer: "web"})
	putEach(t, q, 0, 3)
	var errs told
	reader := open(t, url, Options{OnError: errs.add})
	expect(t, take(t, cursorOf(t, reader, "a"), 2), numbered(0, 2))
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	putEach(t, q, 3, 6)
	s := stream(t, url, "sluice")
	for _, seq := range []uint64{3, 4, 5} {
		if err := s.DeleteMsg(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	reader = open(t, url, Options{OnError: errs.add})
	g := cursorOf(t, reader, "a")
	expect(t, take(t, g, 1), numbered(5, 6))
	// Of those before the last one nobody knows how many there were.
	errs.once(t, `cursor "a": records 5 to 5 of web are missing`)
	adds(t, "cursor", g.Stats(), sluice.Stats{Accepted: 2, Delivered: 1, Dropped: map[string]uint64{Missing: 1}})
}

// TestPurgedBeforeTheCursor: what is gone before there was a cursor is no gap.
func TestPurgedBeforeTheCursor(t *testing.T) {
	url := one(t, nil).ClientURL()
	q := open(t, url, Options{})
	putEach(t, q, 0, 5)
	if err := stream(t, url, "sluice").Purge(t.Context(), jetstream.WithPurgeSequence(4)); err != nil {
		t.Fatal(err)
	}
	reader := open(t, url, Options{})
	expect(t, take(t, cursorOf(t, reader, "a"), 2), numbered(3, 5))
}

// TestFlippedInTransit: a record that is not as it was written is set aside, and
// those around it come.
func TestFlippedInTransit(t *testing.T) {
	for _, json := range []bool{false, true} {
		t.Run(map[bool]string{false: "pickle", true: "json"}[json], func(t *testing.T) {
			url := one(t, nil).ClientURL()
			var errs told
			q := open(t, url, Options{OnError: errs.add, Producer: "web", JSON: json, DeadLetters: "dead", BatchDelay: untilFlush})
			put(t, q, 0, 10)
			flush(t, q)
			s := stream(t, url, "sluice")
			m, err := s.GetMsg(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			flipped := bytes.Replace(m.Data, []byte("message 3"), []byte("message 2"), 1)
			h := nats.Header{}
			for k, v := range m.Header {
				if k != jetstream.MsgIDHeader {
					h[k] = v
				}
			}
			if err := s.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := q.conn.PublishMsg(&nats.Msg{Subject: m.Subject, Header: h, Data: flipped}); err != nil {
				t.Fatal(err)
			}
			g := cursorOf(t, q, "a")
			expect(t, take(t, g, 9), append(numbered(0, 3), numbered(4, 10)...))
			errs.once(t, `cursor "a": records 4 to 4 of web: damaged: the checksum is wrong`)
			adds(t, "cursor", g.Stats(), sluice.Stats{Accepted: 10, Delivered: 9, Dropped: map[string]uint64{Damaged: 1}})
		})
	}
}

// TestNoBatch: what others publish under the subject does not stop a reader.
func TestNoBatch(t *testing.T) {
	url := one(t, nil).ClientURL()
	var errs told
	q := open(t, url, Options{OnError: errs.add, DeadLetters: "dead"})
	g := cursorOf(t, q, "a")
	if err := q.conn.Publish("sluice.records", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	putEach(t, q, 0, 2)
	expect(t, take(t, g, 2), numbered(0, 2))
	errs.once(t, "message 1 of the stream: no batch of sluice")
	dead := stream(t, url, "sluice-dead")
	m, err := dead.GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Data) != "hello" || m.Header.Get(headReason) != Damaged {
		t.Errorf("dead letter %q %v", m.Data, m.Header)
	}
}

// TestFlippedOnDisk: of a bit that flips in a file of the server, what it costs is
// found and reported at the next read.
func TestFlippedOnDisk(t *testing.T) {
	n := one(t, nil)
	q := open(t, n.ClientURL(), Options{Producer: "web"})
	putEach(t, q, 0, 20)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	blocks := stored(t, n)
	n.Stop()
	flip(t, blocks[0], "message 7")
	// The index knows nothing of it.
	if err := n.Restart(); err != nil {
		t.Fatal(err)
	}
	var errs told
	q = open(t, n.ClientURL(), Options{Producer: "web", OnError: errs.add})
	g := cursorOf(t, q, "a")
	putEach(t, q, 20, 22)
	var got []string
	until(t, "the last record", func() bool {
		got = append(got, take(t, g, 1)...)
		return slices.Contains(got, "message 21")
	})
	expect(t, got, append(numbered(0, 7), numbered(8, 22)...))
	errs.once(t, "records 8 to 8 of web are missing")
}

// TestHeaderNumbers: a batch whose numbers are too large for what it holds is no
// batch.
func TestHeaderNumbers(t *testing.T) {
	for _, h := range []header{
		{first: 0, count: 1},
		{first: 1, count: 0},
		{first: 1, count: maxCount + 1},
		{first: ^uint64(0), count: 2},
		{first: 3, count: 1, previous: former{1, 4}},
	} {
		h.sums = make([]byte, h.count*sumSize)
		binary.BigEndian.PutUint32(append(h.sums, 0, 0, 0, 0), 0)
		to := nats.Header{}
		h.set(to)
		if got, err := parseHeader(to); err == nil {
			t.Errorf("%+v is taken for %+v", h, got)
		}
	}
}
