//go:build unix

package rotate

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// umask sets the process's umask until the test ends.
func umask(t *testing.T, mask int) {
	old := syscall.Umask(mask)
	t.Cleanup(func() { syscall.Umask(old) })
}

func permOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return fi.Mode().Perm()
}

func TestPerm(t *testing.T) {
	copyMover := func(from, to string) error {
		content, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		return os.WriteFile(to, content, 0o666)
	}
	for _, c := range []struct {
		rule string
		mask int
		perm fs.FileMode
		want fs.FileMode
	}{
		{"none: as the umask says", 0o027, 0, 0o640},
		{"none: as the umask says", 0o077, 0, 0o600},
		{"more than the umask lets", 0o077, 0o664, 0o664},
		{"less than the umask lets", 0, 0o600, 0o600},
		{"exactly", 0o022, 0o640, 0o640},
	} {
		for name, mover := range map[string]func(from, to string) error{"renamed": nil, "copied": copyMover} {
			umask(t, c.mask)
			dir := t.TempDir()
			f := opened(t, dir, Options{
				Policy: Size{MaxBytes: 4}, Retention: Keep{Backups: 2}, Mover: mover, Perm: c.perm,
				OnError: func(err error) { t.Error(err) },
			})
			write(t, f, "one\n", "two\n", "three\n")
			for _, file := range []string{"app.log", "app.log.1"} {
				if got := permOf(t, filepath.Join(dir, file)); got != c.want {
					t.Errorf("%s (%s): %s has %#o, want %#o", c.rule, name, file, got, c.want)
				}
			}
		}
	}
}

// A file that is there gets the permissions, too, and so does one that
// logrotate has made.
func TestPermOfFound(t *testing.T) {
	dir := t.TempDir()
	tree{"app.log": ""}.make(t, dir)
	f := opened(t, dir, Options{Perm: 0o600, Watch: true})
	if got := permOf(t, f.Name()); got != 0o600 {
		t.Errorf("%#o", got)
	}
	if err := os.Rename(f.Name(), f.Name()+".1"); err != nil {
		t.Fatal(err)
	}
	tree{"app.log": ""}.make(t, dir)
	write(t, f, "one\n")
	if got := permOf(t, f.Name()); got != 0o600 {
		t.Errorf("reopened: %#o", got)
	}
}

// Permissions are a file's: a device keeps its own.
func TestPermOfDevice(t *testing.T) {
	before := permOf(t, os.DevNull)
	f, err := Open(os.DevNull, &Options{Perm: 0o600})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := permOf(t, os.DevNull); got != before {
		t.Fatalf("%s has %#o, had %#o", os.DevNull, got, before)
	}
}

// Open says that a file does not take its permissions; a record is never lost
// for it.
func TestPermFault(t *testing.T) {
	dir := t.TempDir()
	x := &faults{kind: "chmod", k: 1, forever: true, err: syscall.EPERM}
	umask(t, 0o022)
	if _, err := open(filepath.Join(dir, "app.log"), Options{Perm: 0o666}, x.system()); err == nil {
		t.Error("opened")
	}
	tree{}.check(t, dir)
	x.k = 0
	var reported int
	f := openedWith(t, dir, Options{Policy: Size{MaxBytes: 4}, Retention: Keep{Backups: 2}, Perm: 0o666, OnError: func(error) { reported++ }}, x.system())
	write(t, f, "one\n")
	x.k = 1
	write(t, f, "two\n")
	tree{"app.log": "two\n", "app.log.1": "one\n"}.check(t, dir)
	if reported != 1 || f.Stats().Rolls != 1 {
		t.Errorf("reported %d times, Stats() = %+v", reported, f.Stats())
	}
}

func TestDirPerm(t *testing.T) {
	umask(t, 0o022)
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "app.log")
	f, err := Open(path, &Options{DirPerm: 0o770, Watch: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, d := range []string{"a", "a/b"} {
		if got := permOf(t, filepath.Join(dir, d)); got != 0o750 {
			t.Errorf("%s has %#o", d, got)
		}
	}
	write(t, f, "one\n")
	if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	write(t, f, "two\n")
	if got, err := os.ReadFile(path); string(got) != "two\n" {
		t.Errorf("after the directory was removed: %q, %v", got, err)
	}
}
