package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/queue"
)

// small is a spool that holds few records: in segments of 4 KiB.
const small = 16 << 10

func long(i int) *sluice.Record {
	return &sluice.Record{Message: fmt.Sprintf("%d %s", i, strings.Repeat("x", 1000))}
}

// fill puts records until one is refused, and tells how many were not.
func fill(t *testing.T, s *Spool) int {
	t.Helper()
	for i := range 1000 {
		if err := s.Put(t.Context(), long(i)); errors.Is(err, queue.ErrFull) {
			return i
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("it does not get full")
	return 0
}

func onDisk(t *testing.T, dir string) int64 {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(e.Name(), suffix) {
			size += info.Size()
		}
	}
	return size
}

func TestDropNewest(t *testing.T) {
	dir := newDir(t)
	s := open(t, dir, Options{MaxBytes: small, Full: queue.DropNewest})
	g := cursorOf(t, s, "a")
	n := fill(t, s)
	flush(t, s)
	if size := onDisk(t, dir); size > small || size < small/2 {
		t.Errorf("%d bytes on disk, of %d", size, small)
	}
	adds(t, "full", s.Stats(), sluice.Stats{Accepted: uint64(n + 1), Held: uint64(n), Dropped: map[string]uint64{queue.Full: 1}})
	if got := drain(t, g); len(got) != n {
		t.Errorf("got %d records, want %d", len(got), n)
	}
	put(t, s, "room again")
}

func TestDropOldest(t *testing.T) {
	const n = 200
	dir := newDir(t)
	s := open(t, dir, Options{MaxBytes: small, Full: queue.DropOldest})
	g, idle := cursorOf(t, s, "a"), cursorOf(t, s, "idle")
	if err := s.Put(t.Context(), long(0)); err != nil {
		t.Fatal(err)
	}
	taken, err := g.Get(t.Context(), 1) // and not settled, while its segment is dropped
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < n; i++ {
		if err := s.Put(t.Context(), long(i)); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
	if size := onDisk(t, dir); size > small {
		t.Errorf("%d bytes on disk, of %d", size, small)
	}
	if len(taken.Records()) != 1 || !strings.HasPrefix(taken.Records()[0].Message, "0 ") {
		t.Errorf("taken: %+v", taken.Records())
	}
	if err := taken.Ack(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for name, g := range map[string]queue.Getter{"a": g, "idle": idle} {
		lost := g.Stats().Dropped[queue.Full]
		got := drain(t, g)
		if len(got) == 0 || !strings.HasPrefix(got[len(got)-1], fmt.Sprint(n-1)) {
			t.Errorf("%s: got %d records, not those that are young", name, len(got))
		}
		adds(t, name, g.Stats(), sluice.Stats{Accepted: n, Delivered: n - lost, Dropped: map[string]uint64{queue.Full: lost}})
	}
	st := s.Stats()
	adds(t, "spool", st, sluice.Stats{Accepted: n, Delivered: n - st.Dropped[queue.Full], Dropped: st.Dropped})
}

func TestBlockIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newDir(t), Options{MaxBytes: small, Wait: time.Minute})
		g := cursorOf(t, s, "a")
		began := time.Now()
		n := fill(t, s)
		if waited := time.Since(began); waited != time.Minute {
			t.Errorf("Put waited %v", waited)
		}
		ended := make(chan error)
		go func() { ended <- s.Put(context.Background(), long(n)) }()
		synctest.Wait()
		if got := drain(t, g); len(got) < n {
			t.Errorf("got %d records, want %d", len(got), n)
		}
		if err := <-ended; err != nil {
			t.Errorf("Put that waited for room: %v", err)
		}
		closeSpool(t, s)
	})
}

func TestCloseEndsPut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newDir(t), Options{MaxBytes: small, Full: queue.DropNewest})
		n := fill(t, s)
		s.options.Full = queue.Block
		ended := make(chan error)
		go func() { ended <- s.Put(context.Background(), long(n)) }()
		synctest.Wait()
		closeSpool(t, s)
		if err := <-ended; !errors.Is(err, sluice.ErrClosed) {
			t.Errorf("Put gave %v, want ErrClosed", err)
		}
	})
}

