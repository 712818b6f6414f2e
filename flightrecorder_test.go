package sluice_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

func TestFlightRecorderIsAnEmitter(t *testing.T) {
	for name, o := range map[string]*sluice.FlightRecorderOptions{
		"defaults": nil,
		"keys":     {Key: func(r *sluice.Record) string { return r.Name }, MaxKeys: 1},
	} {
		t.Run(name, func(t *testing.T) {
			emittest.Run(t, func(*testing.T) emittest.Target {
				c := new(emittest.Recorder)
				return emittest.Target{Emitter: sluice.NewFlightRecorder(c, o), Delivered: c.Messages}
			})
		})
	}
}

func TestFlightRecorder(t *testing.T) {
	c := new(emittest.Recorder)
	f := sluice.NewFlightRecorder(c, &sluice.FlightRecorderOptions{Capacity: 3})
	log(t, f, "1", "2", "3", "4", "5")
	if err := f.Flush(t.Context()); err != nil || c.Flushes() != 1 {
		t.Errorf("Flush: %v; the target was flushed %d times, want once", err, c.Flushes())
	}
	expectMessages(t, c)
	for _, level := range []sluice.Level{sluice.Error, sluice.Critical} {
		if err := emitAt(t, f, level, level.String()); err != nil {
			t.Error(err)
		}
	}
	log(t, f, "6")
	want := []string{"3", "4", "5", "ERROR", "CRITICAL"}
	expectMessages(t, c, want...)
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 8, Delivered: 5, Held: 1, Dropped: map[string]uint64{"overwritten": 2}})
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Error(err)
	}
	// Nothing went wrong since: what is left is nobody's business.
	expectMessages(t, c, want...)
	for _, level := range []sluice.Level{sluice.Info, sluice.Error} {
		if err := emitAt(t, f, level, "late"); !errors.Is(err, sluice.ErrClosed) {
			t.Errorf("Emit after Close gave %v, want ErrClosed", err)
		}
	}
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 8, Delivered: 5, Dropped: map[string]uint64{"overwritten": 2, "closed": 1}})
	if c.Closed() {
		t.Error("the target was closed")
	}
}

func TestFlightRecorderKeys(t *testing.T) {
	c := new(emittest.Recorder)
	f := sluice.NewFlightRecorder(c, &sluice.FlightRecorderOptions{
		FlushLevel: new(sluice.Warning),
		Capacity:   2,
		Key:        sluice.ByAttr("request.id"),
		MaxKeys:    2,
	})
	logger := slog.New(sluice.NewHandler(f, nil))
	request := func(id string) *slog.Logger { return logger.With(slog.Group("request", slog.String("id", id))) }
	a, b := request("a"), request("b")
	a.Info("a1")
	b.Info("b1")
	a.Info("a2")
	logger.Info("of none") // the third key: b was used longest ago
	b.Warn("b2")
	expectMessages(t, c, "b2")
	a.Info("a3")
	a.Warn("a4")
	expectMessages(t, c, "b2", "a2", "a3", "a4")
	if err := f.Dump(t.Context()); err != nil {
		t.Error(err)
	}
	expectMessages(t, c, "b2", "a2", "a3", "a4", "of none")
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 7, Delivered: 5, Dropped: map[string]uint64{"keys": 1, "overwritten": 1}})
}

func TestFlightRecorderBytes(t *testing.T) {
	const most = 100_000
	c := new(emittest.Recorder)
	f := sluice.NewFlightRecorder(c, &sluice.FlightRecorderOptions{
		Capacity: 1000,
		MaxBytes: most,
		Key:      func(r *sluice.Record) string { return r.Name },
	})
	keep := func(key string, r *sluice.Record) {
		t.Helper()
		r.Name = key
		if err := f.Emit(t.Context(), r); err != nil {
			t.Error(err)
		}
	}
	long := strings.Repeat("x", 30_000)
	keep("a", &sluice.Record{Message: long})
	keep("b", &sluice.Record{ExcText: long})
	keep("b", &sluice.Record{Attrs: []slog.Attr{slog.Group("g", slog.String("k", long))}})
	keep("c", &sluice.Record{Origin: &sluice.Origin{Peer: long}}) // a, used longest ago, goes
	keep("c", &sluice.Record{Message: long + long + long + long}) // is never kept
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 5, Held: 3, Dropped: map[string]uint64{"bytes": 2}})
	keep("b", &sluice.Record{Message: "short"})
	keep("c", &sluice.Record{Message: long}) // now b was used longest ago
	keep("c", &sluice.Record{Source: &slog.Source{File: long}})
	if err := f.Dump(t.Context()); err != nil {
		t.Error(err)
	}
	var names []string
	for _, r := range c.Records() {
		names = append(names, r.Name)
	}
	if want := []string{"b", "c", "c", "c"}; !slices.Equal(names, want) {
		t.Errorf("kept those of %q, want %q", names, want)
	}
	expectBalance(t, f.Stats())
}

