package sluice_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// D18 and D6: what the target refuses costs no other record, none goes out twice,
// and each error comes back and is reported once.
func TestMemoryTargetFails(t *testing.T) {
	bad := errors.New("bad")
	answers := map[string]func() error{
		"error": func() error { return bad },
		"panic": func() error { panic(bad) },
	}
	for name, answer := range answers {
		for _, reporting := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reported by the target %v", name, reporting), func(t *testing.T) {
				var got, reported []string
				onError := func(_ context.Context, r *sluice.Record, err error) {
					reported = append(reported, r.Message)
					if !strings.Contains(err.Error(), "bad") {
						t.Errorf("reported %v", err)
					}
				}
				var e sluice.Emitter = &target{emit: func(_ context.Context, r *sluice.Record) error {
					got = append(got, r.Message)
					if strings.HasPrefix(r.Message, "bad") {
						return answer()
					}
					return nil
				}}
				reports := []string{"five"} // a bare target's errors are the outer Handler's to tell
				if reporting {
					e = sluice.NewHandler(e, &sluice.HandlerOptions{OnError: onError})
					if name == "error" {
						reports = []string{"bad 2", "bad 4"}
					}
				}
				m := sluice.NewMemory(e, &sluice.MemoryOptions{Capacity: 5})
				h := sluice.NewHandler(m, &sluice.HandlerOptions{OnError: onError})
				for _, message := range []string{"one", "bad 2", "three", "bad 4"} {
					if err := emitAt(t, h, sluice.Info, message); err != nil {
						t.Errorf("Emit(%q): %v", message, err)
					}
				}
				err := emitAt(t, h, sluice.Info, "five")
				if err == nil || strings.Count(err.Error(), "bad") != 2 || name == "error" && !errors.Is(err, bad) {
					t.Errorf("Emit gave %v, want both errors", err)
				}
				if !slices.Equal(reported, reports) {
					t.Errorf("reported for %q, want %q", reported, reports)
				}
				if err := h.Flush(t.Context()); err != nil {
					t.Errorf("Flush gave %v: nothing is left", err)
				}
				if want := []string{"one", "bad 2", "three", "bad 4", "five"}; !slices.Equal(got, want) {
					t.Errorf("the target was given %q, want %q", got, want)
				}
				expectStats(t, m.Stats(), sluice.Stats{Accepted: 5, Delivered: 3, Dropped: map[string]uint64{"error": 2}})
			})
		}
	}
}

// The text of an error is bounded, whatever the number of records.
func TestMemoryJoinsSomeErrors(t *testing.T) {
	c := new(emittest.Recorder)
	c.Fail(errors.New("down"))
	reports := 0
	count := func(context.Context, *sluice.Record, error) { reports++ }
	for reported, e := range map[int]sluice.Emitter{
		1:    c,
		1000: sluice.NewHandler(c, &sluice.HandlerOptions{OnError: count}),
	} {
		h := sluice.NewHandler(sluice.NewMemory(e, &sluice.MemoryOptions{Capacity: 1000}), &sluice.HandlerOptions{OnError: count})
		var err error
		reports = 0
		for range 1000 {
			err = errors.Join(err, emitAt(t, h, sluice.Info, "m"))
		}
		if err == nil || strings.Count(err.Error(), "down") != 16 || !strings.HasSuffix(err.Error(), "984 records more not delivered") {
			t.Errorf("the error is %v", err)
		}
		if reports != reported {
			t.Errorf("reported %d times, want %d", reports, reported)
		}
	}
}

// A target that ends its goroutine, as t.FailNow does, leaves the Memory usable.
func TestMemoryTargetEndsTheGoroutine(t *testing.T) {
	var got []string
	m := sluice.NewMemory(&target{emit: func(_ context.Context, r *sluice.Record) error {
		if r.Message == "end" {
			runtime.Goexit()
		}
		got = append(got, r.Message)
		return nil
	}}, &sluice.MemoryOptions{Capacity: 10})
	log(t, m, "one", "end", "three")
	var wg sync.WaitGroup
	wg.Go(func() { _ = m.Flush(context.Background()) })
	wg.Wait()
	expectStats(t, m.Stats(), sluice.Stats{Accepted: 3, Delivered: 1, Held: 1, Dropped: map[string]uint64{"error": 1}})
	if err := m.Close(); err != nil || strings.Join(got, " ") != "one three" {
		t.Errorf("Close gave %v, and the target has %q", err, got)
	}
}

