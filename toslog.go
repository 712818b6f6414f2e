package sluice

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// ToSlog returns an Emitter that delivers to any slog.Handler, if it is enabled
// for the record's level. What slog.Record has no field for becomes attributes,
// after the record's own and outside of its groups: logger, source (of another
// process), exc and stack.
func ToSlog(h slog.Handler) Emitter { return &toSlog{h: h} }

type toSlog struct {
	h      slog.Handler
	closed atomic.Bool
}

func (t *toSlog) Emit(ctx context.Context, r *Record) error {
	if t.closed.Load() {
		return ErrClosed
	}
	level := r.Level.Level()
	if !t.h.Enabled(ctx, level) {
		return nil
	}
	sr := slog.NewRecord(r.Time, level, r.Message, r.PC)
	sr.AddAttrs(r.AppendAttrs(nil)...)
	if r.Name != "" {
		sr.AddAttrs(slog.String("logger", r.Name))
	}
	if r.Source != nil {
		source := *r.Source
		sr.AddAttrs(slog.Any(slog.SourceKey, &source))
	}
	if r.ExcText != "" {
		sr.AddAttrs(slog.String("exc", r.ExcText))
	}
	if r.StackInfo != "" {
		sr.AddAttrs(slog.String("stack", r.StackInfo))
	}
	return t.h.Handle(ctx, sr)
}

func (t *toSlog) Flush(context.Context) error { return nil }

func (t *toSlog) Close() error {
	t.closed.Store(true)
	return nil
}
