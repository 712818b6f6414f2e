package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// dest is an Emitter made of functions; those that are nil do nothing. It counts
// what it was given itself.
type dest struct {
	emit  func(ctx context.Context, r *sluice.Record) error
	flush func() error

	mu  sync.Mutex
	got []string
}

func (d *dest) Emit(ctx context.Context, r *sluice.Record) error {
	if d.emit != nil {
		if err := d.emit(ctx, r); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.got = append(d.got, r.Message)
	return nil
}

func (d *dest) Flush(context.Context) error {
	if d.flush != nil {
		return d.flush()
	}
	return nil
}

func (d *dest) Close() error { return nil }

func (d *dest) messages() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.got)
}

// silent makes a Handler that admits all and reports nowhere.
func silent(e sluice.Emitter) *sluice.Handler {
	return sluice.NewHandler(e, &sluice.HandlerOptions{Level: sluice.NotSet, OnError: func(context.Context, *sluice.Record, error) {}})
}

func put(t *testing.T, q queue.Putter, messages ...string) {
	t.Helper()
	for _, m := range messages {
		if err := q.Put(t.Context(), info(m)); err != nil {
			t.Fatal(err)
		}
	}
}

func start(t *testing.T, l *queue.Listener) {
	t.Helper()
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
}

func stop(t *testing.T, l *queue.Listener) {
	t.Helper()
	if err := l.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestListener(t *testing.T) {
	q := queue.NewRing(100, nil)
	var a, b dest
	l := queue.NewListener(q, []queue.Destination{{Handler: silent(&a)}, {Handler: silent(&b)}}, nil)
	stop(t, l) // not running: nothing
	put(t, q, "before")
	start(t, l)
	if err := l.Start(); !errors.Is(err, queue.ErrRunning) {
		t.Errorf("a second Start gave %v, want ErrRunning", err)
	}
	put(t, q, "1", "2")
	stop(t, l)
	stop(t, l)
	put(t, q, "later")
	if got := q.Stats().Held; got != 1 || l.Running() {
		t.Errorf("stopped: %d held, running %v", got, l.Running())
	}
	start(t, l)
	put(t, q, "3")
	if err := l.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	want := []string{"before", "1", "2", "later", "3"}
	for _, d := range []*dest{&a, &b} {
		if got := d.messages(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if st := q.Stats(); st.Accepted != 5 || st.Delivered != 5 || st.Held != 0 {
		t.Errorf("%+v", st)
	}
	for name, st := range l.Stats() {
		if st.Delivered != 5 {
			t.Errorf("destination %s: %+v", name, st)
		}
	}
}

func TestNoDestination(t *testing.T) {
	q := queue.NewRing(100, nil)
	l := queue.NewListener(q, nil, nil)
	start(t, l)
	put(t, q, "1", "2")
	stop(t, l)
	if st := q.Stats(); st.Held != 0 || st.Dropped[queue.NoDestination] != 2 {
		t.Errorf("%+v", st)
	}
}

func TestRespectHandlerLevel(t *testing.T) {
	for _, respect := range []bool{false, true} {
		q := queue.NewRing(100, nil)
		var d dest
		h := sluice.NewHandler(&d, &sluice.HandlerOptions{Level: sluice.Error})
		l := queue.NewListener(q, []queue.Destination{{Handler: h}}, &queue.ListenerOptions{RespectHandlerLevel: respect})
		_ = q.Put(t.Context(), record(sluice.Info, "info"))
		_ = q.Put(t.Context(), record(sluice.Error, "error"))
		start(t, l)
		stop(t, l)
		want := []string{"info", "error"}
		if respect {
			want = want[1:]
		}
		if got := d.messages(); !slices.Equal(got, want) {
			t.Errorf("respect %v: got %q, want %q", respect, got, want)
		}
	}
}

// One of five destinations fails, panics, cannot flush, or hangs for ever: the
// others get every record, and Stop ends in its time.
func TestBadDestination(t *testing.T) {
	records := 100_000
	if testing.Short() || raceEnabled {
		records = 5_000
	}
	var hang chan struct{}
	bad := map[string]*dest{
		"fails":      {emit: func(context.Context, *sluice.Record) error { return errors.New("broken") }},
		"panics":     {emit: func(context.Context, *sluice.Record) error { panic("broken") }},
		"no flush":   {flush: func() error { return errors.New("broken") }},
		"bad flush":  {flush: func() error { panic("broken") }},
		"fails once": {},
		"panics once": {emit: func(_ context.Context, r *sluice.Record) error {
			if r.Message == "message 17" {
				panic("broken")
			}
			return nil
		}},
		"hangs": {emit: func(context.Context, *sluice.Record) error { <-hang; return nil }},
	}
	bad["fails once"].emit = func(_ context.Context, r *sluice.Record) error {
		if r.Message == "message 17" {
			return errors.New("broken")
		}
		return nil
	}
	for name, d := range bad {
		t.Run(name, func(t *testing.T) {
			// In a bubble nobody is behind because the machine is busy, and no goroutine
			// is left when it ends.
			synctest.Test(t, func(t *testing.T) {
				hang = make(chan struct{})
				defer close(hang)
				q := queue.NewRing(1000, &queue.RingOptions{Behind: 5 * time.Millisecond})
				var good [4]dest
				ds := []queue.Destination{{Name: "bad", Handler: silent(d)}}
				for i := range good {
					ds = append(ds, queue.Destination{Name: fmt.Sprint("good", i), Handler: silent(&good[i])})
				}
				l := queue.NewListener(q, ds, &queue.ListenerOptions{TellDrops: new(bool)})
				start(t, l)
				log := slog.New(queue.NewHandler(q, nil))
				want := make([]string, records)
				for i := range records {
					want[i] = fmt.Sprint("message ", i)
					log.Info(want[i])
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if name == "hangs" {
					// The others are waited for, the hanging one not.
					for i := range good {
						for len(good[i].messages()) < records && ctx.Err() == nil {
							time.Sleep(time.Millisecond)
						}
					}
					cancel()
				}
				err := l.Shutdown(ctx)
				if name == "hangs" != (err != nil) {
					t.Errorf("Shutdown gave %v", err)
				}
				if err != nil && (!strings.Contains(err.Error(), `destination "bad": `) || strings.Contains(err.Error(), "good")) {
					t.Errorf("Shutdown gave %v, want what is left for the bad one", err)
				}
				for i := range good {
					if got := good[i].messages(); !slices.Equal(got, want) {
						t.Errorf("destination %d got %d of %d", i, len(got), records)
					}
				}
				balance(t, q.Stats())
				all := l.Stats()
				for _, st := range all {
					balance(t, st)
				}
				n := uint64(records)
				st := all["bad"]
				switch name {
				case "fails", "panics":
					if st.Dropped[queue.Failed] != n {
						t.Errorf("%+v, want all of %d counted as failed", st, n)
					}
				case "fails once", "panics once":
					if st.Dropped[queue.Failed] != 1 || st.Delivered != n-1 {
						t.Errorf("%+v, want one counted as failed", st)
					}
				case "no flush", "bad flush":
					if st.Dropped[queue.NotFlushed] != n {
						t.Errorf("%+v, want all counted as not flushed", st)
					}
				case "hangs":
					if st.Delivered != 0 || st.Dropped[queue.Behind] != n-st.Held {
						t.Errorf("%+v, want none delivered and the rest behind", st)
					}
				}
			})
		})
	}
}

// Behind a queue that does not block, Handle never waits for a destination.
func TestHandleDoesNotWait(t *testing.T) {
	for _, full := range []queue.Policy{queue.DropNewest, queue.DropOldest} {
		synctest.Test(t, func(t *testing.T) {
			hang := make(chan struct{})
			d := &dest{emit: func(context.Context, *sluice.Record) error { <-hang; return nil }}
			q := queue.NewRing(10, &queue.RingOptions{Full: full})
			l := queue.NewListener(q, []queue.Destination{{Handler: silent(d)}}, &queue.ListenerOptions{TellDrops: new(bool)})
			start(t, l)
			h := queue.NewHandler(q, &queue.HandlerOptions{HandlerOptions: sluice.HandlerOptions{OnError: func(context.Context, *sluice.Record, error) {}}})
			begin := time.Now()
			for range 1000 {
				_ = h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0))
			}
			if passed := time.Since(begin); passed != 0 {
				t.Errorf("%v: 1000 records behind a queue that is full took %v", full, passed)
			}
			// Shutdown ends when its time is over, and says what is left.
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := l.Shutdown(ctx)
			st := q.Stats()
			if want := fmt.Sprintf("destination \"0\": %d records left", st.Held); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), want) {
				t.Errorf("Shutdown gave %v, want %s", err, want)
			}
			if passed := time.Since(begin); passed != time.Second {
				t.Errorf("Shutdown took %v, want 1s", passed)
			}
			balance(t, st)
			close(hang)
			synctest.Wait()
			// What it held when it was given up came back to the queue.
			balance(t, q.Stats())
			if st := q.Stats(); st.Delivered+st.Held+st.Dropped[queue.Full] != 1000 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// Drops are told in the stream itself.
func TestTellsDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		d := &dest{emit: func(_ context.Context, r *sluice.Record) error {
			if r.Message == "first" {
				<-gate
			}
			return nil
		}}
		q := queue.NewRing(2, &queue.RingOptions{Full: queue.DropNewest})
		l := queue.NewListener(q, []queue.Destination{{Handler: silent(d)}}, nil)
		start(t, l)
		put(t, q, "first")
		synctest.Wait() // it hangs in the first
		put(t, q, "second", "third")
		for range 42 {
			if err := q.Put(t.Context(), info("lost")); !errors.Is(err, queue.ErrFull) {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Second)
		close(gate)
		time.Sleep(2 * time.Second)
		want := []string{"first", "42 records dropped: queue full, 3 s", "second", "third"}
		if got := d.messages(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		stop(t, l)
		if got := d.messages(); !slices.Equal(got, want) {
			t.Errorf("after Stop: %q, want %q", got, want)
		}
		if st := q.Stats(); st.Accepted != 45 || st.Delivered != 3 || st.Dropped[queue.Full] != 42 {
			t.Errorf("%+v", st)
		}
	})
}
