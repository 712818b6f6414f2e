package pyfmt

import (
	"log/slog"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sluicelog/sluice/pyval"
)

// convert appends v as f says.
func (s *source) convert(dst []byte, f *percentField, v slog.Value) ([]byte, error) {
	switch f.conv {
	case 's', 'r', 'a':
		start := len(dst)
		return s.finishText(appendConverted(dst, byte(f.conv), v), start, f)
	case 'c':
		start := len(dst)
		dst, err := appendChar(dst, v)
		if err != nil {
			return dst, err
		}
		return s.finishText(dst, start, f)
	case 'd', 'i', 'u', 'o', 'x', 'X':
		return s.integer(dst, f, v)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		return s.float(dst, f, v)
	}
	return dst, s.unsupported(f)
}

// unsupported is the error of a conversion that there is not.
func (s *source) unsupported(f *percentField) error {
	shown := f.conv
	if shown < ' '-1 || shown > '~' {
		shown = '?'
	}
	at := pyval.Len(s.format[:f.at])
	return valueError("unsupported format character '%c' (0x%x) at index %d", shown, f.conv, at)
}

// AppendStr appends Python's str() of the value in v.
func AppendStr(dst []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindString:
		return append(dst, v.String()...)
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10)
	case slog.KindFloat64:
		return pyval.AppendFloat(dst, v.Float64())
	}
	return pyval.AppendStr(dst, python(v), 0)
}

// appendConverted appends str(), repr() or ascii() of v.
func appendConverted(dst []byte, conv byte, v slog.Value) []byte {
	switch {
	case conv == 's' || v.Kind() == slog.KindInt64:
		return AppendStr(dst, v)
	case conv == 'r':
		return pyval.AppendRepr(dst, python(v), 0)
	}
	return pyval.AppendASCII(dst, python(v), 0)
}

func appendChar(dst []byte, v slog.Value) ([]byte, error) {
	if v.Kind() == slog.KindString {
		text := v.String()
		if _, size := pyval.DecodeRune(text); size > 0 && size == len(text) {
			return append(dst, text...), nil
		}
		return dst, typeError("%%c requires int or char")
	}
	z, ok := integerOf(v)
	if !ok {
		return dst, typeError("%%c requires int or char")
	}
	if z.big != nil || z.small < 0 || z.small > utf8.MaxRune {
		return dst, overflowError("%c arg not in range(0x110000)")
	}
	return appendRune(dst, rune(z.small)), nil
}

// finishText cuts and pads the text at dst[start:].
func (s *source) finishText(dst []byte, start int, f *percentField) ([]byte, error) {
	if f.prec >= 0 && f.conv != 'c' {
		dst = dst[:start+prefix(dst[start:], f.prec)]
	}
	if f.width < 0 {
		return dst, nil
	}
	return s.pad(dst, start, start, f, ' ')
}

// pad fills up to the width at dst[at:], or behind it all; the field began at
// start.
func (s *source) pad(dst []byte, start, at int, f *percentField, fill rune) ([]byte, error) {
	missing := f.width - length(dst[start:])
	switch {
	case missing <= 0:
		return dst, nil
	case f.width > s.limit:
		return dst, tooWide("width", f.width, s.limit)
	case f.flags&flagLeft != 0:
		return appendFill(dst, ' ', missing), nil
	}
	return insertFill(dst, at, fill, missing), nil
}

func (s *source) integer(dst []byte, f *percentField, v slog.Value) ([]byte, error) {
	z, err := f.integerOf(v)
	if err != nil {
		return dst, err
	}
	if f.prec > s.limit {
		return dst, tooWide("precision", f.prec, s.limit)
	}
	start := len(dst)
	dst = f.appendSign(dst, z.sign() < 0)
	base := 10
	switch f.conv {
	case 'o':
		base = 8
	case 'x', 'X':
		base = 16
	}
	if f.flags&flagAlt != 0 && base != 10 {
		dst = append(dst, '0', byte(f.conv))
	}
	at := len(dst)
	if dst, err = appendDigits(dst, z, base, f.conv == 'X'); err != nil {
		return dst, err
	}
	dst = insertFill(dst, at, '0', f.prec-(len(dst)-at))
	return s.padNumber(dst, start, at, f)
}

// integerOf gives the int that an integer conversion takes v for.
func (f *percentField) integerOf(v slog.Value) (integer, error) {
	z, ok := integerOf(v)
	switch {
	case ok:
		return z, nil
	case strings.ContainsRune("oxX", f.conv):
		return z, typeError("%%%c format: an integer is required, not %s", f.conv, typeName(v))
	case v.Kind() == slog.KindFloat64:
		return truncate(v.Float64())
	}
	return z, typeError("%%%c format: a real number is required, not %s", f.conv, typeName(v))
}

func (f *percentField) appendSign(dst []byte, negative bool) []byte {
	switch {
	case negative:
		return append(dst, '-')
	case f.flags&flagPlus != 0:
		return append(dst, '+')
	case f.flags&flagBlank != 0:
		return append(dst, ' ')
	}
	return dst
}

// padNumber pads a number whose digits begin at dst[at:].
func (s *source) padNumber(dst []byte, start, at int, f *percentField) ([]byte, error) {
	if f.flags&flagZero != 0 {
		return s.pad(dst, start, at, f, '0')
	}
	return s.pad(dst, start, start, f, ' ')
}

func (s *source) float(dst []byte, f *percentField, v slog.Value) ([]byte, error) {
	x, err := floatOf(v)
	if err != nil {
		return dst, err
	}
	style := floatStyle{code: byte(f.conv) | 0x20, prec: f.prec, alt: f.flags&flagAlt != 0, upper: f.conv < 'a'}
	if f.prec < 0 {
		style.prec = 6
	}
	if style.prec > s.limit {
		return dst, tooWide("precision", f.prec, s.limit)
	}
	start := len(dst)
	dst, negative := style.appendAbs(dst, x)
	if sign := f.appendSign(nil, negative); len(sign) > 0 {
		dst = insertFill(dst, start, rune(sign[0]), 1)
		return s.padNumber(dst, start, start+1, f)
	}
	return s.padNumber(dst, start, start, f)
}

// floatOf gives the float that a float conversion takes v for.
func floatOf(v slog.Value) (float64, error) {
	if v.Kind() == slog.KindFloat64 {
		return v.Float64(), nil
	}
	z, ok := integerOf(v)
	if !ok {
		return 0, typeError("must be real number, not %s", typeName(v))
	}
	return z.float()
}
