package sluice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/slogtest"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

func TestLoggersErrors(t *testing.T) {
	// Each of two handlers fails and reports; the error is not reported again.
	var reports atomic.Int64
	broken := errors.New("broken")
	failing := func() *sluice.Handler {
		c := new(emittest.Recorder)
		c.Fail(broken)
		return sluice.NewHandler(c, &sluice.HandlerOptions{OnError: func(context.Context, *sluice.Record, error) { reports.Add(1) }})
	}
	h, c := recording()
	l := sluice.NewLoggers(&sluice.LoggersOptions{OnError: func(_ context.Context, _ *sluice.Record, err error) {
		t.Errorf("the tree reported %v", err)
	}})
	l.Set("", sluice.LoggerOptions{Handlers: []*sluice.Handler{failing(), h}})
	l.Set("a", sluice.LoggerOptions{Level: new(sluice.Info), Handlers: []*sluice.Handler{failing()}})
	err := l.Emit(t.Context(), &sluice.Record{Name: "a", Level: sluice.Error, Message: "m"})
	if !errors.Is(err, broken) || reports.Load() != 2 {
		t.Errorf("Emit gave %v after %d reports, want both errors after 2", err, reports.Load())
	}
	l.Logger("a").Info("n")
	if got := c.Messages(); reports.Load() != 4 || !reflect.DeepEqual(got, []string{"m", "n"}) {
		t.Errorf("%d reports, and the handler that works got %q", reports.Load(), got)
	}
}

// TestLoggersConcurrentUse changes everything while records are logged: each is
// handled exactly once, by the former handler or by the new one, and a handler
// can be closed after Settle without one being lost.
func TestLoggersConcurrentUse(t *testing.T) {
	l := sluice.NewLoggers(&sluice.LoggersOptions{OnError: func(_ context.Context, r *sluice.Record, err error) {
		t.Errorf("%s: %v", r.Message, err)
	}})
	var handled atomic.Int64
	count := func() *sluice.Handler {
		return sluice.NewHandler(&tally{n: &handled}, &sluice.HandlerOptions{OnError: func(_ context.Context, r *sluice.Record, err error) {
			t.Errorf("%s: %v", r.Message, err)
		}})
	}
	former := count()
	l.Set("app", sluice.LoggerOptions{Level: new(sluice.Info), Handlers: []*sluice.Handler{former}})
	const writers, each = 4, 500
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				name := fmt.Sprintf("app.w%d.i%d", w, i%50)
				l.Logger(name).Info("m")
				_ = l.Emit(t.Context(), &sluice.Record{Name: name + ".far", Level: sluice.Info, Message: "n"})
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	swaps := 0
	for running := true; running; swaps++ {
		select {
		case <-done:
			running = false
		default:
		}
		next := count()
		l.Set("app", sluice.LoggerOptions{Level: new(sluice.Info), Handlers: []*sluice.Handler{next}})
		l.SetLevel("app.other", sluice.Debug)
		if err := l.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := former.Close(); err != nil {
			t.Fatal(err)
		}
		former = next
	}
	if got := handled.Load(); got != 2*writers*each {
		t.Errorf("%d records were handled during %d changes, want %d", got, swaps, 2*writers*each)
	}
}

// tally counts what it is given until it is closed.
type tally struct {
	sluice.Null
	n *atomic.Int64
}

func (c *tally) Emit(ctx context.Context, r *sluice.Record) error {
	if err := c.Null.Emit(ctx, r); err != nil {
		return err
	}
	c.n.Add(1)
	return nil
}

func TestLoggersEmitContract(t *testing.T) {
	for name, front := range map[string]func(*sluice.Loggers) sluice.Emitter{
		"tree":   func(l *sluice.Loggers) sluice.Emitter { return l },
		"logger": func(l *sluice.Loggers) sluice.Emitter { return l.Handler("emit.test").Emitter() },
	} {
		t.Run(name, func(t *testing.T) {
			emittest.Run(t, func(*testing.T) emittest.Target {
				l, c := tree()
				return emittest.Target{Emitter: front(l), Delivered: c.Messages}
			})
		})
	}
}

func TestLoggersSlogtest(t *testing.T) {
	var out *bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out = new(bytes.Buffer)
		l := sluice.NewLoggers(nil)
		l.Set("app", sluice.LoggerOptions{Level: new(sluice.Info), Handlers: []*sluice.Handler{
			sluice.NewHandler(sluice.NewStream(out, sluice.NewJSON(nil)), nil),
		}})
		return l.Logger("app.db").Handler()
	}, func(t *testing.T) map[string]any { return parseJSON(t, strings.TrimSuffix(out.String(), "\n")) })
}

func TestLoggersAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	l := sluice.NewLoggers(nil)
	l.Set("", sluice.LoggerOptions{Handlers: []*sluice.Handler{sluice.NewHandler(new(sluice.Null), nil)}})
	ctx, off, on := t.Context(), l.Logger("app.db"), l.Handler("app.on")
	l.SetLevel("app.on", sluice.Info)
	sr := fiveAttrs()
	r := &sluice.Record{Name: "app.on.not.there", Level: sluice.Info}
	for name, f := range map[string]func(){
		"a disabled call":    func() { off.LogAttrs(ctx, slog.LevelInfo, "m", slog.Int("k", 1)) },
		"a record logged":    func() { _ = on.Handle(ctx, sr) },
		"a record received":  func() { _ = l.Emit(ctx, r) },
		"a logger asked for": func() { l.Logger("app.db") },
	} {
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

func BenchmarkDisabled(b *testing.B) {
	l := sluice.NewLoggers(nil)
	var level slog.LevelVar
	level.Set(slog.LevelWarn)
	loggers := map[string]*slog.Logger{
		"slog-json-level":    slog.New(slog.NewJSONHandler(new(bytes.Buffer), &slog.HandlerOptions{Level: slog.LevelWarn})),
		"slog-json-levelvar": slog.New(slog.NewJSONHandler(new(bytes.Buffer), &slog.HandlerOptions{Level: &level})),
		"sluice-loggers":     l.Logger("app.db.pool"),
	}
	for name, log := range loggers {
		b.Run(name, func(b *testing.B) {
			ctx := context.Background()
			for b.Loop() {
				log.LogAttrs(ctx, slog.LevelDebug, "m", slog.Int("k", 1))
			}
		})
	}
}

func BenchmarkLoggersEmit(b *testing.B) {
	l := sluice.NewLoggers(nil)
	h := sluice.NewHandler(new(sluice.Null), nil)
	l.Set("", sluice.LoggerOptions{Level: new(sluice.Info), Handlers: []*sluice.Handler{h}})
	front, sr := l.Handler("app.db.pool"), fiveAttrs()
	r := &sluice.Record{Name: "app.db.pool", Level: sluice.Info}
	for name, f := range map[string]func(){
		"handle-alone":   func() { _ = h.Handle(context.Background(), sr) },
		"handle-loggers": func() { _ = front.Handle(context.Background(), sr) },
		"emit-loggers":   func() { _ = l.Emit(context.Background(), r) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}
