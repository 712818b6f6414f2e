package rotate

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		rule   string
		o      Options
		before tree
		writes []string
		after  tree
	}{
		{"a new file", Options{}, tree{}, []string{"1", "2"}, tree{"app.log": "<h>12"}},
		{"an empty one", Options{}, tree{"app.log": ""}, []string{"1", "2"}, tree{"app.log": "<h>12"}},
		{"not one with content", Options{}, tree{"app.log": "0"}, []string{"1"}, tree{"app.log": "01"}},
		{"one that is emptied", Options{Mode: "w"}, tree{"app.log": "0"}, []string{"1"}, tree{"app.log": "<h>1"}},
		{"opened late", Options{Delay: true}, tree{}, []string{"1", "2"}, tree{"app.log": "<h>12"}},
		{"nothing without a record", Options{}, tree{}, nil, tree{"app.log": ""}},
		{"every file", Options{Policy: Size{MaxBytes: 6}, Retention: Keep{Backups: 2}}, tree{}, []string{"1", "2", "3", "4"}, tree{"app.log.1": "<h>12", "app.log": "<h>34"}},
		{"it counts towards the size", Options{Policy: Size{MaxBytes: 5}, Retention: Keep{Backups: 3}}, tree{}, []string{"1", "2", "3"}, tree{"app.log.2": "<h>1", "app.log.1": "<h>2", "app.log": "<h>3"}},
		{"but never makes a file roll over that has no record", Options{Policy: Size{MaxBytes: 2}, Retention: Keep{Backups: 1}}, tree{}, []string{"long"}, tree{"app.log": "<h>long"}},
	} {
		for _, batch := range []bool{false, true} {
			dir := t.TempDir()
			c.before.make(t, dir)
			o := c.o
			o.Header = []byte("<h>")
			f := openedWith(t, dir, o, osSystem())
			if batch {
				var ends []int
				all := strings.Join(c.writes, "")
				for i := range c.writes {
					ends = append(ends, len(strings.Join(c.writes[:i+1], "")))
				}
				if n, err := f.WriteBatch([]byte(all), ends); n != len(all) || err != nil {
					t.Fatalf("%s: WriteBatch = %d, %v", c.rule, n, err)
				}
			} else {
				write(t, f, c.writes...)
			}
			t.Run(c.rule, func(t *testing.T) { c.after.check(t, dir) })
		}
	}
}

// The header and the first record are one system call: no reader sees the one
// without the other, and a record that is refused leaves no header.
func TestHeaderFault(t *testing.T) {
	dir := t.TempDir()
	x := &faults{kind: "write", k: 1, err: syscall.ENOSPC}
	o := Options{Header: []byte("<header>"), Policy: Size{MaxBytes: 20}, Retention: Keep{Backups: 1}}
	f := openedWith(t, dir, o, x.system())
	for _, record := range []string{"1", "a record longer than the header"} { // half of it ends in the header, or after it
		x.k = x.calls["write"] + 1
		if n, err := f.Write([]byte(record)); n != 0 || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Write = %d, %v", n, err)
		}
		tree{"app.log": ""}.check(t, dir)
	}
	before := x.calls["write"]
	write(t, f, "1")
	if n := x.calls["write"] - before; n != 1 {
		t.Errorf("%d system calls", n)
	}
	tree{"app.log": "<header>1"}.check(t, dir)
	if s := f.Stats(); s.Bytes != 9 || s.Size != 9 || s.Lines != 1 || s.Refused != 2 {
		t.Errorf("Stats() = %+v", s)
	}
	x.k = x.calls["write"] + 1
	if n, err := f.WriteBatch([]byte("2345678"), []int{1, 2, 3, 4}); n != 3 || err == nil {
		t.Errorf("WriteBatch = %d, %v", n, err)
	}
	tree{"app.log": "<header>1234"}.check(t, dir)
}

// Of a batch in a new file that is cut short, the whole records stay.
func TestHeaderHalfBatch(t *testing.T) {
	dir := t.TempDir()
	x := &faults{kind: "write", k: 1, err: syscall.ENOSPC}
	f := openedWith(t, dir, Options{Header: []byte("<h>")}, x.system())
	if n, err := f.WriteBatch([]byte("12345"), []int{1, 3, 5}); n != 1 || err == nil {
		t.Errorf("WriteBatch = %d, %v", n, err)
	}
	tree{"app.log": "<h>1"}.check(t, dir)
	write(t, f, "2")
	tree{"app.log": "<h>12"}.check(t, dir)
}

// Others have emptied the file: it begins anew as soon as that is noticed.
func TestHeaderAfterTruncation(t *testing.T) {
	dir := t.TempDir()
	f := openedWith(t, dir, Options{Header: []byte("<h>"), Policy: Size{MaxBytes: 6}, Retention: Keep{Backups: 1}}, osSystem())
	write(t, f, "1", "2")
	if err := os.Truncate(f.Name(), 0); err != nil {
		t.Fatal(err)
	}
	write(t, f, "3")
	tree{"app.log": "<h>3"}.check(t, dir)
}
