package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

var kinds = []string{"open", "stat", "lstat", "rename", "remove", "fstat", "close"}

// rollable is a file that is due, with all its backups.
var rollable = tree{"app.log": "0000000", "app.log.1": "1111", "app.log.2": "2222", "app.log.3": "3333"}

// TestRollFault makes every single call of a rollover fail. Whatever happens,
// the record is written, and what cannot be done is not half done.
func TestRollFault(t *testing.T) {
	movers := map[string]func(from, to string) error{
		"rename": nil,
		"copy": func(from, to string) error {
			content, err := os.ReadFile(from)
			if err != nil {
				return err
			}
			if err := os.WriteFile(to, content, 0o666); err != nil {
				return err
			}
			return os.Remove(from)
		},
	}
	rolled := tree{"app.log": "new\n", "app.log.1": "0000000", "app.log.2": "1111", "app.log.3": "2222"}
	stayed := tree{"app.log": "0000000new\n", "app.log.1": "1111", "app.log.2": "2222", "app.log.3": "3333"}
	for moverName, move := range movers {
		for _, closeFirst := range []bool{false, true} {
			for _, kind := range kinds {
				for k := 1; ; k++ {
					if moverName == "copy" && !closeFirst {
						unixOnly(t) // it removes an open file
					}
					x := &faults{kind: kind, err: syscall.EACCES}
					dir := t.TempDir()
					rollable.make(t, dir)
					sys := x.system()
					sys.closeFirst = sys.closeFirst || closeFirst
					var reported []error
					f := openedWith(t, dir, Options{
						Policy: Size{MaxBytes: 10}, Retention: Keep{Backups: 3}, Mover: move,
						OnError: func(err error) { reported = append(reported, err) },
					}, sys)
					x.k = x.calls[kind] + k
					before := maps.Clone(x.calls)
					write(t, f, "new\n")
					if x.calls[kind] < x.k {
						x.k = 0
						break // there was no such call any more
					}
					name := fmt.Sprintf("%s, closed first %t: %s %d of the rollover", moverName, closeFirst, kind, x.k-before[kind])
					got := treeOf(t, dir)
					s := f.Stats()
					if s.Lines != 1 || s.Refused != 0 || s.Failures != uint64(len(reported)) {
						t.Errorf("%s: Stats() = %+v, reported %v", name, s, reported)
					}
					for _, err := range reported {
						if !errors.Is(err, syscall.EACCES) {
							t.Errorf("%s: reported %v", name, err)
						}
					}
					switch {
					case s.Rolls == 1 && s.RollFailures == 0:
						// What was to be removed may be left, under another name.
						delete(got, ".app.log.3.sluice")
						delete(got, ".app.log.sluice")
						if !maps.Equal(got, rolled) {
							t.Errorf("%s: rolled over: %q", name, got)
						}
					case moverName == "copy" && maps.Equal(got, tree{"app.log": "new\n", "app.log.1": "0000000", "app.log.2": "1111", "app.log.3": "2222", ".app.log.3.sluice": "3333"}),
						moverName == "copy" && got["app.log.1"] == "0000000" && got["app.log"] == "new\n":
						// The mover had done its work: there is no way back, but nothing is lost.
					case s.Rolls == 0 && s.RollFailures == 1 && len(reported) > 0:
						if !maps.Equal(got, stayed) {
							t.Errorf("%s: did not roll over: %q", name, got)
						}
					default:
						t.Errorf("%s: Stats() = %+v, %q", name, s, got)
					}
					x.k = 0
					write(t, f, "next 67890\n") // and it rolls over
					if got := treeOf(t, dir); got["app.log"] != "next 67890\n" {
						t.Errorf("%s: afterwards: %q", name, got)
					}
				}
			}
		}
	}
}