// Without a target's answer others add their records, and wait only with what is
// due; a context ends the wait of Flush.
func TestMemoryTargetHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := new(emittest.Recorder)
		m := sluice.NewMemory(&target{emit: func(ctx context.Context, r *sluice.Record) error {
			<-release
			return c.Emit(ctx, r)
		}}, &sluice.MemoryOptions{Capacity: 4})
		var wg sync.WaitGroup
		wg.Go(func() { _ = emitAt(t, m, sluice.Error, "first") })
		synctest.Wait()
		log(t, m, "a", "b", "c") // would not return if they waited
		for range 3 {
			wg.Go(func() { _ = emitAt(t, m, sluice.Error, "due") })
		}
		synctest.Wait()
		// One waits with the fourth record held, the others with theirs in hand.
		expectStats(t, m.Stats(), sluice.Stats{Accepted: 5, Held: 5})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := m.Flush(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Flush gave %v, want the context's error", err)
		}
		close(release)
		wg.Wait()
		expectMessages(t, c, "first", "a", "b", "c", "due", "due", "due")
		expectStats(t, m.Stats(), sluice.Stats{Accepted: 7, Delivered: 7})
	})
}

// When SetTarget returns, the former target is not in use.
func TestMemorySetTargetWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		m := sluice.NewMemory(&target{emit: func(context.Context, *sluice.Record) error {
			<-release
			return nil
		}}, nil)
		set := false
		var wg sync.WaitGroup
		wg.Go(func() { _ = emitAt(t, m, sluice.Error, "m") })
		synctest.Wait()
		wg.Go(func() {
			m.SetTarget(nil)
			set = true
		})
		synctest.Wait()
		if set {
			t.Error("SetTarget returned while the former target was in use")
		}
		close(release)
		wg.Wait()
	})
}

// A Flush whose context is done leaves the rest held.
func TestMemoryFlushIsCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var got []string
	m := sluice.NewMemory(&target{emit: func(_ context.Context, r *sluice.Record) error {
		got = append(got, r.Message)
		if len(got) == 2 {
			cancel()
		}
		return nil
	}}, &sluice.MemoryOptions{Capacity: 10})
	log(t, m, "one", "two", "three", "four")
	if err := m.Flush(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "2 records still held") {
		t.Errorf("Flush gave %v", err)
	}
	expectStats(t, m.Stats(), sluice.Stats{Accepted: 4, Delivered: 2, Held: 2})
	if err := m.Flush(t.Context()); err != nil || strings.Join(got, " ") != "one two three four" {
		t.Errorf("Flush gave %v, and the target has %q", err, got)
	}
}

// What the target logs into the Memory itself neither locks up nor goes round for
// ever: it is handed on once, behind the others.
func TestMemoryTargetLogsIntoIt(t *testing.T) {
	for name, o := range map[string]*sluice.MemoryOptions{
		"each at once": nil,
		"capacity":     {Capacity: 2},
	} {
		t.Run(name, func(t *testing.T) {
			var m *sluice.Memory
			var got []string
			depth := 0
			m = sluice.NewMemory(&target{emit: func(ctx context.Context, r *sluice.Record) error {
				if depth++; depth > 1 {
					t.Errorf("Emit of the target within itself, for %q", r.Message)
				}
				defer func() { depth-- }()
				got = append(got, r.Message)
				return m.Emit(ctx, &sluice.Record{Level: sluice.Critical, Message: "about " + r.Message})
			}}, o)
			if err := emitAt(t, m, sluice.Error, "one"); err != nil {
				t.Error(err)
			}
			if want := []string{"one", "about one"}; !slices.Equal(got, want) {
				t.Errorf("the target was given %q, want %q", got, want)
			}
			if held := messagesOf(m.Records()); !slices.Equal(held, []string{"about about one"}) {
				t.Errorf("holds %q", held)
			}
			expectBalance(t, m.Stats())
		})
	}
}

