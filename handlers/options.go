package handlers

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/rotate"
)

// Options are what every handler of this package takes. The zero Options consists
// of defaults.
type Options struct {
	// Level is the least level that is handled; nil is sluice.Info.
	Level slog.Leveler `json:"-"`
	// Name is the logger's name in records that carry none.
	Name string `json:"-"`
	// Filters decide in order; see sluice.Filter.
	Filters []sluice.Filter `json:"-"`
	// ReplaceAttr is as in sluice.HandlerOptions.
	ReplaceAttr func(groups []string, a slog.Attr) slog.Attr `json:"-"`
	// OnError is told of each record that was not delivered, and, with a nil
	// record, of housekeeping that failed. nil prints to standard error.
	OnError sluice.ErrorFunc `json:"-"`
	// Formatter makes the record's text; nil is sluice.NewLogfmt(nil).
	Formatter sluice.Formatter `json:"-"`
	// Terminator follows each record; nil is "\n".
	Terminator *string `json:"-"`
}

// handler puts a Handler around s.
func (o *Options) handler(s *sluice.Stream) *sluice.Handler {
	if o.Terminator != nil {
		s.SetTerminator(*o.Terminator)
	}
	return o.around(s)
}

func (o *Options) around(e sluice.Emitter) *sluice.Handler {
	return sluice.NewHandler(e, &sluice.HandlerOptions{
		Level:       o.Level,
		Name:        o.Name,
		Filters:     o.Filters,
		ReplaceAttr: o.ReplaceAttr,
		OnError:     o.OnError,
	})
}

// open opens the file and puts a Handler around it, which is told of the file's
// housekeeping.
func (o *Options) open(class, filename string, t text, ro *rotate.Options) (*sluice.Handler, error) {
	if filename == "" {
		return nil, fmt.Errorf("%s: no file name", class)
	}
	e, err := t.encoder()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", class, err)
	}
	if e != nil {
		ro.Header = e.BOM()
	}
	if ro.LineEnd, err = o.lineEnd(ro, e); err != nil {
		return nil, fmt.Errorf("%s: terminator: %w", class, err)
	}
	var h *sluice.Handler
	ro.OnError = func(err error) { h.HandleError(context.Background(), nil, err) }
	f, err := rotate.Open(filename, ro)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", class, err)
	}
	var w io.WriteCloser = f
	if e != nil {
		w = newEncoded(f, e)
	}
	h = o.handler(sluice.NewStreamCloser(w, o.Formatter))
	return h, nil
}

// File returns the file that a handler of this package writes, for Roll
// (doRollover), Reopen (reopenIfNeeded), Sync and Stats; nil if h writes none.
func File(h *sluice.Handler) *rotate.File {
	s, ok := h.Emitter().(*sluice.Stream)
	if !ok {
		return nil
	}
	switch w := s.Writer().(type) {
	case *rotate.File:
		return w
	case *encoded:
		return w.file
	}
	return nil
}

// NewStream returns a handler that writes to w, which Close leaves open; a nil w
// is os.Stderr. o may be nil. (Python: StreamHandler.)
func NewStream(w io.Writer, o *Options) *sluice.Handler {
	if o == nil {
		o = &Options{}
	}
	return o.handler(sluice.NewStream(w, o.Formatter))
}

// NewNull returns a handler that delivers to nowhere, and for which every level is
// off. (Python: NullHandler.)
func NewNull() *sluice.Handler {
	return sluice.NewHandler(&sluice.Null{}, &sluice.HandlerOptions{Level: sluice.Level(1 << 30)})
}
