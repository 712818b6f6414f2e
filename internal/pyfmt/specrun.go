package pyfmt

import (
	"log/slog"
	"math"
	"strings"
	"unicode/utf8"
)

// appendSpec appends v as given says: Python's format(v, spec).
func appendSpec(dst []byte, given *spec, v slog.Value) ([]byte, error) {
	if given.raw == "" {
		return appendConverted(dst, 's', v), nil
	}
	s := *given // check completes it for the type
	if v.Kind() == slog.KindString {
		return s.appendText(dst, v.String())
	}
	if z, ok := integerOf(v); ok {
		return s.appendInteger(dst, z, typeName(v))
	}
	if v.Kind() == slog.KindFloat64 {
		if err := s.check("float", 0, true); err != nil {
			return dst, err
		}
		return s.appendFloat(dst, v.Float64(), "float")
	}
	if c, ok := v.Any().(complex128); ok {
		return s.appendComplex(dst, c)
	}
	return dst, typeError("unsupported format string passed to %s.__format__", typeName(v))
}

func (s *spec) appendText(dst []byte, text string) ([]byte, error) {
	if err := s.check("str", 's', false); err != nil {
		return dst, err
	}
	switch {
	case s.code != 's':
		return dst, unknownCode(s.code, "str")
	case s.sign == ' ':
		return dst, valueError("Space not allowed in string format specifier")
	case s.sign != 0:
		return dst, valueError("Sign not allowed in string format specifier")
	case s.noNeg:
		return dst, valueError("Negative zero coercion (z) not allowed in string format specifier")
	case s.alt:
		return dst, valueError("Alternate form (#) not allowed in string format specifier")
	case s.align == '=':
		return dst, valueError("'=' alignment not allowed in string format specifier")
	case s.width > MaxWidth:
		return dst, tooWide("width", s.width, MaxWidth)
	}
	start := len(dst)
	dst = append(dst, text...)
	if s.prec >= 0 {
		dst = dst[:start+prefix(dst[start:], s.prec)]
	}
	return s.pad(dst, start), nil
}

// pad fills up to the width around what stands at dst[start:].
func (s *spec) pad(dst []byte, start int) []byte {
	missing := s.width - length(dst[start:])
	if s.width < 0 || missing <= 0 {
		return dst
	}
	left := 0
	switch s.align {
	case '>', '=':
		left = missing
	case '^':
		left = missing / 2
	}
	dst = insertFill(dst, start, s.fill, left)
	return appendFill(dst, s.fill, missing-left)
}

func (s *spec) appendInteger(dst []byte, z integer, name string) ([]byte, error) {
	if err := s.check(name, 'd', true); err != nil {
		return dst, err
	}
	if s.code < utf8.RuneSelf && strings.IndexByte("eEfFgG%", byte(s.code)) >= 0 {
		x, err := z.float()
		if err != nil {
			return dst, err
		}
		return s.appendFloat(dst, x, name)
	}
	if s.code >= utf8.RuneSelf || strings.IndexByte("bcdoxXn", byte(s.code)) < 0 {
		return dst, unknownCode(s.code, name)
	}
	switch {
	case s.prec >= 0:
		return dst, valueError("Precision not allowed in integer format specifier")
	case s.noNeg:
		return dst, valueError("Negative zero coercion (z) not allowed in integer format specifier")
	case s.code == 'c':
		return s.appendChar(dst, z)
	}
	if err := s.bounded(); err != nil {
		return dst, err
	}
	n := numberText{negative: z.sign() < 0}
	base, size := 10, 3
	switch s.code {
	case 'b':
		base, size = 2, 4
	case 'o':
		base, size = 8, 4
	case 'x', 'X':
		base, size = 16, 4
	}
	if s.alt && base != 10 {
		n.prefix = "0" + string(s.code)
	}
	digits, err := appendDigits(nil, z, base, s.code == 'X')
	if err != nil {
		return dst, err
	}
	n.digits, n.group = digits, size
	return s.layOut(dst, n), nil
}

func (s *spec) appendChar(dst []byte, z integer) ([]byte, error) {
	switch {
	case s.sign != 0:
		return dst, valueError("Sign not allowed with integer format specifier 'c'")
	case s.alt:
		return dst, valueError("Alternate form (#) not allowed with integer format specifier 'c'")
	case z.big != nil:
		return dst, overflowError("Python int too large to convert to C long")
	case z.small < 0 || z.small > utf8.MaxRune:
		return dst, overflowError("%c arg not in range(0x110000)")
	}
	if err := s.bounded(); err != nil {
		return dst, err
	}
	return s.layOut(dst, numberText{rest: appendRune(nil, rune(z.small))}), nil
}

// floatStyle gives the style of s's code; ok is false for a code that is none.
func (s *spec) floatStyle() (style floatStyle, ok bool) {
	style = floatStyle{prec: s.prec, alt: s.alt, noNeg: s.noNeg}
	switch s.code {
	case 0:
		style.code, style.dot0 = 'r', true
		if s.prec >= 0 {
			style.code = 'g'
		}
		return style, true
	case 'n':
		style.code = 'g'
	case '%':
		style.code = 'f'
	case 'e', 'f', 'g', 'E', 'F', 'G':
		style.code, style.upper = byte(s.code)|0x20, s.code < 'a'
	default:
		return style, false
	}
	if s.prec < 0 {
		style.prec = 6
	}
	return style, true
}

func (s *spec) appendFloat(dst []byte, x float64, name string) ([]byte, error) {
	style, ok := s.floatStyle()
	if !ok {
		return dst, unknownCode(s.code, name)
	}
	if err := s.bounded(); err != nil {
		return dst, err
	}
	if s.code == '%' {
		x *= 100
	}
	var room [64]byte
	text, negative := style.appendAbs(room[:0], x)
	if s.code == '%' {
		text = append(text, '%')
	}
	return s.layOut(dst, splitNumber(text, negative)), nil
}

// appendComplex writes both parts without padding, and pads the whole.
func (s *spec) appendComplex(dst []byte, c complex128) ([]byte, error) {
	if err := s.check("complex", 0, true); err != nil {
		return dst, err
	}
	style, ok := s.floatStyle()
	switch {
	case !ok || s.code == '%':
		return dst, unknownCode(s.code, "complex")
	case s.fill == '0':
		return dst, valueError("Zero padding is not allowed in complex format specifier")
	case s.align == '=':
		return dst, valueError("'=' alignment flag is not allowed in complex format specifier")
	}
	if err := s.bounded(); err != nil {
		return dst, err
	}
	style.dot0 = false
	part := *s
	part.width, part.align, part.fill = -1, '<', 0
	start := len(dst)
	parens := s.code == 0
	if re := real(c); s.code != 0 || re != 0 || math.Signbit(re) {
		if parens {
			dst = append(dst, '(')
		}
		dst = part.layOut(dst, splitNumber(style.appendAbs(nil, re)))
		part.sign = '+'
	} else {
		parens = false
	}
	dst = append(part.layOut(dst, splitNumber(style.appendAbs(nil, imag(c)))), 'j')
	if parens {
		dst = append(dst, ')')
	}
	return s.pad(dst, start), nil
}
