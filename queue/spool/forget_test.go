package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// TestForget: nothing is held for a destination that was forgotten, and what it had not
// settled is counted, whether it was taken, given back or not read yet, and also if only
// a former process knew the destination.
func TestForget(t *testing.T) {
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprint("again ", again), func(t *testing.T) {
			dir := newDir(t)
			s := open(t, dir, Options{SegmentBytes: 400})
			gone, a := cursorOf(t, s, "gone"), cursorOf(t, s, "a")
			put(t, s, numbered(0, 10)...)
			batch, err := gone.Get(t.Context(), 6)
			if err != nil {
				t.Fatal(err)
			}
			if err := batch.Ack(t.Context(), 4); err != nil {
				t.Fatal(err)
			}
			drain(t, a)
			adds(t, "held for gone", s.Stats(), sluice.Stats{Accepted: 10, Delivered: 4, Held: 6})
			want := sluice.Stats{Accepted: 11, Delivered: 4, Held: 1, Dropped: map[string]uint64{queue.Forgotten: 6}}
			if again {
				closeSpool(t, s)
				s = open(t, dir, Options{SegmentBytes: 400})
				want.Accepted, want.Delivered = want.Accepted-4, 0
			}
			put(t, s, "new")
			if n, err := s.Forget(t.Context(), "gone"); n != 7 || err != nil {
				t.Errorf("%d records dropped, %v, want 7", n, err)
			}
			if !again {
				if err := batch.Ack(t.Context(), 1); err != queue.ErrSettled {
					t.Errorf("the batch of a cursor that is gone gives %v", err)
				}
			}
			// The new one is held for a, but already known as dropped.
			adds(t, "forgotten", s.Stats(), want)
			if n, err := s.Forget(t.Context(), "gone"); n != 0 || err != nil {
				t.Errorf("once more: %d, %v", n, err)
			}
			if again {
				a = cursorOf(t, s, "a")
			}
			if got := drain(t, a); !slices.Equal(got, []string{"new"}) {
				t.Errorf("a got %q", got)
			}
			want.Held, want.Dropped = 0, map[string]uint64{queue.Forgotten: 7}
			adds(t, "all settled", s.Stats(), want)
			if got, err := s.Cursors(t.Context()); err != nil || !slices.Equal(got, []string{"a"}) {
				t.Errorf("cursors %q, %v", got, err)
			}
		})
	}
}

// TestForgetLast: what the only destination had not settled waits for the next one.
func TestForgetLast(t *testing.T) {
	s := open(t, newDir(t), Options{})
	cursorOf(t, s, "gone")
	put(t, s, "one")
	if n, err := s.Forget(t.Context(), "gone"); n != 0 || err != nil {
		t.Errorf("%d were dropped, %v", n, err)
	}
	adds(t, "nobody's", s.Stats(), sluice.Stats{Accepted: 1, Held: 1})
	if got := drain(t, cursorOf(t, s, "next")); !slices.Equal(got, []string{"one"}) {
		t.Errorf("the next one got %q", got)
	}
	adds(t, "delivered", s.Stats(), sluice.Stats{Accepted: 1, Delivered: 1})
}

// TestForgetAgain: a cursor that could not be removed can be when the disk lets it, and
// counts once.
func TestForgetAgain(t *testing.T) {
	s := open(t, newDir(t), Options{})
	cursorOf(t, s, "gone")
	cursorOf(t, s, "a")
	put(t, s, "one")
	path := s.cursors[0].position.path
	if err := os.Rename(path, path+"-moved"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Forget(t.Context(), "gone"); n != 0 || err == nil {
		t.Errorf("what cannot be removed: %d, %v", n, err)
	}
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Forget(t.Context(), "gone"); n != 1 || err != nil {
		t.Errorf("once more: %d, %v", n, err)
	}
	adds(t, "forgotten", s.Stats(), sluice.Stats{Accepted: 1, Held: 1})
	if got, err := s.Cursors(t.Context()); err != nil || !slices.Equal(got, []string{"a"}) {
		t.Errorf("cursors %q, %v", got, err)
	}
}
