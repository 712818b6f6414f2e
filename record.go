package sluice

import (
	"log/slog"
	"runtime"
	"time"

	"github.com/sluicelog/sluice/pyval"
)

// Record is one logged event, Python's LogRecord: made by a Handler from a
// slog.Record, or by a receiver from what another program sent.
//
// A Record passed to an Emitter, a Formatter or a Filter belongs to the caller:
// it must not be modified, nor kept after the call. Clone and CopyTo make copies
// that may be kept.
type Record struct {
	Time      time.Time // zero: not known; formatters leave it out
	Level     Level
	LevelName string      // empty: Level's own name
	Name      string      // the logger's dotted name; empty: none, Python's root
	Message   string      // with its arguments merged
	Scope     *Scope      // what With and WithGroup bound; nil: nothing
	Attrs     []slog.Attr // of this call, inside Scope's innermost group: Python's extra

	PC     uintptr      // where it was logged in this process, or
	Source *slog.Source // where in another one; nil and PC 0: not known

	ExcText   string // the text of an error or of a traceback, lines separated by "\n"
	StackInfo string // the text of a stack, likewise

	Origin *Origin // nil: this process

	ID ID // given at the first hop that needs one; zero: none
}

// Origin says where a record that was received came from.
type Origin struct {
	Peer            string // the sender's address as the receiver saw it
	Process         int64
	ProcessName     string
	Thread          int64
	ThreadName      string
	TaskName        string
	RelativeCreated float64 // milliseconds since the sender loaded its logging

	// Residue holds what came under the names of Python's standard attributes
	// and is not exactly what the fields of Record and Origin say, so that the
	// record can be sent on unchanged: the key and the Python value (package
	// pyval), or the key and Absent where a standard attribute did not come.
	Residue []pyval.Pair
}

// Absent is the value in Origin.Residue of an attribute that did not come.
type Absent struct{}

// LevelText is LevelName, or the name of Level where that is empty.
func (r *Record) LevelText() string {
	if r.LevelName != "" {
		return r.LevelName
	}
	return r.Level.String()
}

// Caller gives the place of the logging call; the zero Source where it is not
// known.
func (r *Record) Caller() slog.Source {
	if r.Source != nil {
		return *r.Source
	}
	if r.PC == 0 {
		return slog.Source{}
	}
	frame, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
	return slog.Source{Function: frame.Function, File: frame.File, Line: frame.Line}
}

// AppendAttrs appends to dst the attributes of r's Scope and of the call as one
// view, in which the groups opened by WithGroup are group values.
func (r *Record) AppendAttrs(dst []slog.Attr) []slog.Attr {
	if r.Scope == nil {
		return append(dst, r.Attrs...)
	}
	return r.Scope.appendAttrs(dst, 0, r.Attrs)
}

// Clone returns a copy of r that shares nothing with it that may change.
func (r *Record) Clone() *Record {
	c := new(Record)
	r.CopyTo(c)
	return c
}

// CopyTo makes dst a copy of r that shares nothing with it that may change, in
// the memory that dst already has where that suffices. Values inside attributes
// (pointers, slices) are not copied.
func (r *Record) CopyTo(dst *Record) {
	former := len(dst.Attrs)
	attrs := append(dst.Attrs[:0], r.Attrs...)
	// Leave nothing of the former record reachable behind the new length.
	if former > len(attrs) {
		clear(attrs[len(attrs):former])
	}
	*dst = *r
	dst.Attrs = attrs
	if r.Source != nil {
		s := *r.Source
		dst.Source = &s
	}
	if r.Origin != nil {
		o := *r.Origin
		o.Residue = append([]pyval.Pair(nil), o.Residue...)
		dst.Origin = &o
	}
}
