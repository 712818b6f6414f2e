package sluice_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// target is an Emitter made of a func.
type target struct {
	sluice.Null
	emit func(ctx context.Context, r *sluice.Record) error
}

func (t *target) Emit(ctx context.Context, r *sluice.Record) error { return t.emit(ctx, r) }

// emitAt emits a record and gives the error.
func emitAt(t *testing.T, e sluice.Emitter, level sluice.Level, message string) error {
	t.Helper()
	return e.Emit(t.Context(), &sluice.Record{Level: level, Name: "app", Message: message})
}

// expectStats checks the counts, and that they add up.
func expectStats(t *testing.T, got, want sluice.Stats) {
	t.Helper()
	if want.Dropped == nil {
		want.Dropped = map[string]uint64{}
	}
	if got.Accepted != want.Accepted || got.Delivered != want.Delivered || got.Held != want.Held || !maps.Equal(got.Dropped, want.Dropped) {
		t.Errorf("the stats are %+v, want %+v", got, want)
	}
	expectBalance(t, got)
}

// expectBalance checks that no record is missing in s.
func expectBalance(t *testing.T, s sluice.Stats) {
	t.Helper()
	sum := s.Delivered + s.Held
	for _, n := range s.Dropped {
		sum += n
	}
	if sum != s.Accepted {
		t.Errorf("%+v does not add up: %d accepted, %d found", s, s.Accepted, sum)
	}
}

func messagesOf(records []*sluice.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, r.Message)
	}
	return all
}

func TestMemoryIsAnEmitter(t *testing.T) {
	for name, o := range map[string]*sluice.MemoryOptions{
		"each at once":    nil,
		"flush level":     {Capacity: 1000},
		"capacity":        {Capacity: 3, FlushLevel: new(sluice.Level(100))},
		"by flush":        {Capacity: 1000, FlushLevel: new(sluice.Level(100))},
		"by ShouldFlush":  {ShouldFlush: func(held int, _ *sluice.Record) bool { return held >= 7 }, Limit: 10},
		"FlushOnClose":    {Capacity: 1000, FlushOnClose: new(true)},
		"larger capacity": {Capacity: 1000, Limit: 10},
	} {
		t.Run(name, func(t *testing.T) {
			emittest.Run(t, func(*testing.T) emittest.Target {
				c := new(emittest.Recorder)
				return emittest.Target{Emitter: sluice.NewMemory(c, o), Delivered: c.Messages}
			})
		})
	}
	t.Run("in front of a Handler", func(t *testing.T) {
		emittest.Run(t, func(*testing.T) emittest.Target {
			c, reported := new(emittest.Recorder), 0
			h := sluice.NewHandler(c, &sluice.HandlerOptions{
				OnError: func(context.Context, *sluice.Record, error) { reported++ },
			})
			return emittest.Target{
				Emitter:   sluice.NewMemory(h, &sluice.MemoryOptions{Capacity: 20}),
				Delivered: c.Messages,
				Reported:  func() int { return reported },
			}
		})
	})
}

// Of CPython's MemoryHandlerTest.test_flush.
func TestMemoryFlush(t *testing.T) {
	c := new(emittest.Recorder)
	m := sluice.NewMemory(c, &sluice.MemoryOptions{Capacity: 10, FlushLevel: new(sluice.Warning)})
	at := func(level sluice.Level, message string) {
		t.Helper()
		if err := emitAt(t, m, level, message); err != nil {
			t.Error(err)
		}
	}
	at(sluice.Debug, "one")
	at(sluice.Info, "two")
	expectMessages(t, c)
	at(sluice.Warning, "three")
	want := []string{"one", "two", "three"}
	expectMessages(t, c, want...)
	for _, n := range []string{"4", "14"} {
		for i := range 9 {
			at(sluice.Info, fmt.Sprint(n, i))
			want = append(want, fmt.Sprint(n, i))
		}
		expectMessages(t, c, want[:len(want)-9]...)
		at(sluice.Debug, n+"last")
		want = append(want, n+"last")
		expectMessages(t, c, want...)
	}
	at(sluice.Debug, "left")
	expectMessages(t, c, want...)
	if c.Flushes() != 0 {
		t.Errorf("the target was flushed %d times by records alone", c.Flushes())
	}
	if err := m.Flush(t.Context()); err != nil || c.Flushes() != 1 {
		t.Errorf("Flush: %v; the target was flushed %d times, want once", err, c.Flushes())
	}
	expectMessages(t, c, append(want, "left")...)
}

// A target's level is not asked, its filters are: it is handed what was let in.
func TestMemoryTargetFilters(t *testing.T) {
	c := new(emittest.Recorder)
	h := sluice.NewHandler(c, &sluice.HandlerOptions{Level: sluice.Critical, Filters: []sluice.Filter{sluice.Under("app.db")}})
	m := sluice.NewMemory(h, nil)
	for _, name := range []string{"app", "app.db", "app.db.pool"} {
		if err := m.Emit(t.Context(), &sluice.Record{Name: name, Message: name}); err != nil {
			t.Error(err)
		}
	}
	expectMessages(t, c, "app.db", "app.db.pool")
}

