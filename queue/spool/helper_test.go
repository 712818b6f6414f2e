package spool

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/queuetest"
)

// newDir is a directory for a spool, which is not there.
func newDir(t testing.TB) string { return filepath.Join(t.TempDir(), "spool") }

// errorsTold collects what OnError is told.
type errorsTold struct {
	mu   sync.Mutex
	errs []error
}

func (e *errorsTold) add(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.errs = append(e.errs, err)
}

func (e *errorsTold) all() []error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]error(nil), e.errs...)
}

// open opens a spool, of which no error is expected unless o says who is told.
func open(t testing.TB, dir string, o Options) *Spool {
	t.Helper()
	if o.OnError == nil {
		o.OnError = func(err error) { t.Errorf("OnError: %v", err) }
	}
	s, err := Open(dir, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func closeSpool(t testing.TB, s *Spool) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, s *Spool, messages ...string) {
	t.Helper()
	for _, m := range messages {
		if err := s.Put(context.Background(), &sluice.Record{Message: m}); err != nil {
			t.Fatalf("put %q: %v", m, err)
		}
	}
}

func flush(t testing.TB, s *Spool) {
	t.Helper()
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func numbered(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("message %d", i))
	}
	return all
}

func cursorOf(t testing.TB, s *Spool, name string) queue.Getter {
	t.Helper()
	return queuetest.Cursor(t, s, name)
}

func drain(t testing.TB, g queue.Getter) []string {
	t.Helper()
	return queuetest.Drain(t, g)
}

// adds checks a ledger, and that it adds up.
func adds(t testing.TB, what string, got, want sluice.Stats) {
	t.Helper()
	sum := got.Delivered + got.Held
	for _, n := range got.Dropped {
		sum += n
	}
	if sum != got.Accepted {
		t.Errorf("%s: accepted %d, but the rest is %d: %+v", what, got.Accepted, sum, got)
	}
	if fmt.Sprint(got.Accepted, got.Delivered, got.Held) != fmt.Sprint(want.Accepted, want.Delivered, want.Held) {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
	for _, dropped := range []map[string]uint64{got.Dropped, want.Dropped} {
		for reason := range dropped {
			if got.Dropped[reason] != want.Dropped[reason] {
				t.Errorf("%s: dropped %v, want %v", what, got.Dropped, want.Dropped)
			}
		}
	}
}