// TestAbsent: a destination that nobody reads for does not stop the others when the
// spool is full.
func TestAbsent(t *testing.T) {
	dir := newDir(t)
	s := open(t, dir, Options{MaxBytes: small})
	cursorOf(t, s, "absent")
	closeSpool(t, s)
	s = open(t, dir, Options{MaxBytes: small})
	g := cursorOf(t, s, "a")
	const n = 100
	for i := range n {
		if err := s.Put(t.Context(), long(i)); err != nil {
			t.Fatal(err)
		}
		if got := drain(t, g); len(got) != 1 {
			t.Fatalf("got %q", got)
		}
	}
	adds(t, "a", g.Stats(), sluice.Stats{Accepted: n, Delivered: n})
	absent := cursorOf(t, s, "absent")
	st := absent.Stats()
	if st.Dropped[queue.Behind] == 0 || st.Held == 0 || len(drain(t, absent)) != int(st.Held) {
		t.Errorf("absent: %+v", st)
	}
	st = s.Stats()
	adds(t, "spool", st, sluice.Stats{Accepted: n, Delivered: n - st.Dropped[queue.Behind], Dropped: st.Dropped})
}

// TestBehind: with Behind, a destination that takes nothing does not stop those that do
// when the spool is full; if none takes any, Put waits.
func TestBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newDir(t), Options{MaxBytes: small, Behind: true, Wait: time.Minute})
		g, down := cursorOf(t, s, "a"), cursorOf(t, s, "down")
		const n = 100
		for i := range n {
			if err := s.Put(t.Context(), long(i)); err != nil {
				t.Fatal(err)
			}
			if got := drain(t, g); len(got) != 1 {
				t.Fatalf("got %q", got)
			}
		}
		adds(t, "a", g.Stats(), sluice.Stats{Accepted: n, Delivered: n})
		st := down.Stats()
		if st.Dropped[queue.Behind] == 0 || st.Held == 0 {
			t.Errorf("down: %+v", st)
		}
		if fill(t, s) == 0 { // which ends when one was refused, after a minute
			t.Error("it was full")
		}
		if again := down.Stats(); again.Dropped[queue.Behind] < st.Dropped[queue.Behind] {
			t.Errorf("down: %+v, then %+v", st, again)
		}
		closeSpool(t, s)
	})
}

func TestTooLarge(t *testing.T) {
	s := open(t, newDir(t), Options{MaxBytes: small})
	err := s.Put(t.Context(), &sluice.Record{Message: strings.Repeat("x", small)})
	if !errors.Is(err, queue.ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
	adds(t, "refused", s.Stats(), sluice.Stats{Accepted: 1, Dropped: map[string]uint64{queue.TooLarge: 1}})
}

func TestMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newDir(t), Options{MaxAge: time.Hour})
		g := cursorOf(t, s, "a")
		put(t, s, "old")
		flush(t, s)
		time.Sleep(30 * time.Minute)
		put(t, s, "young")
		flush(t, s)
		time.Sleep(45 * time.Minute)
		adds(t, "aged", s.Stats(), sluice.Stats{Accepted: 2, Held: 1, Dropped: map[string]uint64{Old: 1}})
		if got := drain(t, g); !slices.Equal(got, []string{"young"}) {
			t.Errorf("got %q", got)
		}
		adds(t, "a", g.Stats(), sluice.Stats{Accepted: 2, Delivered: 1, Dropped: map[string]uint64{Old: 1}})
		closeSpool(t, s)
	})
}

// TestAgeUnread: what nobody reads becomes too old as well.
func TestAgeUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newDir(t)
		s := open(t, dir, Options{MaxAge: time.Hour})
		cursorOf(t, s, "a")
		for range 20 {
			if err := s.Put(t.Context(), long(0)); err != nil {
				t.Fatal(err)
			}
			flush(t, s)
			time.Sleep(10 * time.Minute)
		}
		if size := onDisk(t, dir); size > 9*1200 { // an hour, a quarter, and the last one's
			t.Errorf("%d bytes on disk", size)
		}
		closeSpool(t, s)
	})
}

// TestTooLargeInMemory: a text that is part of a record a thousand times is not written
// a thousand times before the record is refused.
func TestTooLargeInMemory(t *testing.T) {
	s := open(t, newDir(t), Options{})
	text := strings.Repeat("x", 100<<10)
	list := &pyval.List{}
	r := &sluice.Record{Message: "bomb", Attrs: []slog.Attr{slog.Any("list", list)}}
	for i := range 10_000 {
		list.Items = append(list.Items, text)
		r.Attrs = append(r.Attrs, slog.String(strconv.Itoa(i), text))
	}
	for _, r := range []*sluice.Record{r, {Attrs: r.Attrs[1:]}, {Origin: &sluice.Origin{Residue: []pyval.Pair{{Key: "args", Value: list}}}}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := s.Put(t.Context(), r)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, queue.ErrTooLarge) {
			t.Errorf("got %v, want ErrTooLarge", err)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 8*maxPayload {
			t.Errorf("%d bytes were allocated", spent)
		}
	}
}