// Errors of the target are those of a Memory's.
func TestFlightRecorderTargetFails(t *testing.T) {
	var got []string
	f := sluice.NewFlightRecorder(&target{emit: func(_ context.Context, r *sluice.Record) error {
		got = append(got, r.Message)
		switch r.Message {
		case "error":
			return errors.New("refused")
		case "panic":
			panic("out of order")
		case "end":
			runtime.Goexit()
		}
		return nil
	}}, nil)
	log(t, f, "one", "error", "two", "panic", "three")
	err := emitAt(t, f, sluice.Error, "last")
	if err == nil || err.Error() != "refused\ntarget panicked: out of order" {
		t.Errorf("Emit gave %v", err)
	}
	if want := []string{"one", "error", "two", "panic", "three", "last"}; !slices.Equal(got, want) {
		t.Errorf("the target was given %q, want %q", got, want)
	}
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 6, Delivered: 4, Dropped: map[string]uint64{"error": 2}})
	log(t, f, "end", "behind")
	var wg sync.WaitGroup
	wg.Go(func() { _ = f.Dump(context.Background()) })
	wg.Wait()
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 8, Delivered: 4, Dropped: map[string]uint64{"error": 4}})
	if err := emitAt(t, f, sluice.Error, "still there"); err != nil {
		t.Error(err)
	}
}

func TestFlightRecorderTargetLogsIntoIt(t *testing.T) {
	var f *sluice.FlightRecorder
	var got []string
	f = sluice.NewFlightRecorder(&target{emit: func(ctx context.Context, r *sluice.Record) error {
		got = append(got, r.Message)
		return errors.Join(f.Emit(ctx, &sluice.Record{Level: sluice.Error, Message: "about " + r.Message}), f.Dump(ctx))
	}}, nil)
	for _, message := range []string{"one", "two"} {
		if err := emitAt(t, f, sluice.Error, message); err != nil {
			t.Error(err)
		}
	}
	want := []string{"one", "about one", "about about one", "two", "about about about one", "about two"}
	if !slices.Equal(got, want) {
		t.Errorf("the target was given %q, want %q", got, want)
	}
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 8, Delivered: 6, Held: 2})
	// Those are errors: they go out at last. What is logged then is refused.
	if err := f.Close(); err == nil || strings.Count(err.Error(), sluice.ErrClosed.Error()) != 2 {
		t.Errorf("Close gave %v", err)
	}
	if len(got) != 8 {
		t.Errorf("the target was given %q", got)
	}
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 8, Delivered: 6, Dropped: map[string]uint64{"error": 2}})
}

// The errors that the target logs go out with what is kept for their key, and are
// bounded as well.
func TestFlightRecorderTargetLogsMuch(t *testing.T) {
	var f *sluice.FlightRecorder
	var got []string
	f = sluice.NewFlightRecorder(&target{emit: func(ctx context.Context, r *sluice.Record) error {
		got = append(got, r.Message)
		if r.Message != "x" {
			return nil
		}
		for _, m := range []string{"a1", "b1", "c1", "a2"} {
			if err := f.Emit(ctx, &sluice.Record{Level: sluice.Error, Message: m}); err != nil {
				t.Error(err)
			}
		}
		return nil
	}}, &sluice.FlightRecorderOptions{Capacity: 3, Key: func(r *sluice.Record) string {
		if f != nil {
			expectBalance(t, f.Stats()) // whenever somebody looks
		}
		return r.Message[:1]
	}})
	log(t, f, "a0", "c0", "d0")
	if err := emitAt(t, f, sluice.Error, "x"); err != nil {
		t.Error(err)
	}
	if want := []string{"x", "b1", "c0", "c1", "a0", "a2"}; !slices.Equal(got, want) {
		t.Errorf("the target was given %q, want %q", got, want)
	}
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 8, Delivered: 6, Held: 1, Dropped: map[string]uint64{"full": 1}})
}

// Closed by its target, it still hands on the errors that the target logged before.
func TestFlightRecorderTargetClosesIt(t *testing.T) {
	var f *sluice.FlightRecorder
	var got []string
	f = sluice.NewFlightRecorder(&target{emit: func(_ context.Context, r *sluice.Record) error {
		got = append(got, r.Message)
		switch r.Message {
		case "one":
			return emitAt(t, f, sluice.Error, "two")
		case "two":
			return errors.Join(emitAt(t, f, sluice.Error, "three"), f.Close())
		}
		return nil
	}}, nil)
	if err := emitAt(t, f, sluice.Error, "one"); err != nil {
		t.Error(err)
	}
	if want := []string{"one", "two", "three"}; !slices.Equal(got, want) {
		t.Errorf("the target was given %q, want %q", got, want)
	}
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 3, Delivered: 3})
}

