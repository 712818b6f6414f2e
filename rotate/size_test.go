package rotate

import (
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSizeDue(t *testing.T) {
	for _, c := range []struct {
		rule    string
		max     int64
		backups int
		size    int64
		n       int
		want    bool
	}{
		{"stays below", 10, 1, 5, 4, false},
		{"would reach it", 10, 1, 5, 5, true},
		{"would pass it", 10, 1, 5, 6, true},
		{"an empty file never", 10, 1, 0, 100, false},
		{"without backups never", 10, 0, 5, 100, false},
		{"negative backups never", 10, -1, 5, 100, false},
		{"no limit", 0, 1, 5, 100, false},
		{"negative limit", -1, 1, 5, 100, false},
		{"already over, nothing to add", 10, 1, 20, 0, true},
		{"one byte and limit 2", 2, 1, 1, 1, true},
		{"no overflow", math.MaxInt64, 1, math.MaxInt64 - 1, math.MaxInt32, true},
	} {
		s := State{Base: "app.log", Size: c.size, Backups: c.backups}
		if got := (Size{MaxBytes: c.max}).Due(s, c.n, time.Time{}); got != c.want {
			t.Errorf("%s: Size{%d}.Due(%d bytes, %d more) = %t", c.rule, c.max, c.size, c.n, got)
		}
	}
}

func TestSizeRolls(t *testing.T) {
	for _, c := range []struct {
		rule    string
		backups int
		o       Options
		before  tree
		records []string
		after   tree
	}{
		{
			rule: "backups move up, the last goes", backups: 2,
			before:  tree{"app.log": "0000000", "app.log.1": "1", "app.log.2": "2"},
			records: []string{"new\n"},
			after:   tree{"app.log": "new\n", "app.log.1": "0000000", "app.log.2": "1"},
		}, {
			rule: "gaps stay, and what is above a gap", backups: 3,
			before:  tree{"app.log": "0000000", "app.log.1": "1", "app.log.3": "3"},
			records: []string{"new\n"},
			after:   tree{"app.log": "new\n", "app.log.1": "0000000", "app.log.2": "1", "app.log.3": "3"},
		}, {
			rule: "higher numbers and other names are not ours", backups: 1,
			before:  tree{"app.log": "0000000", "app.log.1": "1", "app.log.2": "2", "app.log.01": "x", "app.log.1.gz": "z"},
			records: []string{"new\n"},
			after:   tree{"app.log": "new\n", "app.log.1": "0000000", "app.log.2": "2", "app.log.01": "x", "app.log.1.gz": "z"},
		}, {
			rule: "a record longer than the limit is whole", backups: 2,
			records: []string{"aaaaaaaaaaaaaaa\n", "b\n", "c\n"},
			after:   tree{"app.log": "b\nc\n", "app.log.1": "aaaaaaaaaaaaaaa\n"},
		}, {
			rule: "without backups it grows", backups: 0,
			records: []string{"aaaaaaaa\n", "bbbbbbbb\n"},
			after:   tree{"app.log": "aaaaaaaa\nbbbbbbbb\n"},
		}, {
			rule: "a limit appends whatever the mode", backups: 1, o: Options{Mode: "w"},
			before:  tree{"app.log": "old\n"},
			records: []string{"new\n"},
			after:   tree{"app.log": "old\nnew\n"},
		}, {
			rule: "the namer names every backup", backups: 3,
			o:       Options{Namer: func(p string) string { return p + ".gz" }},
			before:  tree{"app.log": "0000000", "app.log.1.gz": "1"},
			records: []string{"new\n"},
			after:   tree{"app.log": "new\n", "app.log.1.gz": "0000000", "app.log.2.gz": "1"},
		}, {
			rule: "one constant name is enough for one backup", backups: 1,
			o:       Options{Namer: func(p string) string { return filepath.Join(filepath.Dir(p), "old.log") }},
			before:  tree{"app.log": "0000000", "old.log": "1"},
			records: []string{"new\n"},
			after:   tree{"app.log": "new\n", "old.log": "0000000"},
		}, {
			rule: "what the mover leaves is appended to", backups: 1,
			o:       Options{Mover: func(_, _ string) error { return nil }},
			before:  tree{"app.log": "0000000"},
			records: []string{"new\n"},
			after:   tree{"app.log": "0000000new\n"},
		}, {
			rule: "a directory moves up like a file", backups: 3,
			before:  tree{"app.log": "0000000", "app.log.1": "<dir>"},
			records: []string{"new\n"},
			after:   tree{"app.log": "new\n", "app.log.1": "0000000", "app.log.2": "<dir>"},
		}, {
			rule: "a record without bytes may roll, too", backups: 1,
			before:  tree{"app.log": "00000000000000"},
			records: []string{""},
			after:   tree{"app.log": "", "app.log.1": "00000000000000"},
		}, {
			rule: "delay makes no difference to what is there", backups: 1, o: Options{Delay: true},
			before:  tree{"app.log": "0000000"},
			records: []string{"new\n"},
			after:   tree{"app.log": "new\n", "app.log.1": "0000000"},
		},
	} {
		// The second run is with files that must be closed before they are moved.
		for _, closeFirst := range []bool{false, true} {
			t.Run(c.rule, func(t *testing.T) {
				dir := t.TempDir()
				c.before.make(t, dir)
				c.o.Policy, c.o.Retention.Backups = Size{MaxBytes: 10}, c.backups
				c.o.OnError = func(err error) { t.Error(err) }
				sys := osSystem()
				sys.closeFirst = sys.closeFirst || closeFirst
				f := openedWith(t, dir, c.o, sys)
				write(t, f, c.records...)
				c.after.check(t, dir)
			})
		}
	}
}

// A rollover that cannot be is reported, and costs neither record nor file.
func TestSizeCannotRoll(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		rule    string
		backups int
		o       Options
		before  tree
		want    error
	}{
		{
			rule: "a directory where a backup is to be removed", backups: 1,
			before: tree{"app.log.1": "<dir>"},
			want:   syscall.EISDIR,
		}, {
			rule: "a constant name for several backups", backups: 3,
			o:      Options{Namer: func(p string) string { return filepath.Join(filepath.Dir(p), "old.log") }},
			before: tree{"old.log": "1"},
			want:   fs.ErrNotExist,
		}, {
			rule: "a namer that gives the file's own name", backups: 1,
			o:    Options{Namer: func(p string) string { return strings.TrimSuffix(p, ".1") }},
			want: fs.ErrExist,
		}, {
			rule: "the same with a mover that is content", backups: 1,
			o: Options{
				Namer: func(p string) string { return strings.TrimSuffix(p, ".1") },
				Mover: func(_, _ string) error { return nil },
			},
			want: fs.ErrExist,
		}, {
			rule: "a namer that gives a directory that is not there", backups: 1,
			o:    Options{Namer: func(p string) string { return filepath.Join(filepath.Dir(p), "old", filepath.Base(p)) }},
			want: fs.ErrNotExist,
		}, {
			rule: "a mover that fails", backups: 2,
			o:      Options{Mover: func(_, _ string) error { return broken }},
			before: tree{"app.log.1": "1", "app.log.2": "2"},
			want:   broken,
		}, {
			rule: "a mover that fails after half a copy", backups: 2,
			o: Options{Mover: func(_, dest string) error {
				_, err := Open(dest, nil)
				return errors.Join(err, broken)
			}},
			before: tree{"app.log.1": "1"},
			want:   broken,
		},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if strings.Contains(c.rule, "half a copy") {
				unixOnly(t) // the copy is still open
			}
			dir := t.TempDir()
			c.before.make(t, dir)
			tree{"app.log": "0000000"}.make(t, dir)
			var reported []error
			c.o.Policy, c.o.Retention.Backups = Size{MaxBytes: 10}, c.backups
			c.o.OnError = func(err error) { reported = append(reported, err) }
			f := opened(t, dir, c.o)
			write(t, f, "one\n", "two\n")
			after := tree{"app.log": "0000000one\ntwo\n"}
			for name, content := range c.before {
				after[name] = content
			}
			after.check(t, dir)
			if len(reported) != 2 || !errors.Is(reported[0], c.want) || !errors.Is(reported[1], c.want) {
				t.Errorf("reported %v, want %v twice", reported, c.want)
			}
			if s := f.Stats(); s.Rolls != 0 || s.RollFailures != 2 || s.Failures != 2 || s.Lines != 2 || s.Refused != 0 {
				t.Errorf("Stats() = %+v", s)
			}
			if err := f.Roll(); !errors.Is(err, c.want) {
				t.Errorf("Roll() = %v, want %v", err, c.want)
			}
			after.check(t, dir)
			if len(reported) != 2 {
				t.Errorf("Roll returned its error and reported it, too: %v", reported[2:])
			}
		})
	}
}