func TestMemoryClose(t *testing.T) {
	for _, test := range []struct {
		name  string
		o     sluice.MemoryOptions
		none  bool // there is no target
		gives []string
		stats sluice.Stats
	}{
		{name: "hands on", gives: []string{"one", "two"}, stats: sluice.Stats{Accepted: 2, Delivered: 2}},
		{
			name: "FlushOnClose false", o: sluice.MemoryOptions{FlushOnClose: new(false)},
			stats: sluice.Stats{Accepted: 2, Dropped: map[string]uint64{"closed": 2}},
		},
		{name: "no target", none: true, stats: sluice.Stats{Accepted: 2, Dropped: map[string]uint64{"closed": 2}}},
	} {
		// Shutdown keeps to FlushOnClose as Close does.
		for _, by := range []string{"Close", "Shutdown"} {
			t.Run(test.name+", by "+by, func(t *testing.T) {
				c := new(emittest.Recorder)
				test.o.Capacity = 10
				m := sluice.NewMemory(c, &test.o)
				if test.none {
					m.SetTarget(nil)
				}
				log(t, m, "one", "two")
				if by == "Close" {
					if err := m.Close(); err != nil {
						t.Error(err)
					}
				} else {
					l := sluice.NewLoggers(nil)
					l.Set("", sluice.LoggerOptions{Handlers: []*sluice.Handler{sluice.NewHandler(m, nil)}})
					if err := l.Shutdown(t.Context()); err != nil {
						t.Error(err)
					}
				}
				// D15: it is closed, whatever is done to it.
				later := new(emittest.Recorder)
				m.SetTarget(later)
				if err := emitAt(t, m, sluice.Critical, "late"); !errors.Is(err, sluice.ErrClosed) {
					t.Errorf("Emit after Close gave %v, want ErrClosed", err)
				}
				if err := errors.Join(m.Flush(t.Context()), m.Close()); err != nil {
					t.Error(err)
				}
				expectMessages(t, c, test.gives...)
				expectStats(t, m.Stats(), test.stats)
				if c.Closed() {
					t.Error("the target was closed")
				}
				if n := later.Flushes(); n != 0 {
					t.Errorf("a target set after Close was flushed %d times", n)
				}
				if held := m.Records(); len(held) > 0 {
					t.Errorf("still holds %q", messagesOf(held))
				}
			})
		}
	}
}

// D18: the bound holds without a target, and where ShouldFlush says no.
func TestMemoryBound(t *testing.T) {
	never := func(int, *sluice.Record) bool { return false }
	for _, test := range []struct {
		name   string
		target sluice.Emitter
		o      sluice.MemoryOptions
		most   int
	}{
		{"no target", nil, sluice.MemoryOptions{Capacity: 5}, 5},
		{"no target and no capacity", nil, sluice.MemoryOptions{}, 1},
		{"no target, with a limit", nil, sluice.MemoryOptions{Capacity: 5, Limit: 8}, 8},
		{"a limit below the capacity", nil, sluice.MemoryOptions{Capacity: 5, Limit: 3}, 5},
		{"ShouldFlush", new(sluice.Null), sluice.MemoryOptions{ShouldFlush: never, Limit: 6}, 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := sluice.NewMemory(test.target, &test.o)
			var want []string
			for i := range 20 {
				if err := emitAt(t, m, sluice.Critical, fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
				want = append(want, fmt.Sprint(i))
			}
			want = want[20-test.most:]
			if got := messagesOf(m.Records()); !slices.Equal(got, want) {
				t.Errorf("holds %q, want %q", got, want)
			}
			most := uint64(test.most)
			expectStats(t, m.Stats(), sluice.Stats{Accepted: 20, Held: most, Dropped: map[string]uint64{"full": 20 - most}})
			c := new(emittest.Recorder)
			m.SetTarget(c)
			expectMessages(t, c)
			if err := m.Flush(t.Context()); err != nil {
				t.Error(err)
			}
			expectMessages(t, c, want...)
		})
	}
}

func TestMemoryAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	h := func(e sluice.Emitter) *sluice.Handler { return sluice.NewHandler(e, nil) }
	r := fiveAttrs()
	for name, h := range map[string]*sluice.Handler{
		"held":      h(sluice.NewMemory(new(sluice.Null), &sluice.MemoryOptions{Capacity: 100})),
		"at once":   h(sluice.NewMemory(new(sluice.Null), nil)),
		"no target": h(sluice.NewMemory(nil, &sluice.MemoryOptions{Capacity: 100})),
		"recorder":  h(sluice.NewFlightRecorder(new(sluice.Null), &sluice.FlightRecorderOptions{Capacity: 100})),
		"recorder, at once": h(sluice.NewFlightRecorder(new(sluice.Null), &sluice.FlightRecorderOptions{
			FlushLevel: new(sluice.Info),
		})),
	} {
		for range 500 {
			_ = h.Handle(t.Context(), r)
		}
		if n := testing.AllocsPerRun(1000, func() { _ = h.Handle(context.Background(), r) }); n != 0 {
			t.Errorf("%s: %v allocations a record, want 0", name, n)
		}
	}
}

func BenchmarkMemory(b *testing.B) {
	r := fiveAttrs()
	for _, bench := range []struct {
		name string
		e    sluice.Emitter
	}{
		{"null", new(sluice.Null)},
		{"capacity-1000", sluice.NewMemory(new(sluice.Null), &sluice.MemoryOptions{Capacity: 1000})},
		{"at-once", sluice.NewMemory(new(sluice.Null), nil)},
		{"recorder", sluice.NewFlightRecorder(new(sluice.Null), nil)},
		{"recorder-keys", sluice.NewFlightRecorder(new(sluice.Null), &sluice.FlightRecorderOptions{Key: sluice.ByAttr("status")})},
	} {
		h := sluice.NewHandler(bench.e, nil)
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = h.Handle(context.Background(), r)
			}
		})
	}
}
