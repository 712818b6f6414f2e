package rotate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	tree{"dir": "<dir>", "file": "x"}.make(t, dir)
	before := treeOf(t, dir)
	for _, c := range []struct {
		rule, path string
		o          *Options
		want       error
		text       string
	}{
		{"no path", "", nil, nil, "the path is empty"},
		{"a directory", "dir", nil, syscall.EISDIR, "dir"},
		{"no such directory", "none/app.log", nil, fs.ErrNotExist, "none/app.log"},
		{"a directory that is a file", "file/app.log", nil, syscall.ENOTDIR, "file/app.log"},
		{"unknown mode", "app.log", &Options{Mode: "r"}, nil, `mode "r"`},
		{"there already", "file", &Options{Mode: "x"}, fs.ErrExist, "file"},
		{"a bad policy", "app.log", &Options{Policy: Timed{When: "X"}}, nil, `when "X"`},
		{"to watch in the past", "app.log", &Options{Watch: true, WatchEvery: -1}, nil, "watch every -1ns is negative"},
		{"to watch nothing", "app.log", &Options{WatchEvery: 1}, nil, "watch every needs watch"},
		{"negative backups", "app.log", &Options{Policy: Size{}, Retention: Keep{Backups: -1}}, nil, "backups -1 is negative"},
		{"more than permissions", "app.log", &Options{Perm: fs.ModeSetuid | 0o644}, nil, "perm"},
		{"nobody may write", "app.log", &Options{Perm: 0o444}, nil, "perm 0444"},
		{"nobody may enter", "none/app.log", &Options{DirPerm: 0o600}, nil, "dir perm 0600"},
		{"a directory that cannot be made", "file/none/app.log", &Options{DirPerm: 0o755}, syscall.ENOTDIR, "file"},
		{"a directory made in vain", "none/a/file/dir", &Options{DirPerm: 0o755, Mode: "x", Symlink: filepath.Join(dir, "file")}, fs.ErrExist, "file"},
		{"backups of nothing", "app.log", &Options{Retention: Keep{Backups: 1}}, nil, "backups 1 needs a policy"},
		{"an age of nothing", "app.log", &Options{Retention: Keep{MaxAge: 1}}, nil, "max age needs a policy that makes backups"},
		{"a total of none", "app.log", &Options{Policy: Size{MaxBytes: 9}, Retention: Keep{MaxTotalBytes: 1}}, nil, "max total bytes needs a policy that makes backups"},
		{"a policy that never rolls", "app.log", &Options{Policy: Size{}, Retention: Keep{Backups: 1, MinFree: 1}}, nil, "min free needs a policy that makes backups"},
		{"to ask for nothing", "app.log", &Options{BeforeRemove: func(string) error { return nil }}, nil, "before remove"},
		{"to tell nothing", "app.log", &Options{AfterRoll: func(string) {}}, nil, "after roll"},
		{"a policy that names none", "app.log", &Options{Policy: nameless{}, Retention: Keep{MaxAge: 1}}, nil, "method Naming"},
		{"a negative age", "app.log", &Options{Policy: Timed{When: "D"}, Retention: Keep{MaxAge: -1}}, nil, "max age -1 is negative"},
		{"a negative total", "app.log", &Options{Policy: Timed{When: "D"}, Retention: Keep{MaxTotalBytes: -1}}, nil, "max total bytes -1 is negative"},
		{"a negative remainder", "app.log", &Options{Policy: Timed{When: "D"}, Retention: Keep{MinFree: -1}}, nil, "min free -1 is negative"},
		{"a link in the place of the file", "app.log", &Options{Symlink: filepath.Join(dir, "app.log")}, nil, "own path"},
		{"a link in the place of another", "app.log", &Options{Symlink: filepath.Join(dir, "file")}, fs.ErrExist, "file"},
		{"a link in no directory", "app.log", &Options{Symlink: filepath.Join(dir, "none", "current")}, fs.ErrNotExist, "none"},
		{"a NUL in the path", "a\x00b", nil, syscall.EINVAL, `a\x00b`},
		{"a NUL in the path, watched", "a\x00b", &Options{Watch: true, Delay: true}, syscall.EINVAL, `a\x00b`},
	} {
		if osSystem().closeFirst && c.want != fs.ErrNotExist && c.want != fs.ErrExist {
			c.want = nil // other systems have other numbers
		}
		path := c.path
		if path != "" {
			path = filepath.Join(dir, filepath.FromSlash(path))
		}
		f, err := Open(path, c.o)
		if err == nil {
			f.Close()
			t.Errorf("%s: opened", c.rule)
			continue
		}
		if c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.rule, err, c.want)
		}
		if !strings.Contains(err.Error(), filepath.FromSlash(c.text)) || !strings.HasPrefix(err.Error(), "rotate: open ") {
			t.Errorf("%s: %v, want something of %s", c.rule, err, c.text)
		}
		before.check(t, dir)
	}
}

