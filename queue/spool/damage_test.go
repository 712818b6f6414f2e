package spool

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
)

// spooled makes a spool of n records in one closed segment, and one record behind.
func spooled(t *testing.T, n int) (dir, segment string) {
	t.Helper()
	dir = newDir(t)
	s := open(t, dir, Options{})
	cursorOf(t, s, "a")
	put(t, s, numbered(0, n)...)
	closeSpool(t, s)
	s = open(t, dir, Options{})
	put(t, s, "behind")
	closeSpool(t, s)
	return dir, filepath.Join(dir, segmentName(1))
}

// TestDamageByteByByte: whichever byte of a segment is changed, at most the record
// that it belongs to is missing, and that is counted, reported, and the bytes are
// kept.
func TestDamageByteByByte(t *testing.T) {
	const n = 5
	dir, segment := spooled(t, n)
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	whole := append(numbered(0, n), "behind")
	for at := range files[filepath.Base(segment)] {
		for _, flip := range []byte{1, 0x80, 0xff} {
			dir := t.TempDir()
			for name, content := range files {
				if name == filepath.Base(segment) {
					content = slices.Clone(content)
					content[at] ^= flip
				}
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var told errorsTold
			s := open(t, dir, Options{OnError: told.add})
			got := drain(t, cursorOf(t, s, "a"))
			lost := len(whole) - len(got)
			if lost > 1 || lost == 1 && slices.ContainsFunc(got, func(m string) bool { return !slices.Contains(whole, m) }) || !slices.IsSorted(positions(whole, got)) {
				t.Fatalf("byte %d: got %q", at, got)
			}
			want := sluice.Stats{Accepted: n + 1, Delivered: uint64(len(got))}
			if lost > 0 {
				want.Dropped = map[string]uint64{Damaged: uint64(lost)}
			}
			adds(t, "damaged", s.Stats(), want)
			if len(told.all()) == 0 {
				t.Errorf("byte %d: nothing was reported", at)
			}
			closeSpool(t, s)
			if aside, _ := filepath.Glob(filepath.Join(dir, "*"+asideSuffix)); len(aside) != 1 {
				t.Errorf("byte %d: set aside %q, want one segment", at, aside)
			}
		}
	}
}

func positions(all, some []string) []int {
	var at []int
	for _, m := range some {
		at = append(at, slices.Index(all, m))
	}
	return at
}

// TestTornTail: a segment that ends anywhere gives the records that are whole; that
// others are missing is known from what comes behind.
func TestTornTail(t *testing.T) {
	const n = 3
	dir, segment := spooled(t, n)
	content, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	behind, err := os.ReadFile(filepath.Join(dir, segmentName(n+1)))
	if err != nil {
		t.Fatal(err)
	}
	position, err := os.ReadFile(filepath.Join(dir, "cursor-a"))
	if err != nil {
		t.Fatal(err)
	}
	for size := range content {
		if err := errors.Join(
			os.WriteFile(segment, content[:size], 0o600),
			os.WriteFile(filepath.Join(dir, "cursor-a"), position, 0o600),
		); err != nil {
			t.Fatal(err)
		}
		var told errorsTold
		s := open(t, dir, Options{OnError: told.add})
		g := cursorOf(t, s, "a")
		got := len(drain(t, g))
		missing := uint64(n + 1 - got)
		if missing == 0 || len(told.all()) == 0 {
			t.Errorf("cut at %d: %d missing, reported %v", size, missing, told.all())
		}
		want := sluice.Stats{Accepted: n + 1, Delivered: uint64(got), Dropped: map[string]uint64{Damaged: missing}}
		adds(t, "cursor", g.Stats(), want)
		adds(t, "spool", s.Stats(), want)
		closeSpool(t, s)
		aside := segment + asideSuffix
		if kept, err := os.ReadFile(aside); err != nil || !bytes.Equal(kept, content[:size]) {
			t.Errorf("cut at %d: %d bytes were set aside, %v", size, len(kept), err)
		}
		if err := os.Remove(aside); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, segmentName(n+1)), behind, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRotsWhileOpen: what becomes unreadable after Open is found when it is read.
func TestRotsWhileOpen(t *testing.T) {
	dir, segment := spooled(t, 5)
	var told errorsTold
	s := open(t, dir, Options{OnError: told.add})
	content, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(content), "message 2")
	f, err := os.OpenFile(segment, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("X"), int64(at)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got := drain(t, cursorOf(t, s, "a"))
	want := []string{"message 0", "message 1", "message 3", "message 4", "behind"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	adds(t, "rotten", s.Stats(), sluice.Stats{Accepted: 6, Delivered: 5, Dropped: map[string]uint64{Damaged: 1}})
	if len(told.all()) == 0 {
		t.Error("nothing was reported")
	}
	if aside, _ := filepath.Glob(filepath.Join(dir, "*"+asideSuffix)); len(aside) != 1 {
		t.Errorf("set aside %q, want one segment", aside)
	}
}

// TestLostPositions: without a position that holds a cursor gets everything again.
func TestLostPositions(t *testing.T) {
	dir, _ := spooled(t, 2)
	if err := os.WriteFile(filepath.Join(dir, "cursor-a"), []byte("garbage, and more of it than two slots can hold, to be sure of it..."), 0o600); err != nil {
		t.Fatal(err)
	}
	var told errorsTold
	s := open(t, dir, Options{OnError: told.add})
	if got := drain(t, cursorOf(t, s, "a")); len(got) != 3 {
		t.Errorf("got %q", got)
	}
	if len(told.all()) != 1 {
		t.Errorf("told %v, want one error", told.all())
	}
}

// TestNumbersAreNotUsedTwice: what a power cut took from the end of the spool does
// not make a cursor that was further miss new records.
func TestNumbersAreNotUsedTwice(t *testing.T) {
	dir := newDir(t)
	s := open(t, dir, Options{})
	drain(t, cursorOf(t, s, "a"))
	cursorOf(t, s, "b")
	put(t, s, numbered(0, 4)...)
	drain(t, cursorOf(t, s, "a"))
	closeSpool(t, s)
	segment := filepath.Join(dir, segmentName(1))
	if err := os.Truncate(segment, segmentHead); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{OnError: func(error) {}})
	put(t, s, "new")
	if got := drain(t, cursorOf(t, s, "a")); !slices.Equal(got, []string{"new"}) {
		t.Errorf("a got %q", got)
	}
	b := cursorOf(t, s, "b")
	if got := drain(t, b); !slices.Equal(got, []string{"new"}) {
		t.Errorf("b got %q", got)
	}
	adds(t, "b", b.Stats(), sluice.Stats{Accepted: 5, Delivered: 1, Dropped: map[string]uint64{Damaged: 4}})
}

// TestNotADirectory and the like: Open says what is wrong with what.
func TestOpenErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		dir  string
		o    Options
		want string
	}{
		"file":     {dir: file, want: file},
		"parent":   {dir: filepath.Join(file, "x", "y"), want: "y"},
		"negative": {dir: newDir(t), o: Options{MaxBytes: -1}, want: "MaxBytes -1"},
		"wait":     {dir: newDir(t), o: Options{Wait: -1}, want: "Wait -1"},
		"policy":   {dir: newDir(t), o: Options{Full: 17}, want: "Policy(17)"},
	} {
		s, err := Open(c.dir, &c.o)
		if err == nil {
			_ = s.Close()
			t.Errorf("%s: no error", what)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v does not say %q", what, err, c.want)
		}
	}
	dir := newDir(t)
	closeSpool(t, open(t, dir, Options{}))
	if err := os.Mkdir(filepath.Join(dir, segmentName(3)), 0o700); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(dir, nil); err == nil {
		_ = s.Close()
		t.Error("a directory in place of a segment: no error")
	} else if errors.Is(err, ErrInUse) {
		t.Errorf("the failed Open before keeps the lock: %v", err)
	}
}