// Only who hands on waits for a target that hangs.
func TestFlightRecorderTargetHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := new(emittest.Recorder)
		f := sluice.NewFlightRecorder(&target{emit: func(ctx context.Context, r *sluice.Record) error {
			<-release
			return c.Emit(ctx, r)
		}}, &sluice.FlightRecorderOptions{Capacity: 2})
		log(t, f, "one", "two")
		var wg sync.WaitGroup
		wg.Go(func() { _ = emitAt(t, f, sluice.Error, "first") })
		synctest.Wait()
		log(t, f, "three", "four")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := f.Dump(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Dump gave %v, want the context's error", err)
		}
		expectStats(t, f.Stats(), sluice.Stats{Accepted: 5, Held: 5})
		wg.Go(func() { _ = f.Close() })
		synctest.Wait()
		close(release)
		wg.Wait()
		expectMessages(t, c, "one", "two", "first")
		expectStats(t, f.Stats(), sluice.Stats{Accepted: 5, Delivered: 3, Dropped: map[string]uint64{"closed": 2}})
	})
}

// A Dump whose context is done leaves the other keys' records.
func TestFlightRecorderDumpIsCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := new(emittest.Recorder)
	f := sluice.NewFlightRecorder(&target{emit: func(ctx context.Context, r *sluice.Record) error {
		cancel()
		return c.Emit(ctx, r)
	}}, &sluice.FlightRecorderOptions{Key: func(r *sluice.Record) string { return r.Message[:1] }})
	log(t, f, "a1", "a2", "b1", "c1")
	if err := f.Dump(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "2 keys left") {
		t.Errorf("Dump gave %v", err)
	}
	expectMessages(t, c, "a1", "a2")
	expectStats(t, f.Stats(), sluice.Stats{Accepted: 4, Delivered: 2, Held: 2})
}

func TestFlightRecorderConcurrently(t *testing.T) {
	const writers, each = 8, 1000
	c := new(emittest.Recorder)
	f := sluice.NewFlightRecorder(c, &sluice.FlightRecorderOptions{
		Capacity: 5,
		MaxKeys:  3,
		MaxBytes: 10_000,
		Key:      func(r *sluice.Record) string { return r.Message[:1] },
	})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				level := sluice.Debug
				if rand.IntN(10) == 0 {
					level = sluice.Error
				}
				if err := emitAt(t, f, level, fmt.Sprintf("%d-%d", w, i)); err != nil {
					t.Error(err)
				}
				if i%100 == 0 {
					expectBalance(t, f.Stats())
				}
				if i%300 == 0 {
					_ = f.Dump(t.Context())
				}
			}
		})
	}
	wg.Wait()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
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
	s := f.Stats()
	if s.Accepted != writers*each || s.Delivered != uint64(len(c.Messages())) || s.Held != 0 {
		t.Errorf("delivered %d; stats %+v", len(c.Messages()), s)
	}
	expectBalance(t, s)
}

// Keys that come and go cost no garbage.
func TestFlightRecorderKeysAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	keys := make([]*sluice.Record, 100)
	for i := range keys {
		keys[i] = &sluice.Record{Name: fmt.Sprint(i), Attrs: []slog.Attr{slog.Int("n", i)}}
	}
	f := sluice.NewFlightRecorder(new(sluice.Null), &sluice.FlightRecorderOptions{
		Key:     func(r *sluice.Record) string { return r.Name },
		MaxKeys: 10,
	})
	n := 0
	once := func() {
		r := keys[n%len(keys)]
		r.Level = sluice.Debug
		if n++; n%7 == 0 {
			r.Level = sluice.Error
		}
		_ = f.Emit(context.Background(), r)
	}
	for range 1000 {
		once()
	}
	if n := testing.AllocsPerRun(2000, once); n != 0 {
		t.Errorf("%v allocations a record, want 0", n)
	}
}

func TestByAttr(t *testing.T) {
	c := new(emittest.Recorder)
	logger := slog.New(sluice.NewHandler(c, nil))
	logger.Info("m", "id", 7)
	logger.With("id", "a").Info("m", "id", "b")
	logger.WithGroup("request").Info("m", "id", "c")
	logger.Info("m", slog.Group("request", slog.String("id", "d")), "other", 1)
	var got []string
	for _, r := range c.Records() {
		got = append(got, sluice.ByAttr("id")(r)+"|"+sluice.ByAttr("request.id")(r))
	}
	if want := []string{"7|", "a|", "|c", "|d"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
