package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestWatch(t *testing.T) {
	unixOnly(t)
	type step func(t *testing.T, dir string)
	move := func(from, to string) step {
		return func(t *testing.T, dir string) {
			if err := rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
				t.Fatal(err)
			}
		}
	}
	drop := func(t *testing.T, dir string) {
		if err := remove(filepath.Join(dir, "app.log")); err != nil {
			t.Fatal(err)
		}
	}
	create := func(t *testing.T, dir string) { tree{"app.log": "theirs\n"}.make(t, dir) }
	nothing := func(*testing.T, string) {}
	for _, c := range []struct {
		rule  string
		o     Options
		steps []step // before each of the records 1, 2, ...
		after tree
	}{
		{"moved", Options{}, []step{nothing, move("app.log", "old.log")}, tree{"old.log": "1\n", "app.log": "2\n"}},
		{"removed", Options{}, []step{nothing, drop}, tree{"app.log": "2\n"}},
		{"replaced", Options{}, []step{nothing, func(t *testing.T, dir string) { move("app.log", "old.log")(t, dir); create(t, dir) }}, tree{"old.log": "1\n", "app.log": "theirs\n2\n"}},
		{"truncated in place is no change", Options{}, []step{nothing, func(t *testing.T, dir string) { tree{"app.log": ""}.make(t, dir) }}, tree{"app.log": "2\n"}},
		{"late: the first record stays (mode w)", Options{Delay: true, Mode: "w"}, []step{nothing, nothing}, tree{"app.log": "1\n2\n"}},
		{"late: it goes on (mode x)", Options{Delay: true, Mode: "x"}, []step{nothing, nothing}, tree{"app.log": "1\n2\n"}},
		{"mode x opens the next file, too", Options{Mode: "x"}, []step{nothing, move("app.log", "old.log")}, tree{"old.log": "1\n", "app.log": "2\n"}},
		{"with a size limit, which is of the new file", Options{Policy: Size{MaxBytes: 6}, Retention: Keep{Backups: 2}}, []step{nothing, move("app.log", "old.log"), nothing, nothing}, tree{"old.log": "1\n", "app.log.1": "2\n3\n", "app.log": "4\n"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			c.o.Watch = true
			c.o.OnError = func(err error) { t.Error(err) }
			f := opened(t, dir, c.o)
			for i, before := range c.steps {
				before(t, dir)
				write(t, f, fmt.Sprintf("%d\n", i+1))
			}
			c.after.check(t, dir)
		})
	}
}

func TestWatchReopenFails(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	f := opened(t, dir, Options{Watch: true})
	write(t, f, "one\n")
	if err := rename(f.Name(), filepath.Join(dir, "old.log")); err != nil {
		t.Fatal(err)
	}
	tree{"app.log": "<dir>"}.make(t, dir)
	for range 2 {
		if _, err := f.Write([]byte("two\n")); !errors.Is(err, syscall.EISDIR) {
			t.Errorf("Write = %v, want that it is a directory", err)
		}
	}
	if err := os.Remove(f.Name()); err != nil {
		t.Fatal(err)
	}
	write(t, f, "three\n")
	tree{"old.log": "one\n", "app.log": "three\n"}.check(t, dir)
	if s := f.Stats(); s.Refused != 2 || s.Lines != 2 {
		t.Errorf("Stats() = %+v", s)
	}
}

// A path that cannot be looked at is no reason to lose a record.
func TestWatchBlind(t *testing.T) {
	dir := t.TempDir()
	sys := osSystem()
	sys.watcher = func(path string) (func() (identity, int64, error), error) {
		return func() (identity, int64, error) {
			return identity{}, 0, &fs.PathError{Op: "stat", Path: path, Err: syscall.EACCES}
		}, nil
	}
	var reported []error
	f := openedWith(t, dir, Options{Watch: true, OnError: func(err error) { reported = append(reported, err) }}, sys)
	write(t, f, "one\n")
	tree{"app.log": "one\n"}.check(t, dir)
	if len(reported) != 1 || !errors.Is(reported[0], fs.ErrPermission) {
		t.Errorf("reported %v", reported)
	}
}

// CPython's test_race: 500 records while somebody keeps removing the file.
func TestWatchRace(t *testing.T) {
	unixOnly(t)
	for _, delay := range []bool{false, true} {
		f := opened(t, t.TempDir(), Options{Watch: true, Delay: delay, OnError: func(err error) { t.Error(err) }})
		var done sync.WaitGroup
		done.Go(func() {
			for range 500 {
				_ = os.Remove(f.Name())
				runtime.Gosched()
			}
		})
		for i := range 500 {
			write(t, f, fmt.Sprintf("%d\n", i))
		}
		done.Wait()
	}
}

func TestReopen(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	f := opened(t, dir, Options{Mode: "w"})
	write(t, f, "one\n")
	if err := f.Reopen(); err != nil { // the same file: not emptied
		t.Fatal(err)
	}
	if err := rename(f.Name(), filepath.Join(dir, "old.log")); err != nil {
		t.Fatal(err)
	}
	write(t, f, "two\n")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, f, "three\n")
	tree{"old.log": "one\ntwo\n", "app.log": "three\n"}.check(t, dir)
	if s := f.Stats(); s.Reopens != 1 {
		t.Errorf("Stats().Reopens = %d", s.Reopens)
	}
}

func TestWatchEvery(t *testing.T) {
	unixOnly(t)
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{Watch: true, WatchEvery: time.Second})
		write(t, f, "one\n") // looks
		if err := rename(f.Name(), filepath.Join(dir, "old.log")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(999 * time.Millisecond)
		write(t, f, "two\n")
		time.Sleep(time.Millisecond)
		write(t, f, "three\n") // looks
		write(t, f, "four\n")
		tree{"old.log": "one\ntwo\n", "app.log": "three\nfour\n"}.check(t, dir)
	})
}
