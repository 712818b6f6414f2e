package pyfmt

import (
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// MaxWidth is the greatest width and precision, in characters, and the greatest
// length of a merged message in bytes.
const MaxWidth = 1 << 20

// Fields gives the values that a Format asks for.
type Fields interface {
	// AppendStr appends str() of the value of Keys()[i], and reports whether
	// there is such a value.
	AppendStr(dst []byte, i int) (_ []byte, ok bool)
	// Value gives the value of Keys()[i] as the package doc says, and whether
	// there is one.
	Value(i int) (v slog.Value, ok bool)
}

// Format is a compiled format. It does not change and is safe for concurrent use.
type Format struct {
	text     string
	keys     []string
	percent  []percentField // of the styles % and $
	brace    []braceField   // of the style {
	usesTime bool
}

// Compile compiles a format of style "%", "{" or "$"; an empty one is the message
// alone. With validate it tests what logging.Formatter tests, and fails where that
// raises; other faults show when the format is used, as in Python.
func Compile(style, format string, validate bool) (*Format, error) {
	switch style {
	case "%":
		return compilePercent(format, validate)
	case "{":
		return compileBrace(format, validate)
	case "$":
		return compileDollar(format, validate)
	}
	return nil, valueError("Style must be one of: %%,{,$")
}

// Keys gives the key of each field, in the order in which Fields numbers them. The
// caller must not modify it.
func (f *Format) Keys() []string { return f.keys }

// UsesTime reports whether the format asks for asctime, by logging's test.
func (f *Format) UsesTime() bool { return f.usesTime }

// Escape changes what a field yielded, which begins at start and ends dst.
type Escape func(dst []byte, start int) []byte

// Append appends the format filled in with v, what each field yields changed by
// escape if there is one. What Python would raise comes as an *Error, and dst as
// it was.
func (f *Format) Append(dst []byte, v Fields, escape Escape) ([]byte, error) {
	start := len(dst)
	var err error
	if f.brace != nil {
		dst, err = appendBrace(dst, f.brace, v, escape)
	} else {
		dst, err = f.appendPercent(dst, v, escape)
	}
	if err != nil {
		return dst[:start], err
	}
	return dst, nil
}

// key numbers one more key.
func (f *Format) key(name string) int {
	f.keys = append(f.keys, name)
	return len(f.keys) - 1
}

func compilePercent(format string, validate bool) (*Format, error) {
	if format == "" {
		format = "%(message)s"
	}
	if validate && !validPercent(format) {
		return nil, valueError("Invalid format '%s' for '%%' style", format)
	}
	f := &Format{text: format, usesTime: strings.Contains(format, "%(asctime)")}
	for pos := 0; ; {
		field, next, more := parsePercent(format, pos)
		if field.keyed {
			field.index = f.key(field.key)
		}
		f.percent = append(f.percent, field)
		if pos = next; !more {
			return f, nil
		}
	}
}

// appendPercent fills in a format of style % or $.
func (f *Format) appendPercent(dst []byte, v Fields, escape Escape) ([]byte, error) {
	for i := range f.percent {
		field := &f.percent[i]
		dst = append(dst, field.text...)
		start := len(dst)
		switch {
		case field.plain:
			var ok bool
			if dst, ok = v.AppendStr(dst, field.index); !ok {
				return dst, notFound(field.key)
			}
		case field.literal:
		default:
			var err error
			if dst, err = f.appendField(dst, i, v); err != nil {
				return dst, err
			}
		}
		if escape != nil && len(dst) > start {
			dst = escape(dst, start)
		}
	}
	return dst, nil
}

// appendField appends the i-th field, which is more than %(key)s.
func (f *Format) appendField(dst []byte, i int, v Fields) ([]byte, error) {
	field := &f.percent[i]
	if field.number {
		if n, ok := v.Value(field.index); ok && n.Kind() == slog.KindInt64 {
			return strconv.AppendInt(dst, n.Int64(), 10), nil
		}
	}
	// Without a key it finds the whole record, if none before took something.
	first := !field.keyed && !slices.ContainsFunc(f.percent[:i], func(f percentField) bool { return !f.literal })
	s := source{format: f.text, fields: v, left: first, whole: first, limit: MaxWidth}
	return s.appendField(dst, field)
}
