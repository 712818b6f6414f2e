package rotate

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestTear: half a record that cannot be cut off does not swallow the next one,
// and is cut off as soon as that can be done.
func TestTear(t *testing.T) {
	for _, c := range []struct {
		rule  string
		hold  *Hold
		lasts bool // the file cannot be cut ever after
		after string
	}{
		{"cut before the next", nil, false, "one\nthree\n"},
		{"ended before the next", nil, true, "one\ntw\nthree\n"},
		{"held and cut", &Hold{}, false, "one\ntwo\nthree\n"},
		{"held and ended", &Hold{}, true, "one\ntw\ntwo\nthree\n"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := &faults{kind: "write", k: 2, err: syscall.ENOSPC}
				cuts := &faults{kind: "truncate", k: 1, forever: c.lasts, err: syscall.EIO}
				dir := t.TempDir()
				sys := x.system()
				write1 := sys.open
				sys.open = func(name string, flag int, perm os.FileMode) (handle, error) {
					h, err := write1(name, flag, perm)
					return uncut{h, cuts}, err
				}
				f := openedWith(t, dir, Options{Hold: c.hold}, sys)
				write(t, f, "one\n")
				n, err := f.Write([]byte("two\n"))
				if c.hold == nil && (n != 2 || !errors.Is(err, syscall.ENOSPC)) || c.hold != nil && err != nil {
					t.Errorf("Write = %d, %v", n, err)
				}
				time.Sleep(time.Second)
				synctest.Wait()
				write(t, f, "three\n")
				tree{"app.log": c.after}.check(t, dir)
				if s := f.Stats(); s.Size != int64(len(c.after)) || s.Bytes != uint64(len(c.after)) {
					t.Errorf("Stats() = %+v", s)
				}
			})
		})
	}
}

// uncut is a file that cannot be cut.
type uncut struct {
	handle
	x *faults
}

func (h uncut) Truncate(size int64) error {
	if err := h.x.fails("truncate", ""); err != nil {
		return err
	}
	return h.handle.Truncate(size)
}

// TestTearAtOpen: what a crash has cut off gets its end before the next record,
// where records are known to have one.
func TestTearAtOpen(t *testing.T) {
	for _, c := range []struct {
		rule          string
		o             Options
		before, after string
	}{
		{"nothing is known", Options{}, "one\ntw", "one\ntwnext\n"},
		{"torn", Options{LineEnd: "\n"}, "one\ntw", "one\ntw\nnext\n"},
		{"whole", Options{LineEnd: "\n"}, "one\n", "one\nnext\n"},
		{"empty", Options{LineEnd: "\n"}, "", "next\n"},
		{"with Hold", Options{Hold: &Hold{}}, "one\ntw", "one\ntw\nnext\n"},
		{"another end", Options{LineEnd: "\n\x00"}, "o\x00n\x00\n\x00t\x00w\x00", "o\x00n\x00\n\x00t\x00w\x00\n\x00next\n"},
		{"another end, whole", Options{LineEnd: "\n\x00"}, "o\x00n\x00\n\x00", "o\x00n\x00\n\x00next\n"},
		{"shorter than the end", Options{LineEnd: "\r\n"}, "\n", "\n\r\nnext\n"},
		{"w empties it", Options{LineEnd: "\n", Mode: "w"}, "one\ntw", "next\n"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			tree{"app.log": c.before}.make(t, dir)
			f := opened(t, dir, c.o)
			if got := treeOf(t, dir)["app.log"]; c.o.Mode == "" && got != c.before {
				t.Errorf("Open made %q of it", got)
			}
			write(t, f, "next\n")
			tree{"app.log": c.after}.check(t, dir)
		})
	}
}

// A file that may be written but not read is taken as it is.
func TestTearUnreadable(t *testing.T) {
	x := &faults{kind: "read", k: 1, forever: true, err: syscall.EACCES}
	dir := t.TempDir()
	tree{"app.log": "tw"}.make(t, dir)
	f := openedWith(t, dir, Options{LineEnd: "\n"}, x.system())
	write(t, f, "next\n")
	tree{"app.log": "twnext\n"}.check(t, dir)
}

// A record that makes the file roll over takes no line end with it.
func TestTearRolls(t *testing.T) {
	dir := t.TempDir()
	tree{"app.log": "0123456789"}.make(t, dir)
	f := opened(t, dir, Options{LineEnd: "\n", Policy: Size{MaxBytes: 12}, Retention: Keep{Backups: 1}})
	write(t, f, "next\n")
	tree{"app.log": "next\n", "app.log.1": "0123456789"}.check(t, dir)
}