func TestOpenRelative(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	f, err := Open("a/../app.log", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	t.Chdir(t.TempDir())
	want, err := filepath.EvalSymlinks(filepath.Join(dir, "app.log"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := filepath.EvalSymlinks(f.Name()); err != nil || got != want {
		t.Errorf("Name() = %s, %v, want %s", f.Name(), err, want)
	}
}

func TestMode(t *testing.T) {
	for _, c := range []struct {
		mode string
		want string
	}{{"", "old\nnew\n"}, {"a", "old\nnew\n"}, {"w", "new\n"}} {
		for _, delay := range []bool{false, true} {
			dir := t.TempDir()
			tree{"app.log": "old\n"}.make(t, dir)
			f := opened(t, dir, Options{Mode: c.mode, Delay: delay})
			write(t, f, "new\n")
			tree{"app.log": c.want}.check(t, dir)
		}
	}
}

func TestDelay(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir, Options{Delay: true})
	if err := f.Sync(); err != nil {
		t.Error(err)
	}
	if err := f.Reopen(); err != nil {
		t.Error(err)
	}
	tree{}.check(t, dir)
	write(t, f, "one\n")
	tree{"app.log": "one\n"}.check(t, dir)
}

// Opening fails late: the record is refused, and a file that rolls by size has
// tried once more, as RotatingFileHandler does.
func TestDelayedOpenFails(t *testing.T) {
	for name, c := range map[string]struct {
		policy  Policy
		reports int
	}{"no policy": {nil, 0}, "by size": {Size{}, 1}} {
		dir := t.TempDir()
		tree{"app.log": "old\n"}.make(t, dir)
		reports := 0
		f := opened(t, dir, Options{Policy: c.policy, Mode: "x", Delay: true, OnError: func(err error) {
			if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
			reports++
		}})
		if n, err := f.Write([]byte("new\n")); n != 0 || !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: Write = %d, %v", name, n, err)
		}
		if reports != c.reports {
			t.Errorf("%s: reported %d times, want %d", name, reports, c.reports)
		}
		// What is for a record that cannot be encoded tries as often.
		if err := f.Open(); !errors.Is(err, fs.ErrExist) || reports != 2*c.reports {
			t.Errorf("%s: Open = %v, and reported %d times, want %d", name, err, reports, 2*c.reports)
		}
		if s := f.Stats(); s.Refused != 1 || s.Lines != 0 {
			t.Errorf("%s: Stats() = %+v", name, s)
		}
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
		write(t, f, "new\n")
	}
}

func TestNewFilePermissions(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	f := opened(t, dir, Options{})
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	want, err := os.Stat(plain)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.Stat(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if got.Mode() != want.Mode() {
		t.Errorf("mode %v, want %v", got.Mode(), want.Mode())
	}
}

func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	if err := makePipe(path); err != nil {
		t.Skip("no named pipes: ", err)
	}
	read := make(chan []byte, 1)
	var done sync.WaitGroup
	done.Go(func() {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		read <- content
	})
	f, err := Open(path, &Options{Policy: Size{MaxBytes: 1}, Retention: Keep{Backups: 1}, OnError: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	write(t, f, "one\n", "two\n")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := string(<-read); got != "one\ntwo\n" {
		t.Errorf("read %q", got)
	}
	done.Wait()
}

// nameless is a policy whose backups cannot be found.
type nameless struct{}

func (nameless) Due(State, int, time.Time) bool                             { return true }
func (nameless) Next(time.Time) time.Time                                   { return time.Time{} }
func (nameless) Plan(s State, _ time.Time, _ func(name string) bool) []Move { return nil }

// What Python takes and only surprises opens.
func TestOpenSurprises(t *testing.T) {
	for rule, o := range map[string]*Options{
		"a size without backups":  {Policy: Size{MaxBytes: 5}},
		"backups without a size":  {Policy: Size{}, Retention: Keep{Backups: 5}},
		"a namer with one answer": {Policy: Size{MaxBytes: 5}, Retention: Keep{Backups: 2}, Namer: func(path string) string { return filepath.Join(filepath.Dir(path), "same") }},
	} {
		f, err := Open(filepath.Join(t.TempDir(), "app.log"), o)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		f.Close()
	}
}
