package spool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// broken puts a file in the place of the active segment's that cannot be written,
// and returns what mends it.
func broken(t *testing.T, s *Spool) (mend func()) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	whole := s.active.file
	readOnly, err := os.Open(s.active.path)
	if err != nil {
		t.Fatal(err)
	}
	s.active.file = readOnly
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.active.file = whole
		if err := readOnly.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestDiskRefuses: what the disk refuses is told by Flush, waits in memory up to the
// bound, and is there, in order, when the disk takes it again.
func TestDiskRefuses(t *testing.T) {
	s := open(t, newDir(t), Options{})
	g := cursorOf(t, s, "a")
	put(t, s, "before")
	flush(t, s)
	mend := broken(t, s)
	put(t, s, numbered(0, 10)...)
	if err := s.Flush(t.Context()); err == nil {
		t.Error("Flush says that it is safe")
	}
	if got := drainSome(g); !slices.Equal(got, []string{"before"}) {
		t.Errorf("got %q", got)
	}
	held, refused := 0, 0
	for i := range 3 * maxPending / 1000 {
		if err := s.Put(t.Context(), long(i)); err == nil {
			held++
		} else {
			refused++
		}
	}
	if held == 0 || refused == 0 || s.stage.Load().bytes()+len(s.pending) > maxPending {
		t.Errorf("%d taken and %d refused, %d bytes wait", held, refused, len(s.pending))
	}
	mend()
	flush(t, s)
	if got := drain(t, g); len(got) != 10+held || !slices.Equal(got[:10], numbered(0, 10)) {
		t.Errorf("got %d records, want %d", len(got), 10+held)
	}
	n := uint64(11 + held + refused)
	adds(t, "mended", s.Stats(), sluice.Stats{Accepted: n, Delivered: uint64(11 + held), Dropped: map[string]uint64{Refused: uint64(refused)}})
}

// drainSome is drain that ends with the first error.
func drainSome(g queue.Getter) []string {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	var got []string
	for {
		b, err := g.Get(now, 100)
		if err != nil {
			return got
		}
		for _, r := range b.Records() {
			got = append(got, r.Message)
		}
		_ = b.Ack(now, len(b.Records()))
	}
}

// TestFullAtTheEnd: of what a disk that fills up took, the records that are whole are
// there, for who reads and for the next Open, which finds nothing damaged; the others
// are counted when the spool is closed.
func TestFullAtTheEnd(t *testing.T) {
	for _, read := range []bool{true, false} {
		dir := newDir(t)
		s := open(t, dir, Options{})
		g := cursorOf(t, s, "a")
		put(t, s, "before")
		flush(t, s)
		put(t, s, numbered(0, 10)...)
		room := 0 // for two records and a half
		s.writeAt = func(f *os.File, p []byte, at int64) (int, error) {
			if room == 0 {
				room = len(p) / 4
			} else {
				p = nil // the disk is full
			}
			n, err := f.WriteAt(p[:min(room, len(p))], at)
			return n, errors.Join(err, syscall.ENOSPC)
		}
		if err := s.Flush(t.Context()); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Flush gave %v", err)
		}
		want := []string{"before", "message 0", "message 1"}
		left := sluice.Stats{Accepted: 11, Held: 3, Dropped: map[string]uint64{Refused: 8}}
		if read {
			if got := drainSome(g); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			want, left.Held, left.Delivered = nil, 0, 3
		}
		if err := s.Close(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "8 records were not written") {
			t.Errorf("Close gave %v", err)
		}
		adds(t, "closed", s.Stats(), left)
		adds(t, "the cursor", g.(*getter).Stats(), left)
		again := open(t, dir, Options{})
		if got := drain(t, cursorOf(t, again, "a")); !slices.Equal(got, want) {
			t.Errorf("opened again: got %q, want %q", got, want)
		}
	}
}

// TestNoDirectory: a segment that cannot be made costs nothing but time.
func TestNoDirectory(t *testing.T) {
	dir := newDir(t)
	s := open(t, dir, Options{})
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	put(t, s, "one")
	if err := s.Flush(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Flush gave %v", err)
	}
	if err := os.Rename(dir+".away", dir); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	if got := drain(t, cursorOf(t, s, "a")); !slices.Equal(got, []string{"one"}) {
		t.Errorf("got %q", got)
	}
}

// TestFailedSync: after a failed fsync the next one that succeeds says nothing about
// what was written before; the records must be written anew.
func TestFailedSync(t *testing.T) {
	dir := newDir(t)
	s := open(t, dir, Options{Durable: true})
	g := cursorOf(t, s, "a")
	put(t, s, "one")
	flush(t, s)
	var synced []uint64
	fail := 2 // the sync, and that of the file written anew
	s.fsync = func(f *os.File) error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if fail > 0 {
			fail--
			return errors.New("input/output error")
		}
		synced = append(synced, uint64(info.Size()))
		return f.Sync()
	}
	before, err := os.Stat(filepath.Join(dir, segmentName(1)))
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "two")
	if err := s.Flush(t.Context()); err == nil {
		t.Error("a failed fsync was taken for a success")
	}
	put(t, s, "three")
	fail = 1
	flush(t, s)
	after, err := os.Stat(filepath.Join(dir, segmentName(1)))
	if err != nil {
		t.Fatal(err)
	}
	if os.SameFile(before, after) || len(synced) == 0 || synced[0] != uint64(after.Size()) {
		t.Errorf("synced %v of %d bytes, not written anew", synced, after.Size())
	}
	flush(t, s)
	if got := drain(t, g); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("got %q", got)
	}
}

// TestFlushIsShared: those who flush while a sync runs share the next one.
func TestFlushIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newDir(t), Options{Durable: true})
		syncs, gate := 0, make(chan struct{})
		s.fsync = func(f *os.File) error {
			if syncs++; syncs == 1 {
				<-gate
			}
			return f.Sync()
		}
		var all sync.WaitGroup
		flushed := func(i int) {
			all.Go(func() {
				if err := s.Put(t.Context(), long(i)); err != nil {
					t.Error(err)
				}
				if err := s.Flush(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		flushed(0)
		synctest.Wait() // in its sync, which does not cover what comes now
		for i := range 15 {
			flushed(1 + i)
		}
		synctest.Wait()
		close(gate)
		all.Wait()
		if syncs != 2 {
			t.Errorf("%d syncs for one flush and 15 that came meanwhile", syncs)
		}
	})
}

// TestFlushGivesUp: a disk that hangs holds up nobody who has a deadline.
func TestFlushGivesUp(t *testing.T) {
	s := open(t, newDir(t), Options{Durable: true})
	inside, gate := make(chan struct{}), make(chan struct{})
	s.fsync = func(f *os.File) error {
		close(inside)
		<-gate
		return f.Sync()
	}
	put(t, s, "one")
	ended := make(chan error)
	go func() { ended <- s.Flush(context.Background()) }()
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Flush gave %v", err)
	}
	put(t, s, "two") // Put does not wait for the disk
	s.fsync = (*os.File).Sync
	close(gate)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
