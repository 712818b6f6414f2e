package sluice_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
)

var errUpstream = errors.New("upstream closed the connection")

// fiveAttrs is a record as programs log it.
func fiveAttrs() slog.Record {
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	r := slog.NewRecord(time.Date(2026, 11, 20, 9, 30, 0, 123e6, time.UTC), slog.LevelInfo, "request served", pcs[0])
	r.AddAttrs(
		slog.String("path", "/api/v1/items/4711"),
		slog.Int("status", 502),
		slog.Float64("load", 0.73),
		slog.Duration("took", 1234567*time.Nanosecond),
		slog.Any("err", errUpstream),
	)
	return r
}

var withAttrs = []slog.Attr{
	slog.String("service", "shop"), slog.String("host", "web-17"), slog.Int("pid", 4711),
	slog.String("version", "1.2.3"), slog.Bool("canary", true),
}

func benchHandlers() map[string]slog.Handler {
	stream := func(f sluice.Formatter) slog.Handler {
		return sluice.NewHandler(sluice.NewStream(io.Discard, f), nil)
	}
	return map[string]slog.Handler{
		"slog-json":            slog.NewJSONHandler(io.Discard, nil),
		"slog-text":            slog.NewTextHandler(io.Discard, nil),
		"sluice-logfmt":        stream(sluice.NewLogfmt(nil)),
		"sluice-logfmt-with":   stream(sluice.NewLogfmt(nil)).WithAttrs(withAttrs),
		"sluice-logfmt-groups": stream(sluice.NewLogfmt(nil)).WithGroup("g").WithAttrs(withAttrs).WithGroup("h"),
		"sluice-logfmt-source": stream(sluice.NewLogfmt(&sluice.LogfmtOptions{AddSource: true})),
		"sluice-json":          stream(sluice.NewJSON(nil)),
		"sluice-json-with":     stream(sluice.NewJSON(nil)).WithAttrs(withAttrs),
		"sluice-json-groups":   stream(sluice.NewJSON(nil)).WithGroup("g").WithAttrs(withAttrs).WithGroup("h"),
		"sluice-json-source":   stream(sluice.NewJSON(&sluice.JSONOptions{AddSource: true})),
	}
}

func BenchmarkHandle(b *testing.B) {
	r := fiveAttrs()
	for name, h := range benchHandlers() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = h.Handle(context.Background(), r)
			}
		})
	}
}

// TestHandleAllocs: a record costs no garbage, whatever is bound or open.
func TestHandleAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	r := fiveAttrs()
	r.AddAttrs(slog.Bool("ok", true), slog.Uint64("n", 1), slog.Time("at", r.Time), slog.Group("g", slog.Int("k", 1)))
	for name, h := range benchHandlers() {
		if name == "slog-json" || name == "slog-text" {
			continue
		}
		if n := testing.AllocsPerRun(1000, func() { _ = h.Handle(context.Background(), r) }); n != 0 {
			t.Errorf("%s: %v allocations a record, want 0", name, n)
		}
	}
}