// TestRollFaultForever makes all calls fail from one on. Not even the way back
// works then, but no record is lost, and none is twice.
func TestRollFaultForever(t *testing.T) {
	unixOnly(t)
	for _, closeFirst := range []bool{false, true} {
		for _, kind := range kinds {
			for k := 1; k < 40; k++ {
				x := &faults{kind: kind, err: syscall.EIO, forever: true}
				dir := t.TempDir()
				rollable.make(t, dir)
				sys := x.system()
				sys.closeFirst = closeFirst
				f, err := open(dir+"/app.log", Options{Policy: Size{MaxBytes: 10}, Retention: Keep{Backups: 3}}, sys)
				if err != nil {
					t.Fatal(err)
				}
				x.k = x.calls[kind] + k
				var accepted []string
				emit := func(record string) {
					n, err := f.Write([]byte(record))
					switch {
					case err == nil:
						accepted = append(accepted, record)
					case n != 0:
						t.Errorf("%s %d: Write = %d, %v", kind, k, n, err)
					}
				}
				emit("one\n")
				emit("two\n")
				x.k = 0
				emit("three\n")
				f.Close()
				var all strings.Builder
				got := treeOf(t, dir)
				for _, name := range slices.Sorted(maps.Keys(got)) {
					all.WriteString(got[name])
				}
				for _, record := range append(accepted, "0000000", "1111") {
					if strings.Count(all.String(), record) != 1 {
						t.Errorf("%s from %d on, closed first %t: %q is there %d times: %q", kind, k, closeFirst, record, strings.Count(all.String(), record), got)
					}
				}
				if strings.Count(all.String(), "\n") != len(accepted) {
					t.Errorf("%s from %d on: accepted %q, have %q", kind, k, accepted, got)
				}
			}
		}
	}
}

func TestDiskFull(t *testing.T) {
	x := &faults{kind: "write", k: 2, err: syscall.ENOSPC}
	dir := t.TempDir()
	f := openedWith(t, dir, Options{}, x.system())
	write(t, f, "one\n")
	if n, err := f.Write([]byte("two\n")); n != 0 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Write on a full disk = %d, %v", n, err)
	}
	write(t, f, "three\n")
	tree{"app.log": "one\nthree\n"}.check(t, dir) // not "one\ntwthree\n"
	if s := f.Stats(); s.Lines != 2 || s.Refused != 1 || s.Bytes != 10 || s.Size != 10 {
		t.Errorf("Stats() = %+v", s)
	}
}

// If the half record cannot be cut off, Write says how much of it is there.
func TestDiskFullNoWayBack(t *testing.T) {
	for _, kind := range []string{"truncate", "fstat"} {
		x := &faults{kind: "write", k: 1, err: syscall.ENOSPC}
		dir := t.TempDir()
		f := openedWith(t, dir, Options{}, x.system())
		h := f.file.(faultyHandle)
		h.x = &faults{kind: kind, k: 1, err: syscall.EIO}
		f.file = halfFull{h}
		if n, err := f.Write([]byte("two\n")); n != 2 || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s fails, too: Write = %d, %v", kind, n, err)
		}
		if s := f.Stats(); s.Bytes != 2 || s.Size != 2 {
			t.Errorf("%s fails, too: Stats() = %+v", kind, s)
		}
	}
}

// halfFull takes half of what it gets.
type halfFull struct{ handle }

func (h halfFull) Write(p []byte) (int, error) {
	n, _ := h.handle.Write(p[:len(p)/2])
	return n, syscall.ENOSPC
}

func TestShortWrite(t *testing.T) {
	x := &faults{kind: "short", k: 1, forever: true, err: syscall.EINTR}
	dir := t.TempDir()
	f := openedWith(t, dir, Options{}, x.system())
	if n, err := f.Write([]byte("12345678\n")); n != 8 && err == nil {
		t.Errorf("Write in halves = %d, %v", n, err)
	}
	x.forever = false
	x.k = x.calls["short"] + 1
	write(t, f, "whole after one half\n")
	if got := treeOf(t, dir)["app.log"]; !strings.HasSuffix(got, "whole after one half\n") {
		t.Errorf("got %q", got)
	}
}

// A file that cannot even be asked for its size is not left open, nor there.
func TestOpenFault(t *testing.T) {
	x := &faults{kind: "fstat", k: 1, err: syscall.EIO}
	dir := t.TempDir()
	if _, err := open(dir+"/app.log", Options{}, x.system()); !errors.Is(err, syscall.EIO) {
		t.Errorf("open = %v", err)
	}
	if x.calls["close"] != 1 {
		t.Errorf("closed %d times", x.calls["close"])
	}
	tree{}.check(t, dir)
}

func TestOpenRefused(t *testing.T) {
	x := &faults{kind: "open", k: 1, forever: true, err: syscall.EACCES}
	dir := t.TempDir()
	_, err := open(dir+"/app.log", Options{}, x.system())
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), dir) {
		t.Errorf("open in a directory that may not be written: %v", err)
	}
	tree{}.check(t, dir)
}
