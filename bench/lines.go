package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"time"

	phuslu "github.com/phuslu/log"

	"github.com/sluicelog/sluice"
)

// setting is what a logger has besides the record: the columns of the suites
// that format.
type setting struct{ with, groups, source bool }

var settings = []column{
	{name: "five attributes", goroutines: 1},
	{name: "five more by With", goroutines: 1, setting: setting{with: true}},
	{name: "in open groups", goroutines: 1, setting: setting{with: true, groups: true}},
	{name: "with source", goroutines: 1, setting: setting{source: true}},
}

var errUpstream = errors.New("upstream closed the connection")

// attrs are the five attributes of each record.
func attrs() []slog.Attr {
	return []slog.Attr{
		slog.String("path", "/api/v1/items/4711"),
		slog.Int("status", 502),
		slog.Float64("load", 0.73),
		slog.Duration("took", 1234567*time.Nanosecond),
		slog.Any("err", errUpstream),
	}
}

// bind gives h the attributes and groups that s has.
func (s setting) bind(h slog.Handler) slog.Handler {
	if s.groups {
		h = h.WithGroup("request")
	}
	if s.with {
		h = h.WithAttrs([]slog.Attr{
			slog.String("service", "shop"), slog.String("host", "web-17"), slog.Int("pid", 4711),
			slog.String("version", "1.2.3"), slog.Bool("canary", true),
		})
	}
	if s.groups {
		h = h.WithGroup("answer")
	}
	return h
}

// newHandler makes a handler that writes to w.
type newHandler func(w io.Writer, source bool) slog.Handler

func slogJSON(w io.Writer, source bool) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{AddSource: source})
}

func slogText(w io.Writer, source bool) slog.Handler {
	return slog.NewTextHandler(w, &slog.HandlerOptions{AddSource: source})
}

func phusluSlog(w io.Writer, source bool) slog.Handler {
	return phuslu.SlogNewJSONHandler(w, &slog.HandlerOptions{AddSource: source})
}

func sluiceLogfmt(w io.Writer, source bool) slog.Handler {
	f := sluice.NewLogfmt(&sluice.LogfmtOptions{AddSource: source})
	return sluice.NewHandler(sluice.NewStream(w, f), nil)
}

func sluiceJSON(w io.Writer, source bool) slog.Handler {
	f := sluice.NewJSON(&sluice.JSONOptions{AddSource: source})
	return sluice.NewHandler(sluice.NewStream(w, f), nil)
}

// sluiceNamed makes the line that Python programs are most often set up for.
func sluiceNamed(w io.Writer, _ bool) slog.Handler {
	f, err := sluice.NewFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", nil)
	if err != nil {
		panic(err) // the format is a constant
	}
	return sluice.NewHandler(sluice.NewStream(w, f), &sluice.HandlerOptions{Name: "app.db"})
}

// nothing is a handler that does nothing: what slog.Logger itself costs.
type nothing struct{}

func (nothing) Enabled(context.Context, slog.Level) bool  { return true }
func (nothing) Handle(context.Context, slog.Record) error { return nil }
func (n nothing) WithAttrs([]slog.Attr) slog.Handler      { return n }
func (n nothing) WithGroup(string) slog.Handler           { return n }

// record is one as slog.Logger makes it.
func record() slog.Record {
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request served", pcs[0])
	r.AddAttrs(attrs()...)
	return r
}

// handleOp handles the same record again and again.
func handleOp(h slog.Handler) func() {
	ctx, r := context.Background(), record()
	return func() { _ = h.Handle(ctx, r) }
}

// logOp logs as a program does.
func logOp(h slog.Handler) func() {
	ctx, log := context.Background(), slog.New(h)
	return func() {
		log.LogAttrs(ctx, slog.LevelInfo, "request served",
			slog.String("path", "/api/v1/items/4711"),
			slog.Int("status", 502),
			slog.Float64("load", 0.73),
			slog.Duration("took", 1234567*time.Nanosecond),
			slog.Any("err", errUpstream))
	}
}

// discarding is a row of handlers that write to io.Discard.
func discarding(name string, h newHandler, op func(slog.Handler) func()) contender {
	return contender{name, func(c column) (subject, error) {
		return operation(c.goroutines, op(c.setting.bind(h(io.Discard, c.setting.source)))), nil
	}}
}
