package rotate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestSymlink(t *testing.T) {
	unixOnly(t)
	for _, c := range []struct {
		rule          string
		before, after tree
	}{
		{"made", tree{}, tree{"current": "-> app.log"}},
		{"kept", tree{"current": "-> app.log"}, tree{"current": "-> app.log"}},
		{"replaced", tree{"current": "-> other.log", "other.log": "x"}, tree{"current": "-> app.log", "other.log": "x"}},
		{"a former process was killed meanwhile", tree{"current": "-> other.log", ".current.sluice": "-> app.log"}, tree{"current": "-> app.log"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			c.before.make(t, dir)
			f := opened(t, dir, Options{
				Symlink: filepath.Join(dir, "current"), Policy: Size{MaxBytes: 5}, Retention: Keep{Backups: 1},
				OnError: func(err error) { t.Error(err) },
			})
			write(t, f, "one\n", "two\n")
			c.after["app.log"], c.after["app.log.1"] = "two\n", "one\n"
			c.after.check(t, dir)
		})
	}
}

func TestSymlinkElsewhere(t *testing.T) {
	unixOnly(t)
	dir, other := t.TempDir(), t.TempDir()
	f := opened(t, dir, Options{Symlink: filepath.Join(other, "current")})
	tree{"current": "-> " + f.Name()}.check(t, other)
}

// TestSymlinkFault makes every call for the link fail: the old link stays, and
// the record is written.
func TestSymlinkFault(t *testing.T) {
	unixOnly(t)
	for _, kind := range []string{"lstat", "readlink", "symlink", "rename"} {
		dir := t.TempDir()
		x := &faults{err: syscall.EACCES}
		var reported []error
		f := openedWith(t, dir, Options{
			Symlink: filepath.Join(dir, "current"), Delay: true, OnError: func(err error) { reported = append(reported, err) },
		}, x.system())
		tree{"other.log": "", "current": "-> other.log"}.make(t, dir)
		x.kind, x.k = kind, x.calls[kind]+1
		write(t, f, "one\n")
		want := tree{"app.log": "one\n", "other.log": "", "current": "-> other.log"}
		if kind == "readlink" {
			want["current"] = "-> app.log" // what cannot be read is replaced
		} else if len(reported) != 1 || !errors.Is(reported[0], syscall.EACCES) {
			t.Errorf("%s: reported %v", kind, reported)
		}
		want.check(t, dir)
	}
}

// TestNoFollow: a link in the place of the file, whoever put it there, leads to
// no write to another file.
func TestNoFollow(t *testing.T) {
	unixOnly(t)
	for _, target := range []string{"victim", "none"} {
		dir := t.TempDir()
		before := tree{"victim": "untouched", "app.log": "-> " + target}
		before.make(t, dir)
		for _, mode := range []string{"a", "w", "x"} {
			for _, delay := range []bool{false, true} {
				f, err := Open(filepath.Join(dir, "app.log"), &Options{NoFollow: true, Mode: mode, Delay: delay, Perm: 0o600})
				if delay {
					if err != nil {
						t.Fatal(err)
					}
					_, err = f.Write([]byte("one\n"))
					f.Close()
				}
				var pe *fs.PathError
				if !errors.As(err, &pe) || !errors.Is(err, errLink) {
					t.Errorf("mode %s, delay %t: %v", mode, delay, err)
				}
				before.check(t, dir)
			}
		}
	}
}

// A link that is planted between two records is not written through either.
func TestNoFollowLater(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	tree{"victim": "untouched"}.make(t, dir)
	sys := osSystem()
	planted := false
	real := sys.rename
	sys.rename = func(from, to string) error {
		err := real(from, to)
		if err == nil && !planted && filepath.Base(from) == "app.log" {
			planted = true
			return os.Symlink("victim", from)
		}
		return err
	}
	var reported []error
	f := openedWith(t, dir, Options{NoFollow: true, Policy: Size{MaxBytes: 5}, Retention: Keep{Backups: 2}, OnError: func(err error) { reported = append(reported, err) }}, sys)
	write(t, f, "one\n", "two\n", "three\n")
	got := treeOf(t, dir)
	if got["victim"] != "untouched" || !planted || len(reported) == 0 {
		t.Errorf("%q, reported %v", got, reported)
	}
	all := ""
	for _, name := range []string{"app.log.2", "app.log.1", "app.log"} {
		if got[name] != "-> victim" {
			all += got[name]
		}
	}
	if all != "one\ntwo\nthree\n" {
		t.Errorf("%q", got)
	}
}

// A link in the file's place moves to the backup's name, as CPython's rename has it;
// one whose file others have removed leads to the next file. (CPython asks
// os.path.exists.)
func TestRollLink(t *testing.T) {
	unixOnly(t)
	for name, c := range map[string]struct {
		removed       bool
		rolled, after tree
	}{
		"the file is there": {
			false,
			tree{"app.log": "", "app.log.1": "-> real", "real": "one\n"},
			tree{"app.log": "two\n", "app.log.1": "-> real", "real": "one\n"},
		},
		"the file is gone": {
			true,
			tree{"app.log": "-> real", "real": ""},
			tree{"app.log": "-> real", "real": "two\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tree{"app.log": "-> real", "real": ""}.make(t, dir)
			f := opened(t, dir, Options{Policy: Size{MaxBytes: 1 << 10}, Retention: Keep{Backups: 1}, OnError: func(err error) { t.Error(err) }})
			write(t, f, "one\n")
			if c.removed {
				if err := os.Remove(filepath.Join(dir, "real")); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Roll(); err != nil {
				t.Fatal(err)
			}
			c.rolled.check(t, dir)
			write(t, f, "two\n")
			c.after.check(t, dir)
		})
	}
}
