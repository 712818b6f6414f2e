package sluice

import (
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/sluicelog/sluice/internal/pyfmt"
)

// Style is how a Formatter's format names its fields.
type Style string

// The styles of Python's logging.Formatter.
const (
	Percent Style = "%" // %(message)s
	Brace   Style = "{" // {message}
	Dollar  Style = "$" // ${message}
)

// UnmarshalText accepts the three styles and nothing else, not even none.
func (s *Style) UnmarshalText(text []byte) error {
	switch v := Style(text); v {
	case Percent, Brace, Dollar:
		*s = v
		return nil
	}
	_, err := pyfmt.Compile(string(text), "", false)
	return err
}

// FormatterOptions are the options of NewFormatter, Python's arguments of
// logging.Formatter. The zero FormatterOptions consists of defaults.
type FormatterOptions struct {
	// Style is Percent unless set.
	Style Style `json:"style"`
	// DateFmt is the strftime layout of asctime, which then has no milliseconds.
	// Conversions are those of glibc in the C locale, so %f is not known.
	DateFmt string `json:"datefmt"`
	// Validate says whether a format without a single good field, or with a bad
	// one, is an error of NewFormatter, as in Python; nil: true. Without it such a
	// format fails at each record, if at all.
	Validate *bool `json:"validate"`
	// Defaults gives the values of fields that a record does not have. They are
	// Python values (package pyval), or Go values shown as those of attributes.
	Defaults map[string]any `json:"defaults"`

	// DefaultTimeFormat is the layout of asctime without DateFmt; nil is
	// "%Y-%m-%d %H:%M:%S".
	DefaultTimeFormat *string `json:"-"`
	// DefaultMsecFormat joins that and the milliseconds by Python's % operator; nil
	// is "%s,%03d". With an empty one asctime has no milliseconds.
	DefaultMsecFormat *string `json:"-"`
	// UTC shows times as Python's gmtime does: in UTC, which %Z then calls GMT.
	UTC bool `json:"-"`
	// Location is the zone of times without UTC; nil is time.Local.
	Location *time.Location `json:"-"`
	// Escape writes a record as one line whatever it holds: what cannot be shown in
	// a line (controls, line separators, bidirectional controls, bytes that are no
	// UTF-8) is escaped as Logfmt does, in what fields yield and in the error's and
	// the stack's text, which then follow behind "\n", escaped too. The text of the
	// format itself stays. Unlike Logfmt's the escapes are for people: a backslash
	// is not escaped, so they cannot be told from text that looks like them.
	// False is Python's way.
	Escape bool `json:"escape"`
	// MultiLine is for Escape: line breaks stay, and the lines behind them are
	// indented by four spaces, as are the error's and the stack's.
	MultiLine bool `json:"multi_line"`
	// Start is what relativeCreated counts from in records of this process; zero
	// is when the program was started.
	Start time.Time `json:"-"`
}

