package sluice

import (
	"log/slog"
	"strconv"
	"sync/atomic"
)

// ConsoleOptions are the options of NewConsole.
type ConsoleOptions struct {
	// Color uses the colours of ANSI terminals. It is the caller who knows whether
	// there is a terminal, and whether NO_COLOR is set.
	Color bool
	// AddSource adds file:line.
	AddSource bool
	// MultiLine shows what has several lines below the record's first, indented,
	// instead of escaped on it: messages, values, errors, stacks.
	MultiLine bool
}

// Console is a Formatter for people at a terminal: the time of day (local), level,
// logger and message in columns, then the attributes. Strings are quoted as
// Logfmt's where they are no plain words; the other values of records that were
// received, and Python's lists and dicts in any, stand as Python shows them.
//
// A record is one line; with MultiLine, what has more stands below, indented, so
// that a line which begins at the margin is always a record's first. What could
// move the cursor or change the terminal is escaped. The column of loggers grows
// with the names seen, so lines depend on those before them.
type Console struct {
	color     bool
	multiLine bool
	stamp     clockCache
	places    *placeCache
	names     atomic.Int32 // columns of the longest logger's name so far, within maxNameColumns
}

// NewConsole returns a Console. o may be nil.
func NewConsole(o *ConsoleOptions) *Console {
	f := &Console{}
	if o != nil {
		f.color, f.multiLine = o.Color, o.MultiLine
		if o.AddSource {
			f.places = &placeCache{}
		}
	}
	return f
}

const (
	levelColumns   = len("CRITICAL ")
	maxNameColumns = 16 // a longer name moves its own line only
	attrColumn     = 48 // attributes begin here, counted from behind the time, or behind a longer message
)

// AppendRecord appends the record's line, or lines; it never fails.
func (f *Console) AppendRecord(dst []byte, r *Record) ([]byte, error) {
	l := consoleLine{f: f, dst: dst, received: r.Origin != nil}
	if !r.Time.IsZero() {
		l.on(styleDim)
		l.dst = f.stamp.append(l.dst, r.Time)
		l.off()
		l.dst = append(l.dst, ' ')
	}
	l.on(levelStyle(r.Level))
	l.text(r.LevelText())
	l.off()
	l.to(levelColumns)
	l.name(r.Name)
	first, rest := r.Message, ""
	if f.multiLine {
		first, rest = cutLine(first)
	}
	if r.Level >= Error {
		l.on(styleBold)
	}
	l.text(first)
	if r.Level >= Error {
		l.off()
	}
	l.attrs(r)
	if f.places != nil {
		if place := f.places.text(r, appendConsoleSource); len(place) > 0 {
			l.gap()
			l.on(styleDim)
			l.dst = append(l.dst, place...)
			l.off()
		}
	}
	if !f.multiLine {
		l.word("exc", r.ExcText)
		l.word("stack", r.StackInfo)
		return l.dst, nil
	}
	l.dst = appendLines(l.dst, indent, rest)
	l.dst = append(l.dst, l.below...)
	l.dst = appendLines(l.dst, indent, r.ExcText)
	return appendLines(l.dst, indent, r.StackInfo), nil
}

// name appends the logger's name and the rest of its column.
func (l *consoleLine) name(name string) {
	widest := int(l.f.names.Load())
	start := l.column
	if name != "" {
		l.on(styleName)
		l.text(name)
		l.off()
		l.text(":")
	} else if widest == 0 {
		return
	}
	if n := l.column - start; n > widest && n <= maxNameColumns {
		// Lost to another goroutine: the next record tries again.
		l.f.names.CompareAndSwap(int32(widest), int32(n))
	}
	l.to(start + widest + 1)
}

func appendConsoleSource(dst []byte, s slog.Source) []byte {
	if s.File == "" {
		return dst
	}
	dst = appendPlain(dst, s.File)
	dst = append(dst, ':')
	return strconv.AppendInt(dst, int64(s.Line), 10)
}