func TestSizeOfWhatIsNoFile(t *testing.T) {
	unixOnly(t)
	t.Run("device", func(t *testing.T) {
		dir := t.TempDir()
		tree{"app.log": "-> /dev/null"}.make(t, dir)
		f := opened(t, dir, Options{Policy: Size{MaxBytes: 1}, Retention: Keep{Backups: 1}})
		write(t, f, "one\n", "two\n")
		tree{"app.log": "-> /dev/null"}.check(t, dir)
		if err := f.Roll(); err != nil { // Python's doRollover does not ask, either
			t.Fatal(err)
		}
		tree{"app.log": "", "app.log.1": "-> /dev/null"}.check(t, dir)
	})
	t.Run("directory put in its place", func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{Policy: Size{MaxBytes: 5}, Retention: Keep{Backups: 1}, OnError: func(err error) { t.Error(err) }})
		write(t, f, "one\n")
		if err := rename(f.Name(), f.Name()+".moved"); err != nil {
			t.Fatal(err)
		}
		tree{"app.log": "<dir>"}.make(t, dir)
		write(t, f, "two\n")
		tree{"app.log": "<dir>", "app.log.moved": "one\ntwo\n"}.check(t, dir)
	})
}

// Roll without backups opens the file anew, in the file's own mode.
func TestRollWithoutBackups(t *testing.T) {
	for mode, want := range map[string]string{"a": "one\ntwo\n", "w": "two\n"} {
		dir := t.TempDir()
		f := opened(t, dir, Options{Policy: Size{}, Mode: mode})
		write(t, f, "one\n")
		if err := f.Roll(); err != nil {
			t.Fatal(err)
		}
		write(t, f, "two\n")
		tree{"app.log": want}.check(t, dir)
		if s := f.Stats(); s.Rolls != 0 {
			t.Errorf("mode %s: Stats().Rolls = %d", mode, s.Rolls)
		}
	}
}

