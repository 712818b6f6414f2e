package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/queue"
)

// deaf is a queue that cannot be asked for cursors while it is away, as a stream whose
// servers choose who leads.
type deaf struct {
	*queue.Ring
	away  atomic.Bool
	asked atomic.Int64
}

var errAway = errors.New("nobody leads")

func (q *deaf) Cursor(name string) (queue.Getter, error) {
	q.asked.Add(1)
	if q.away.Load() {
		return nil, errAway
	}
	return q.Ring.Cursor(name)
}

// reloads is a configuration whose root has one handler, which writes a file of its name,
// and what the program tells of it.
type reloads struct {
	t   *testing.T
	dir string
	*reloader
	cursors *cursors

	mu   sync.Mutex
	told []string
}

func newReloads(t *testing.T, q engine, handler string) *reloads {
	t.Helper()
	r := &reloads{t: t, dir: t.TempDir()}
	path := filepath.Join(r.dir, "logging.json")
	r.reloader = &reloader{path: path, say: io.Discard, report: r.note}
	r.write(handler)
	sys, err := config.LoadFile(path, configOptions())
	if err != nil {
		t.Fatal(err)
	}
	report := sluice.NewHandler(new(sluice.Null), &sluice.HandlerOptions{OnError: func(_ context.Context, _ *sluice.Record, err error) { r.note(err) }})
	r.cursors = newCursors(sys, report)
	r.cursors.queue = q
	r.sys, r.before, r.loaded = sys, r.cursors.leaving, r.cursors.follow
	return r
}

func (r *reloads) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, err.Error())
}

func (r *reloads) write(handler string) {
	r.t.Helper()
	text := fmt.Sprintf(`{"version": 1, "formatters": {"plain": {"format": "%%(message)s"}},
		"handlers": {%q: {"class": "logging.FileHandler", "filename": %q, "formatter": "plain"}},
		"root": {"level": "INFO", "handlers": [%[1]q]}}`, handler, filepath.Join(r.dir, handler))
	if err := os.WriteFile(r.path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// log logs, and waits until nothing goes on any more.
func (r *reloads) log(message string) {
	r.t.Helper()
	if err := r.cursors.Emit(r.t.Context(), &sluice.Record{Name: "app", Level: sluice.Info, Message: message}); err != nil {
		r.t.Error(err)
	}
	synctest.Wait()
}

// expect checks what was told since it was called last, and what the files hold.
func (r *reloads) expect(told []string, files map[string]string) {
	r.t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.told, told) {
		r.t.Errorf("told %q, want %q", r.told, told)
	}
	r.told = nil
	for name, want := range files {
		if got := string(read(r.t, filepath.Join(r.dir, name))); got != want {
			r.t.Errorf("file %s has %q, want %q", name, got, want)
		}
	}
}

// TestQueueIsAskedAgain: a queue that cannot be asked when a configuration is loaded is
// asked again, by one timer, until it can be; nothing that comes meanwhile is lost.
func TestQueueIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &deaf{Ring: queue.NewRing(16, nil)}
		r := newReloads(t, q, "one")
		if err := r.loaded(); err != nil {
			t.Fatal(err)
		}
		r.log("first")
		r.expect(nil, map[string]string{"one": "first\n"})

		q.away.Store(true)
		r.write("two")
		const failed = "queue: handler two: nobody leads"
		for range 3 { // SIGHUP, again and again
			r.load(true)
			r.expect([]string{failed}, nil)
			time.Sleep(again / 2)
		}
		r.log("meanwhile")
		asked := q.asked.Load()
		for range 3 {
			time.Sleep(again)
			r.expect([]string{failed}, map[string]string{"one": "first\n"})
		}
		if n := q.asked.Load() - asked; n != 3 {
			t.Errorf("asked %d times in three times %v, want 3", n, again)
		}

		q.away.Store(false)
		time.Sleep(again)
		r.expect([]string{"handler one: the configuration has it no more: 1 records that waited for it were dropped"},
			map[string]string{"one": "first\n", "two": "meanwhile\n"})
		r.log("last")
		r.expect(nil, map[string]string{"two": "meanwhile\nlast\n"})
		if names, err := q.Cursors(t.Context()); err != nil || !slices.Equal(names, []string{"handler two"}) {
			t.Errorf("cursors %q, %v", names, err)
		}

		// Nobody asks when all is well, nor when all has ended.
		asked = q.asked.Load()
		time.Sleep(time.Hour)
		q.away.Store(true)
		r.write("three")
		r.load(true)
		r.expect([]string{"queue: handler three: nobody leads"}, nil)
		if err := errors.Join(r.cursors.shutdown(t.Context()), r.sys.Shutdown(t.Context())); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		r.expect(nil, map[string]string{"two": "meanwhile\nlast\n"})
		if n := q.asked.Load() - asked; n != 1 {
			t.Errorf("asked %d times, want once, for three", n)
		}
	})
}