// A target whose OnError logs through the same logger, as slog.SetDefault makes it
// easy to do, and fails with that as well: it ends, it is bounded, it is counted.
func TestMemoryOnErrorLogsIntoIt(t *testing.T) {
	var logger *slog.Logger
	c := new(emittest.Recorder)
	c.Fail(errors.New("down"))
	depth, deepest := 0, 0
	onError := func(_ context.Context, _ *sluice.Record, err error) {
		depth++
		deepest = max(deepest, depth)
		logger.Error("not delivered", "err", err)
		depth--
	}
	m := sluice.NewMemory(
		sluice.NewHandler(c, &sluice.HandlerOptions{OnError: onError}),
		&sluice.MemoryOptions{Capacity: 10},
	)
	logger = slog.New(sluice.NewHandler(m, &sluice.HandlerOptions{OnError: onError}))
	for i := range 1000 {
		logger.Error("message", "i", i)
	}
	s := m.Stats()
	if deepest != 1 || s.Held > 10 || s.Accepted <= 1000 || s.Delivered != 0 {
		t.Errorf("%d deep; stats %+v", deepest, s)
	}
	expectBalance(t, s)
}

// The target may use all methods.
func TestMemoryTargetCallsIt(t *testing.T) {
	var m *sluice.Memory
	calls := map[string]func() error{
		"Flush":       func() error { return m.Flush(context.Background()) },
		"Close":       func() error { return m.Close() },
		"SetTarget":   func() error { m.SetTarget(nil); return nil },
		"SetCapacity": func() error { m.SetCapacity(1); m.SetFlushLevel(0); return nil },
		"Records":     func() error { m.Records(); m.Stats(); return nil },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			c := new(emittest.Recorder)
			m = sluice.NewMemory(&target{emit: func(ctx context.Context, r *sluice.Record) error {
				return errors.Join(c.Emit(ctx, r), call())
			}}, &sluice.MemoryOptions{Capacity: 3})
			log(t, m, "one", "two", "three")
			want := []string{"one", "two", "three"}
			if name == "SetTarget" {
				want = want[:1]
			}
			expectMessages(t, c, want...)
			expectBalance(t, m.Stats())
			closed := errors.Is(emitAt(t, m, sluice.Info, "after"), sluice.ErrClosed)
			if closed != (name == "Close") {
				t.Errorf("closed: %v", closed)
			}
		})
	}
}

// Of CPython's test_race_between_set_target_and_flush, and more of the kind: the
// counts are exact, no record comes twice, and those of one goroutine in order.
func TestMemoryConcurrently(t *testing.T) {
	const writers, each = 8, 500
	c := new(emittest.Recorder)
	var m *sluice.Memory
	var changes sync.WaitGroup
	e := &target{emit: func(ctx context.Context, r *sluice.Record) error {
		if strings.HasSuffix(r.Message, "-100") {
			changes.Go(func() { m.SetTarget(nil) })
		}
		if strings.HasSuffix(r.Message, "-7") {
			return errors.New("refused")
		}
		return c.Emit(ctx, r)
	}}
	m = sluice.NewMemory(e, &sluice.MemoryOptions{Capacity: 50})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				level := sluice.Info
				if i%20 == 0 {
					level = sluice.Error
				}
				_ = emitAt(t, m, level, fmt.Sprintf("%d-%d", w, i))
				switch i % 100 {
				case 50:
					m.SetTarget(e)
				case 70:
					_ = m.Flush(t.Context())
				case 90:
					m.SetCapacity(20 + i/10)
				}
			}
		})
	}
	wg.Wait()
	changes.Wait()
	m.SetTarget(e)
	_ = m.Close()
	changes.Wait()
	last := map[int]int{}
	for _, message := range c.Messages() {
		var w, i int
		if _, err := fmt.Sscanf(message, "%d-%d", &w, &i); err != nil {
			t.Fatal(err)
		}
		if before, ok := last[w]; ok && i <= before {
			t.Errorf("writer %d: %d after %d", w, i, before)
		}
		last[w] = i
	}
	s := m.Stats()
	if s.Accepted != writers*each || s.Delivered != uint64(len(c.Messages())) || s.Held != 0 {
		t.Errorf("delivered %d; stats %+v", len(c.Messages()), s)
	}
	expectBalance(t, s)
}

// The bound holds however many log, and with a target nothing is dropped for it.
func TestMemoryBoundConcurrently(t *testing.T) {
	var m *sluice.Memory
	m = sluice.NewMemory(&target{emit: func(context.Context, *sluice.Record) error {
		if held := m.Stats().Held; held > 4+1 {
			t.Errorf("holds %d records, want 4 and the one being handed on at most", held)
		}
		runtime.Gosched()
		return nil
	}}, &sluice.MemoryOptions{Capacity: 4})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 200 {
				if err := emitAt(t, m, sluice.Info, "m"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	expectStats(t, m.Stats(), sluice.Stats{Accepted: 3200, Delivered: 3200})
}
