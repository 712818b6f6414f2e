package sluice

import (
	"context"
	"log/slog"
	"os"
	"sync"
)

// HandlerOptions are the options of NewHandler. The zero HandlerOptions consists
// of defaults.
type HandlerOptions struct {
	// Level is the least level that is handled; nil is Info. A Level is taken on
	// its own scale; a *LevelVar, on the same scale, or a *slog.LevelVar may change
	// while the handler is in use.
	Level slog.Leveler
	// Name is the logger's name in records that carry none.
	Name string
	// Filters decide in order; each sees what the one before returned.
	Filters []Filter
	// ReplaceAttr may change or drop (the zero Attr) each attribute that is no
	// group, as in slog.HandlerOptions: once, when it is bound or logged. It is
	// not called for the record's own time, level and message, which are the
	// Formatter's to render.
	ReplaceAttr func(groups []string, a slog.Attr) slog.Attr
	// OnError is told of each record that was not delivered; see ErrorFunc. nil
	// prints to standard error: one line a second for each kind of error, then
	// how many more there were, then that it recovered.
	OnError ErrorFunc
}

// Handler is a slog.Handler, and an Emitter itself, so that it can be the target
// of another one. It decides by level and filters, binds With and WithGroup once,
// and hands records to its Emitter. (Python: logging.Handler.) It is safe for
// concurrent use; the handlers that WithAttrs and WithGroup return share its
// Emitter.
type Handler struct {
	core  *handlerCore
	level *LevelVar // what Enabled asks, one load away; nil: core.leveler decides
	scope *Scope
	bound lifted // by With(Name(...)) and its like
}

// handlerCore is what a Handler shares with those made from it.
type handlerCore struct {
	emitter Emitter
	fixed   LevelVar // a level that was given as a number
	leveler slog.Leveler
	filters []Filter
	replace func([]string, slog.Attr) slog.Attr
	errors  errorPolicy
	stream  *Stream   // emitter, if it is one: the usual way takes fewer steps
	calls   sync.Pool // of *call
}

// NewHandler returns a Handler in front of e. o may be nil.
func NewHandler(e Emitter, o *HandlerOptions) *Handler {
	if o == nil {
		o = &HandlerOptions{}
	}
	c := &handlerCore{
		emitter: e,
		filters: append([]Filter(nil), o.Filters...),
		replace: o.ReplaceAttr,
	}
	c.stream, _ = e.(*Stream)
	h := &Handler{core: c, level: &c.fixed, bound: lifted{name: o.Name}}
	switch l := o.Level.(type) {
	case nil:
		c.fixed.Set(Info)
	case Level:
		c.fixed.Set(l)
	case *LevelVar:
		h.level = l
	default:
		h.level, c.leveler = nil, l
	}
	c.errors.onError = o.OnError
	if o.OnError == nil {
		c.errors.report = &report{w: os.Stderr}
		c.errors.onError = c.errors.report.onError
	}
	return h
}

// Enabled reports whether a record of level l would be handled.
func (h *Handler) Enabled(_ context.Context, l slog.Level) bool {
	if h.level != nil {
		return LevelOf(l) >= h.level.Get()
	}
	return h.Admits(LevelOf(l))
}

// Admits reports whether a record of level l would be handled.
func (h *Handler) Admits(l Level) bool {
	if h.level != nil {
		return l >= h.level.Get()
	}
	return l >= LevelOf(h.core.leveler.Level())
}

// Emitter returns the Emitter that NewHandler was given.
func (h *Handler) Emitter() Emitter { return h.core.emitter }

// WithAttrs returns a Handler whose records carry attrs as well.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	n := *h
	resolve := resolver{replace: h.core.replace}
	if resolve.replace != nil {
		resolve.groups = h.scope.groups()
	}
	final := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		if kind := a.Value.Kind(); kind != slog.KindLogValuer || !n.bound.lift(a) {
			final = resolve.append(final, a, kind)
		}
	}
	n.scope = h.scope.with(final)
	return &n
}

// WithGroup returns a Handler that puts what is bound and logged from now on
// into a group; with an empty name, h itself.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	n := *h
	n.scope = h.scope.open(name)
	return &n
}

