package pyfmt

import (
	"log/slog"
	"math"
	"strings"

	"github.com/sluicelog/sluice/pyval"
)

// source is where % fields take their values: by key from a mapping, then the
// value found is the one argument that is left, as CPython has it.
type source struct {
	format  string
	fields  Fields // the mapping of a Formatter, or
	mapping any    // of the operator; nil: none
	items   []any  // a tuple's elements that are left
	one     slog.Value
	left    bool // one is
	whole   bool // one is the mapping of fields itself
	limit   int  // greatest width
}

func (s *source) take(f *percentField) error {
	if s.fields != nil {
		v, ok := s.fields.Value(f.index)
		if !ok {
			return notFound(f.key)
		}
		s.set(v)
		return nil
	}
	switch m := s.mapping.(type) {
	case *pyval.Dict:
		v, ok := m.Get(f.key)
		if !ok {
			return keyError(f.key)
		}
		s.set(slog.AnyValue(v))
		return nil
	case *pyval.List:
		return typeError("list indices must be integers or slices, not str")
	case pyval.Bytes:
		return typeError("byte indices must be integers or slices, not str")
	case *pyval.ByteArray:
		return typeError("bytearray indices must be integers or slices, not str")
	}
	return typeError(noMapping)
}

const noMapping = "format requires a mapping"

func (s *source) set(v slog.Value) {
	s.one, s.left, s.whole, s.items = v, true, false, nil
}

// next gives the next argument.
func (s *source) next() (slog.Value, error) {
	switch {
	case len(s.items) > 0:
		v := slog.AnyValue(s.items[0])
		s.items = s.items[1:]
		return v, nil
	case s.left && s.whole:
		return slog.Value{}, typeError("a field without a key stands for the whole record")
	case s.left:
		s.left = false
		return s.one, nil
	}
	return slog.Value{}, typeError("not enough arguments for format string")
}

// star gives the int that a * stands for.
func (s *source) star(most int, name string) (int, error) {
	v, err := s.next()
	if err != nil {
		return 0, err
	}
	z, ok := integerOf(v)
	if !ok {
		return 0, typeError("* wants int")
	}
	return z.within(most, name)
}

// appendField appends what f makes of the next value.
func (s *source) appendField(dst []byte, field *percentField) ([]byte, error) {
	f := *field // * changes width, precision and flags
	if f.unclosed && s.fields == nil && s.mapping == nil {
		return dst, typeError(noMapping)
	}
	if f.keyed {
		if err := s.take(&f); err != nil {
			return dst, err
		}
	}
	if f.starWidth {
		n, err := s.star(math.MaxInt, "ssize_t")
		if err != nil {
			return dst, err
		}
		if f.width = n; n < 0 {
			f.width = -n
			f.flags |= flagLeft
		}
	}
	if f.starPrec {
		n, err := s.star(math.MaxInt32, "int")
		if err != nil {
			return dst, err
		}
		f.prec = max(n, 0)
	}
	if f.err != nil {
		return dst, f.err
	}
	if s.left && s.whole && !strings.ContainsRune("sracdiuoxXeEfFgG", f.conv) {
		return dst, s.unsupported(&f)
	}
	v, err := s.next()
	if err != nil {
		return dst, err
	}
	return s.convert(dst, &f, v)
}
