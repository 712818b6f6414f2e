package rotate

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

// join makes the arguments of WriteBatch.
func join(records ...string) (p []byte, ends []int) {
	for _, r := range records {
		p = append(p, r...)
		ends = append(ends, len(p))
	}
	return p, ends
}

func TestWriteBatch(t *testing.T) {
	for _, c := range []struct {
		rule    string
		before  string
		records []string
		writes  int
		after   tree
	}{
		{"all fit", "", []string{"1\n", "2\n", "3\n"}, 1, tree{"app.log": "1\n2\n3\n"}},
		{"split where it rolls", "", []string{"11\n", "22\n", "33\n", "44\n", "55\n"}, 2, tree{"app.log.1": "11\n22\n33\n", "app.log": "44\n55\n"}},
		{"the first already rolls", "00000000", []string{"11\n", "22\n"}, 1, tree{"app.log.1": "00000000", "app.log": "11\n22\n"}},
		{"each record rolls", "", []string{"111111\n", "222222\n", "333333\n"}, 3, tree{"app.log.2": "111111\n", "app.log.1": "222222\n", "app.log": "333333\n"}},
		{"one longer than the limit", "", []string{"1\n", "222222222222\n", "3\n"}, 3, tree{"app.log.2": "1\n", "app.log.1": "222222222222\n", "app.log": "3\n"}},
		{"empty records", "", []string{"", "1\n", ""}, 1, tree{"app.log": "1\n"}},
		{"no records", "", nil, 0, tree{"app.log": ""}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			x := &faults{}
			dir := t.TempDir()
			tree{"app.log": c.before}.make(t, dir)
			f := openedWith(t, dir, Options{
				Policy: Size{MaxBytes: 11}, Retention: Keep{Backups: 5},
				OnError: func(err error) { t.Error(err) },
			}, x.system())
			p, ends := join(c.records...)
			if n, err := f.WriteBatch(p, ends); n != len(p) || err != nil {
				t.Fatalf("WriteBatch = %d, %v, want %d", n, err, len(p))
			}
			c.after.check(t, dir)
			if x.calls["write"] != c.writes {
				t.Errorf("%d writes, want %d", x.calls["write"], c.writes)
			}

			// One by one it comes to the same.
			one := t.TempDir()
			tree{"app.log": c.before}.make(t, one)
			write(t, opened(t, one, f.opts), c.records...)
			treeOf(t, one).check(t, dir)
		})
	}
}

func TestWriteBatchEnds(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir, Options{})
	p := []byte("one\ntwo\n")
	for _, ends := range [][]int{{-1}, {9}, {4, 3}} {
		if n, err := f.WriteBatch(p, ends); n != 0 || err == nil {
			t.Errorf("WriteBatch with ends %v = %d, %v", ends, n, err)
		}
	}
	tree{"app.log": ""}.check(t, dir)
	for _, ends := range [][]int{nil, {4}, {4, 8}} {
		if n, err := f.WriteBatch(p, ends); n != len(p) || err != nil {
			t.Errorf("WriteBatch with ends %v = %d, %v", ends, n, err)
		}
	}
	tree{"app.log": strings.Repeat(string(p), 3)}.check(t, dir)
	if s := f.Stats(); s.Lines != 1+2+2 || s.Bytes != 24 {
		t.Errorf("Stats() = %+v", s)
	}
}

// Of a batch that the disk takes in part, whole records stay.
func TestWriteBatchDiskFull(t *testing.T) {
	x := &faults{kind: "write", k: 1, err: syscall.ENOSPC}
	dir := t.TempDir()
	f := openedWith(t, dir, Options{}, x.system())
	p, ends := join("11\n", "22\n", "33\n") // half of it is 4 bytes
	n, err := f.WriteBatch(p, ends)
	if n != 3 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("WriteBatch = %d, %v, want 3", n, err)
	}
	tree{"app.log": "11\n"}.check(t, dir)
	if s := f.Stats(); s.Lines != 1 || s.Refused != 2 || s.Bytes != 3 || s.Size != 3 {
		t.Errorf("Stats() = %+v", s)
	}
	if n, err := f.WriteBatch(p[n:], []int{3, 6}); n != 6 || err != nil {
		t.Errorf("WriteBatch of the rest = %d, %v", n, err)
	}
	tree{"app.log": "11\n22\n33\n"}.check(t, dir)
}

// A rollover that fails is tried once a batch, and costs none of its records.
func TestWriteBatchRollFails(t *testing.T) {
	dir := t.TempDir()
	tree{"app.log": "00000000", "app.log.1": "<dir>"}.make(t, dir)
	reported := 0
	f := opened(t, dir, Options{Policy: Size{MaxBytes: 10}, Retention: Keep{Backups: 1}, OnError: func(error) { reported++ }})
	p, ends := join("11\n", "22\n", "33\n")
	if n, err := f.WriteBatch(p, ends); n != len(p) || err != nil {
		t.Errorf("WriteBatch = %d, %v", n, err)
	}
	tree{"app.log": "0000000011\n22\n33\n", "app.log.1": "<dir>"}.check(t, dir)
	if reported != 1 {
		t.Errorf("reported %d times", reported)
	}
}

// FuzzWriteBatch compares a batch with its records written one by one.
func FuzzWriteBatch(f *testing.F) {
	f.Add([]byte("one\ntwo\nthree\n"), uint8(9))
	f.Add([]byte("\n\n\n"), uint8(1))
	f.Add([]byte("aaaaaaaaaaaaaaaaaa\nb\nc"), uint8(5))
	f.Fuzz(func(t *testing.T, p []byte, limit uint8) {
		if len(p) > 200 {
			return
		}
		o := Options{Policy: Size{MaxBytes: int64(limit)}, Retention: Keep{Backups: 300}, OnError: func(err error) { t.Error(err) }}
		whole, single := t.TempDir(), t.TempDir()
		batch, one := opened(t, whole, o), opened(t, single, o)
		var ends []int
		at := 0
		for _, line := range strings.SplitAfter(string(p), "\n") {
			at += len(line)
			ends = append(ends, at)
			if line != "" {
				write(t, one, line)
			}
		}
		if n, err := batch.WriteBatch(p, ends); n != len(p) || err != nil {
			t.Fatalf("WriteBatch(%q) = %d, %v", p, n, err)
		}
		treeOf(t, single).check(t, whole)
	})
}
