package sluice

import (
	"log/slog"
	"strings"
	"sync/atomic"
)

// Places remembers where the logging calls of this process are, which is slow to
// find. The zero Places is ready for use, by any number of goroutines; it must not be
// copied.
type Places struct{ slots [256]atomic.Pointer[sourceAt] }

type sourceAt struct {
	pc     uintptr
	source slog.Source
}

// of gives r's place, its function's name without the package. A nil Places keeps
// nothing.
func (c *Places) of(r *Record) slog.Source {
	if r.Source != nil {
		return *r.Source
	}
	if r.PC == 0 {
		// What Python says when it finds no caller.
		return slog.Source{File: "(unknown file)", Function: "(unknown function)"}
	}
	if c == nil {
		return ownSource(r)
	}
	slot := &c.slots[(r.PC^r.PC>>8)%uintptr(len(c.slots))]
	if s := slot.Load(); s != nil && s.pc == r.PC {
		return s.source
	}
	source := ownSource(r)
	slot.Store(&sourceAt{r.PC, source})
	return source
}

// ownSource finds the place of a record of this process.
func ownSource(r *Record) slog.Source {
	source := r.Caller()
	name := source.Function[strings.LastIndexByte(source.Function, '/')+1:]
	if _, after, ok := strings.Cut(name, "."); ok {
		source.Function = after
	}
	return source
}

func (v *standard) place(f field) slog.Value {
	if !v.hasSource {
		v.source, v.hasSource = v.here.sources.of(v.record), true
	}
	switch f {
	case fieldPathname:
		return slog.StringValue(v.source.File)
	case fieldFilename:
		return slog.StringValue(pathBase(v.source.File))
	case fieldModule:
		return slog.StringValue(pathStem(pathBase(v.source.File)))
	case fieldLineNo:
		return slog.Int64Value(int64(v.source.Line))
	}
	return slog.StringValue(v.source.Function)
}

// pathBase is Python's os.path.basename.
func pathBase(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// pathStem is the first part of Python's os.path.splitext: dots at the start of
// the name begin no extension.
func pathStem(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || strings.Trim(name[:dot], ".") == "" {
		return name
	}
	return name[:dot]
}