// NewFormatter returns a Formatter that makes text of a record after a Python
// format, with the error's or traceback's text and the stack on lines of their
// own behind it (Python: logging.Formatter). An empty format is the message
// alone. o may be nil. A format that Python would refuse is an error here; what
// Python would raise while formatting a record, such as for a field that the
// record does not have, is an error of AppendRecord.
//
// The fields are Python's: name (root if there is none), levelno, levelname,
// pathname, filename, module, lineno, funcName, created, asctime, msecs,
// relativeCreated, thread, threadName, process, processName, taskName, message,
// msg, args, exc_text and stack_info; see Record.AppendStandard for their values.
//
// Any other key is an attribute of the record. Those inside groups are named with
// the groups in front, as in %(request.method)s, a group itself is a dict. An
// attribute with the name of a field is found with an underscore behind it, name_.
// Of Go's values strings, numbers, bools and nil are Python's; everything else is
// its text.
//
// Unlike Python's, the Formatter leaves the record as it is and gives no access to
// attributes of values, {msg.upper}. A record without a time has an empty asctime; a
// created that came and is no number, or not in the years 1 to 9999, and msecs that are
// no number count for nothing.
func NewFormatter(format string, o *FormatterOptions) (Formatter, error) {
	if o == nil {
		o = &FormatterOptions{}
	}
	style := o.Style
	if style == "" {
		style = Percent
	}
	compiled, err := pyfmt.Compile(string(style), format, o.Validate == nil || *o.Validate)
	if err != nil {
		return nil, fmt.Errorf("format %q: %w", format, err)
	}
	f := &textFormatter{
		format: compiled,
		here:   here{process: int64(os.Getpid()), start: o.Start, sources: new(Places)},
	}
	f.asctime.set(o)
	if o.Escape {
		f.escape = escapeTail
		if o.MultiLine {
			f.escape, f.multiLine = indentTail, true
		}
	}
	if f.here.start.IsZero() {
		f.here.start = loaded
	}
	// By the text, as logging does: a time that cannot be made is an error first.
	f.usesTime = compiled.UsesTime()
	for _, key := range compiled.Keys() {
		k := fieldKey{name: key, field: fieldOf(key)}
		if v, ok := o.Defaults[key]; ok {
			k.fallback, k.hasFallback = pythonValue(slog.AnyValue(v)), true
		}
		if n := len(key) - 1; n > 0 && key[n] == '_' && fieldOf(key[:n]) != fieldAttr {
			k.plain = key[:n]
		}
		f.keys = append(f.keys, k)
	}
	f.fast = f.usual()
	return f, nil
}

// textFormatter is what NewFormatter returns.
type textFormatter struct {
	format    *pyfmt.Format
	escape    pyfmt.Escape // nil: none
	multiLine bool         // escape is indentTail
	keys      []fieldKey   // of format.Keys()
	fast      usualFormat  // format; nil: it is not so simple
	usesTime  bool         // asctime is to be made
	asctime   asctime
	here      here
	fields    sync.Pool // of *recordFields
}

// fieldKey is a key of the format.
type fieldKey struct {
	name        string
	plain       string // without the underscore that keeps it apart from a field
	field       field
	fallback    slog.Value
	hasFallback bool
}

// AppendRecord appends the text of r.
func (f *textFormatter) AppendRecord(dst []byte, r *Record) ([]byte, error) {
	start := len(dst)
	if f.fast != nil {
		var ok bool
		if dst, ok = f.appendUsual(dst, r); ok {
			return f.tail(dst, start, r), nil
		}
		dst = dst[:start]
	}
	v, ok := f.fields.Get().(*recordFields)
	if !ok {
		v = &recordFields{standard: standard{here: &f.here}, formatter: f}
	}
	v.record = r
	out, err := f.append(dst, v)
	v.record = nil
	if v.hasSource {
		v.hasSource, v.source = false, slog.Source{}
	}
	f.fields.Put(v)
	return out, err
}

func (f *textFormatter) append(dst []byte, v *recordFields) ([]byte, error) {
	start := len(dst)
	if f.usesTime {
		var err error
		if v.asctime, err = f.asctime.append(v.asctime[:0], &v.standard); err != nil {
			return dst, fmt.Errorf("asctime: %w", err)
		}
	}
	dst, err := f.format.Append(dst, v, f.escape)
	if err != nil {
		return dst, err
	}
	return f.tail(dst, start, v.record), nil
}

// tail appends what stands below what was begun at start.
func (f *textFormatter) tail(dst []byte, start int, r *Record) []byte {
	if r.ExcText == "" && r.StackInfo == "" {
		return dst
	}
	return f.below(f.below(dst, start, r.ExcText), start, r.StackInfo)
}

// below appends text on a line of its own below what was begun at start.
func (f *textFormatter) below(dst []byte, start int, text string) []byte {
	if text == "" {
		return dst
	}
	fresh := len(dst) > start && dst[len(dst)-1] == '\n' // a line of the format's, or without escape a message's
	switch {
	case f.multiLine && fresh:
		return appendLines(dst[:len(dst)-1], indent, text)
	case f.multiLine:
		return appendLines(dst, indent, text)
	case f.escape != nil && fresh:
		return appendPlain(dst, text)
	case f.escape != nil:
		return appendPlain(append(dst, `\n`...), text)
	case !fresh:
		dst = append(dst, '\n')
	}
	return append(dst, text...)
}