// Handle makes a Record of sr and emits it; slog calls it when Enabled said yes.
// A record that was not delivered is reported to OnError and its error returned.
func (h *Handler) Handle(ctx context.Context, sr slog.Record) error {
	c, ok := h.core.calls.Get().(*call)
	if !ok {
		c = &call{Record: Record{Attrs: make([]slog.Attr, 0, 16)}, line: make([]byte, 0, 1024)}
	}
	c.Time, c.Level, c.Message, c.PC = sr.Time, LevelOf(sr.Level), sr.Message, sr.PC
	c.Scope, c.Name, c.ExcText, c.StackInfo = h.scope, h.bound.name, h.bound.exc, h.bound.stack
	former := len(c.Attrs)
	attrs, n, asIs := c.Attrs[:cap(c.Attrs)], 0, true
	// So little in here that it is inlined. The copy is by fields, since a processor
	// waits long for what was just written in pieces other than it reads.
	sr.Attrs(func(a slog.Attr) bool {
		if n == len(attrs) {
			attrs = append(attrs, a)
		}
		to := &attrs[n]
		to.Key, to.Value = a.Key, a.Value
		n++
		if a.Value.Kind() >= slog.KindGroup || a.Key == "" {
			asIs = false
		}
		return true
	})
	c.Attrs = attrs[:n]
	if n < former {
		clear(attrs[n:former])
	}
	if !asIs || h.core.replace != nil {
		h.resolve(c)
	}
	err := h.emit(ctx, &c.Record, &c.line)
	h.core.release(c)
	return err
}

// resolve makes c's attributes final.
func (h *Handler) resolve(c *call) {
	usual := usual(c.Attrs)
	resolve := resolver{replace: h.core.replace}
	if resolve.replace != nil {
		resolve.groups = h.scope.groups()
		usual = 0
	}
	c.given = append(c.given[:0], c.Attrs[usual:]...)
	clear(c.Attrs[usual:])
	c.Attrs = c.Attrs[:usual]
	in := lifted{c.Name, c.ExcText, c.StackInfo}
	for _, a := range c.given {
		if kind := a.Value.Kind(); kind != slog.KindLogValuer || !in.lift(a) {
			c.Attrs = resolve.append(c.Attrs, a, kind)
		}
	}
	c.Name, c.ExcText, c.StackInfo = in.name, in.exc, in.stack
}

// call is what one call of Handle works in.
type call struct {
	Record
	given []slog.Attr // attributes as they were, while they are resolved
	line  []byte      // the record's bytes, if the Emitter is a Stream
}

// release takes c back. It is not cleared, which would cost as much as the copy: the
// next record overwrites what there is of this one, and a pool forgets what nobody
// has taken between two garbage collections.
func (core *handlerCore) release(c *call) {
	const (
		mostAttrs = 64 // more are rare and not worth keeping room for
		mostBytes = 64 << 10
	)
	if cap(c.Attrs) > mostAttrs || cap(c.given) > mostAttrs || cap(c.line) > mostBytes {
		return
	}
	clear(c.given)
	c.given = c.given[:0]
	core.calls.Put(c)
}

// Emit passes r through the filters to the Emitter, whatever its level.
func (h *Handler) Emit(ctx context.Context, r *Record) error { return h.emit(ctx, r, nil) }

// emit is Emit; line, if not nil, is memory for the bytes that a Stream writes.
func (h *Handler) emit(ctx context.Context, r *Record, line *[]byte) error {
	for _, f := range h.core.filters {
		if r = f(ctx, r); r == nil {
			return nil
		}
	}
	var err error
	if s := h.core.stream; s != nil && line != nil {
		*line, err = s.emit(*line, r)
	} else {
		err = h.core.emitter.Emit(ctx, r)
	}
	if err == nil {
		h.core.errors.delivered()
		return nil
	}
	return h.core.errors.handle(ctx, r, err)
}

// HandleError passes an error that is not the answer to a record, such as a
// rollover that failed, to the handler's OnError. r may be nil. (Python:
// handleError.)
func (h *Handler) HandleError(ctx context.Context, r *Record, err error) {
	_ = h.core.errors.handle(ctx, r, err)
}

// Flush flushes the Emitter.
func (h *Handler) Flush(ctx context.Context) error { return h.core.emitter.Flush(ctx) }

// Close closes the Emitter, for this Handler and all that share it.
func (h *Handler) Close() error {
	err := h.core.emitter.Close()
	if h.core.errors.report != nil {
		h.core.errors.report.finish()
	}
	return err
}
