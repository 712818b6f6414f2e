package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// TestForget: what a destination that is forgotten had not settled is counted by the
// record, whoever put it, and without what it had settled of a batch at hand.
func TestForget(t *testing.T) {
	url := one(t, nil).ClientURL()
	o := Options{BatchDelay: untilFlush}
	q, other := open(t, url, o), open(t, url, o)
	a, b := cursorOf(t, q, "a"), cursorOf(t, q, "b")
	put(t, other, 0, 10)
	flush(t, other)
	put(t, q, 10, 20)
	flush(t, q)
	put(t, q, 20, 25)
	flush(t, q)
	take(t, a, 25)
	take(t, b, 10)
	if err := get(t, b, 7).Ack(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	if n, err := q.Forget(t.Context(), "b"); n != 11 || err != nil {
		t.Errorf("forgot %d, %v, want 11", n, err)
	}
	if names, err := q.Cursors(t.Context()); err != nil || !slices.Equal(names, []string{"a"}) {
		t.Errorf("cursors %q, %v", names, err)
	}
	// The 15 that were put here count once, those of the other once for each cursor.
	want := sluice.Stats{Accepted: 35, Delivered: 24, Dropped: map[string]uint64{queue.Forgotten: 11}}
	adds(t, "queue", q.Stats(), want)
	if n, err := q.Forget(t.Context(), "b"); n != 0 || err != nil {
		t.Errorf("once more: %d, %v", n, err)
	}
	// One that only a former program had.
	cursorOf(t, other, "c")
	put(t, q, 25, 28)
	flush(t, q)
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := q.Forget(t.Context(), "c"); n != 3 || err != nil {
		t.Errorf("forgot %d, %v, want 3", n, err)
	}
	take(t, a, 3)
	want.Accepted, want.Delivered = want.Accepted+6, want.Delivered+3 // of c, which was no cursor of q, too
	want.Dropped[queue.Forgotten] += 3
	adds(t, "queue", q.Stats(), want)
}

// TestForgetMost: nor counts what was settled twice when that was most of a batch, nor
// anything that was never there when the server gives the batch damaged.
func TestForgetMost(t *testing.T) {
	for _, c := range []struct {
		name    string
		dropped uint64
		damage  func(*settledPart)
	}{
		{"as it was", 4, func(*settledPart) {}},
		{"damaged", 0, func(p *settledPart) { p.n = 20 }}, // more than can be told of it
	} {
		t.Run(c.name, func(t *testing.T) {
			q := open(t, one(t, nil).ClientURL(), Options{BatchDelay: untilFlush})
			a, b := cursorOf(t, q, "a"), cursorOf(t, q, "b")
			put(t, q, 0, 10)
			flush(t, q)
			take(t, a, 10)
			if err := get(t, b, 10).Ack(t.Context(), 6); err != nil {
				t.Fatal(err)
			}
			part := q.leave("b", queue.Forgotten)
			c.damage(&part)
			n, err := q.forget(t.Context(), "b", part, func(map[string]string) bool { return true })
			if n != c.dropped || err != nil {
				t.Errorf("forgot %d, %v, want %d", n, err, c.dropped)
			}
			adds(t, "queue", q.Stats(), sluice.Stats{Accepted: 10, Delivered: 6, Dropped: map[string]uint64{queue.Forgotten: 4}})
		})
	}
}

// TestForgetAfter: a cursor that one program leaves another one keeps, and loses
// nothing; what waits when nobody has it any more is dropped in the end, counted to the
// record, and told.
func TestForgetAfter(t *testing.T) {
	url := one(t, nil).ClientURL()
	var errs told
	o := Options{Shared: true, ForgetAfter: time.Hour, BatchDelay: untilFlush, OnError: errs.add}
	one, other := open(t, url, o), open(t, url, o)
	const name = "handler mail"
	cursorOf(t, one, name)
	theirs := cursorOf(t, other, name)
	cursorOf(t, one, "file")
	start := time.Now()
	after := func(minutes int) (names []string) {
		t.Helper()
		for _, q := range []*Queue{one, other} {
			if err := q.lookAround(start.Add(time.Duration(minutes)*time.Minute), true); err != nil {
				t.Fatal(err)
			}
		}
		names, err := one.Cursors(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(names)
		return names
	}
	both := []string{"file", name}

	one.Leave(name)
	put(t, one, 0, 10)
	flush(t, one)
	for at := range 5 {
		if got := after(at * 30); !slices.Equal(got, both) {
			t.Errorf("after %d minutes there are %q", at*30, got)
		}
	}
	expect(t, take(t, theirs, 10), numbered(0, 10))

	put(t, one, 10, 15)
	flush(t, one)
	get(t, theirs, 5) // and not settled
	other.Leave(name)
	put(t, one, 15, 20)
	flush(t, one)
	if got := after(175); !slices.Equal(got, both) {
		t.Errorf("after 175 minutes there are %q", got)
	}
	if got := errs.all(); len(got) > 0 {
		t.Errorf("told %q", got)
	}
	if got := after(185); !slices.Equal(got, both[:1]) {
		t.Errorf("after 185 minutes there are %q", got)
	}
	errs.once(t, `cursor "handler mail": nobody has it any more; 10 records that waited for it were dropped`)
	st := one.Stats()
	adds(t, "who forgot it", st, sluice.Stats{Accepted: 30, Delivered: 20, Dropped: map[string]uint64{queue.Forgotten: 10}})
}

// TestAttends: all that by itself.
func TestAttends(t *testing.T) {
	url := one(t, nil).ClientURL()
	former := open(t, url, Options{ForgetAfter: time.Hour})
	cursorOf(t, former, "a")
	put(t, former, 0, 3)
	flush(t, former)
	if err := former.Close(); err != nil {
		t.Fatal(err)
	}
	expire(t, url, "a")
	dropped := make(chan *ForgottenError, 1)
	open(t, url, Options{ForgetAfter: 100 * time.Millisecond, OnError: func(err error) {
		var gone *ForgottenError
		if errors.As(err, &gone) {
			dropped <- gone
		}
	}})
	select {
	case gone := <-dropped:
		if gone.Cursor != "a" || gone.Records != 3 {
			t.Errorf("%+v", gone)
		}
	case <-time.After(patience):
		t.Error("it is not forgotten")
	}
}

// expire makes the time over for which a cursor is kept.
func expire(t *testing.T, url, name string) {
	t.Helper()
	s := stream(t, url, "sluice")
	c, err := s.Consumer(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	late := c.CachedInfo().Config
	late.Metadata[metaUntil] = time.Now().Add(-time.Hour).Format(time.RFC3339Nano)
	if _, err := s.UpdateConsumer(t.Context(), late); err != nil {
		t.Fatal(err)
	}
}

// TestForgetAfterReturn: who comes back late finds its cursor.
func TestForgetAfterReturn(t *testing.T) {
	url := one(t, nil).ClientURL()
	o := Options{ForgetAfter: time.Hour}
	q := open(t, url, o)
	cursorOf(t, q, "a")
	put(t, q, 0, 3)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	expire(t, url, "a")
	q = open(t, url, o)
	if err := q.lookAround(time.Now(), false); err != nil { // not yet
		t.Fatal(err)
	}
	g := cursorOf(t, q, "a")
	if err := q.lookAround(time.Now(), true); err != nil {
		t.Fatal(err)
	}
	expect(t, take(t, g, 3), numbered(0, 3))
}

// TestLeave: what a program has at hand that leaves a cursor goes to another one.
func TestLeave(t *testing.T) {
	url := one(t, nil).ClientURL()
	o := Options{Shared: true, AckWait: time.Hour, BatchDelay: untilFlush}
	one, other := open(t, url, o), open(t, url, o)
	g := cursorOf(t, one, "a")
	put(t, one, 0, 5)
	flush(t, one)
	get(t, g, 5)
	one.Leave("a")
	if _, err := g.Get(t.Context(), 1); !errors.Is(err, queue.ErrSettled) {
		t.Errorf("Get of a cursor that was left gave %v, want ErrSettled", err)
	}
	expect(t, take(t, cursorOf(t, other, "a"), 5), numbered(0, 5))
	one.Leave("a") // twice is fine
	adds(t, "who left", one.Stats(), sluice.Stats{Accepted: 5, Delivered: 5})
}

// TestLeaveWhileAsked: a question after records that is on its way when a cursor is
// left keeps nothing from others.
func TestLeaveWhileAsked(t *testing.T) {
	url := one(t, nil).ClientURL()
	o := Options{Shared: true, AckWait: time.Hour}
	one, other := open(t, url, o), open(t, url, o)
	g := cursorOf(t, one, "a")
	ended := make(chan error)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, err := g.Get(ctx, 1)
		ended <- err
	}()
	s := stream(t, url, "sluice")
	asked := func() bool {
		c, err := s.Consumer(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		return c.CachedInfo().NumWaiting > 0
	}
	until(t, "asked", asked)
	one.Leave("a")
	if err := <-ended; !errors.Is(err, queue.ErrSettled) {
		t.Errorf("Get gave %v, want ErrSettled", err)
	}
	until(t, "taken back", func() bool { return !asked() })
	putEach(t, other, 0, 20)
	got := take(t, cursorOf(t, other, "a"), 20)
	slices.Sort(got)
	want := numbered(0, 20)
	slices.Sort(want)
	expect(t, got, want)
}

func TestKeeps(t *testing.T) {
	now := time.Now()
	at := func(d time.Duration) string { return now.Add(d).UTC().Format(time.RFC3339Nano) }
	for _, c := range []struct {
		after     time.Duration
		had, want string
		renewed   bool
	}{
		{0, "", never, true},
		{0, at(time.Hour), never, true},
		{0, never, never, false},
		{time.Hour, never, never, false},
		{time.Hour, "", at(time.Hour), true},
		{time.Hour, "what", at(time.Hour), true},
		{time.Hour, at(-time.Minute), at(time.Hour), true},
		{time.Hour, at(44 * time.Minute), at(time.Hour), true},
		{time.Hour, at(46 * time.Minute), at(46 * time.Minute), false},
		{time.Hour, at(5 * time.Hour), at(5 * time.Hour), false},
	} {
		had := map[string]string{metaCursor: "x", metaUntil: c.had, "other": "stays"}
		o := Options{ForgetAfter: c.after}
		got, renewed := o.keeps(had, "x", now)
		if got[metaUntil] != c.want || renewed != c.renewed || got["other"] != "stays" || had[metaUntil] != c.had {
			t.Errorf("%v, %q: %v, %v", c.after, c.had, got, renewed)
		}
	}
	if over(map[string]string{metaUntil: never}, now) || over(nil, now) || over(map[string]string{metaUntil: at(time.Minute)}, now) || !over(map[string]string{metaUntil: at(-time.Minute)}, now) {
		t.Error("what is over is told wrongly")
	}
}

// TestConsumerName: whatever a destination is called, the server takes the name, and
// no two share one.
func TestConsumerName(t *testing.T) {
	q := open(t, one(t, nil).ClientURL(), Options{})
	names := []string{"", "=", "a b", "a.b", "a*", ">", "a/b\\c", "\x00\n", "handler file", strings.Repeat("é", 500), strings.Repeat("é", 499) + "e", strings.Repeat("x", 1000)}
	for _, name := range names {
		cursorOf(t, q, name)
	}
	got, err := q.Cursors(t.Context())
	slices.Sort(got)
	slices.Sort(names)
	if err != nil || !slices.Equal(got, names) {
		t.Errorf("cursors %q, %v", got, err)
	}
}

// TestForgetTogether: programs that forget a cursor at the same time count each record
// once between them.
func TestForgetTogether(t *testing.T) {
	const programs, records = 3, 60
	url := one(t, nil).ClientURL()
	var dropped atomic.Uint64
	o := Options{Shared: true, ForgetAfter: time.Hour, OnError: func(err error) {
		var gone *ForgottenError
		if !errors.As(err, &gone) {
			t.Errorf("told %v", err)
			return
		}
		dropped.Add(gone.Records)
	}}
	for round := range 5 {
		o.Stream = fmt.Sprint("round", round) // what the one before has left may be removed at any time
		var all []*Queue
		for range programs {
			all = append(all, open(t, url, o))
		}
		cursorOf(t, all[0], "a")
		putEach(t, all[0], 0, records)
		all[0].Leave("a")
		var wg sync.WaitGroup
		for _, q := range all {
			wg.Go(func() {
				if err := q.lookAround(time.Now().Add(2*time.Hour), true); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := dropped.Swap(0); n != records {
			t.Fatalf("round %d: %d dropped, want %d", round, n, records)
		}
	}
}
