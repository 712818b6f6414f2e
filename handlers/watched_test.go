package handlers_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
)

func watched(t *testing.T, path string, o handlers.FileOptions) *sluice.Handler {
	t.Helper()
	o.Formatter, o.OnError = bare{}, quiet(t)
	h, err := handlers.NewWatchedFile(path, &o)
	return opened(t, h, err)
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestWatchedFile(t *testing.T) {
	unixOnly(t)
	for _, c := range []struct {
		rule   string
		others func(t *testing.T, path string)
		want   map[string]string
	}{
		{"moved away", func(t *testing.T, path string) { rename(t, path, path+".1") },
			map[string]string{"app.log": "two\n", "app.log.1": "one\n"}},
		{"moved away, and a new one made", func(t *testing.T, path string) {
			rename(t, path, path+".1")
			put(t, path, "new\n")
		}, map[string]string{"app.log": "new\ntwo\n", "app.log.1": "one\n"}},
		{"removed", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"app.log": "two\n"}},
		{"emptied in place is the same file", func(t *testing.T, path string) {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"app.log": "two\n"}},
		{"another file moved over it", func(t *testing.T, path string) {
			put(t, path+".other", "other\n")
			rename(t, path+".other", path)
		}, map[string]string{"app.log": "other\ntwo\n"}},
	} {
		for _, delay := range []bool{false, true} {
			t.Run(c.rule, func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, "app.log")
				h := watched(t, path, handlers.FileOptions{Delay: delay})
				emit(t, h, "one")
				c.others(t, path)
				emit(t, h, "two")
				expect(t, dir, c.want)
			})
		}
	}
}

// A FileHandler does not look: it writes on to the file that was moved away,
// until it is told to Reopen.
func TestReopen(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	h, err := handlers.NewFile(path, &handlers.FileOptions{Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)}})
	h = opened(t, h, err)
	emit(t, h, "one")
	rename(t, path, path+".1")
	emit(t, h, "two")
	for range 2 { // the second time it is the same file
		if err := handlers.File(h).Reopen(); err != nil {
			t.Fatal(err)
		}
	}
	emit(t, h, "three")
	expect(t, dir, map[string]string{"app.log": "three\n", "app.log.1": "one\ntwo\n"})
	if n := handlers.File(h).Stats().Reopens; n != 1 {
		t.Errorf("reopened %d times, want once", n)
	}
}

// D7: opened late, the file is known from its first record on. CPython would
// empty it again (mode w) or never open it again (mode x).
func TestWatchedFileOpenedLate(t *testing.T) {
	for _, mode := range []string{"a", "w", "x"} {
		dir := t.TempDir()
		h := watched(t, filepath.Join(dir, "app.log"), handlers.FileOptions{Mode: mode, Delay: true})
		emit(t, h, "one", "two", "three")
		expect(t, dir, map[string]string{"app.log": "one\ntwo\nthree\n"})
		if n := handlers.File(h).Stats().Reopens; n != 0 {
			t.Errorf("mode %s: reopened %d times, want never", mode, n)
		}
	}
}

// CPython's test_race: no record fails, while somebody else keeps removing the
// file.
func TestWatchedFileRemovedAllTheTime(t *testing.T) {
	unixOnly(t)
	for _, delay := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "app.log")
		h := watched(t, path, handlers.FileOptions{Delay: delay})
		done := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					_ = os.Remove(path)
				}
			}
		})
		for range 500 {
			emit(t, h, "record")
		}
		close(done)
		wg.Wait()
		if n := handlers.File(h).Stats().Lines; n != 500 {
			t.Errorf("delay %t: %d records written, want 500", delay, n)
		}
	}
}

func TestWatchEvery(t *testing.T) {
	unixOnly(t)
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "app.log")
		h := watched(t, path, handlers.FileOptions{WatchEvery: time.Minute})
		emit(t, h, "one") // looks
		rename(t, path, path+".1")
		time.Sleep(time.Minute - 1)
		emit(t, h, "two")
		time.Sleep(time.Nanosecond)
		emit(t, h, "three") // looks
		expect(t, dir, map[string]string{"app.log": "three\n", "app.log.1": "one\ntwo\n"})
	})
	for _, c := range []struct {
		open  func(string, *handlers.FileOptions) (*sluice.Handler, error)
		every time.Duration
		want  string
	}{
		{handlers.NewWatchedFile, -1, "watch every -1ns is negative"},
		{handlers.NewFile, 1, "watch every needs watch"},
	} {
		path := filepath.Join(t.TempDir(), "app.log")
		if _, err := c.open(path, &handlers.FileOptions{WatchEvery: c.every}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %s", c.every, err, c.want)
		}
	}
}