func TestRollWithDelay(t *testing.T) {
	dir := t.TempDir()
	tree{"app.log": "one\n"}.make(t, dir)
	f := opened(t, dir, Options{Policy: Size{}, Retention: Keep{Backups: 1}, Delay: true})
	if err := f.Roll(); err != nil {
		t.Fatal(err)
	}
	tree{"app.log.1": "one\n"}.check(t, dir)
	write(t, f, "two\n")
	tree{"app.log": "two\n", "app.log.1": "one\n"}.check(t, dir)
}

// What others do to the file shows when it is due.
func TestSizeAskedAgain(t *testing.T) {
	unixOnly(t)
	o := Options{Policy: Size{MaxBytes: 10}, Retention: Keep{Backups: 1}, OnError: func(err error) { t.Error(err) }}
	t.Run("truncated", func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, o)
		write(t, f, "12345678\n")
		tree{"app.log": ""}.make(t, dir)
		write(t, f, "new\n")
		tree{"app.log": "new\n"}.check(t, dir)
	})
	t.Run("removed", func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, o)
		write(t, f, "12345678\n")
		if err := remove(f.Name()); err != nil {
			t.Fatal(err)
		}
		write(t, f, "new\n")
		tree{"app.log": "new\n"}.check(t, dir)
	})
}
