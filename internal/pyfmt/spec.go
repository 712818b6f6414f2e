package pyfmt

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/sluicelog/sluice/pyval"
)

// spec is a format specification of str.format, read as far as that goes without
// the type of the value.
type spec struct {
	raw   string
	fill  rune
	align byte // < > = ^; 0: by the type
	sign  byte // + - or blank; 0: none
	noNeg bool // z
	alt   bool // #
	zero  bool // 0 before the width
	width int  // -1: none
	prec  int  // -1: none
	sep   byte // , or _; 0: none
	code  rune // 0: by the type
	err   error
	extra bool // more than a code follows
}

// parseSpec reads raw in CPython's order, up to the first fault.
func parseSpec(raw string) spec {
	s := spec{raw: raw, fill: ' ', width: -1, prec: -1}
	filled := false
	_, size := pyval.DecodeRune(raw)
	switch {
	case size < len(raw) && isAlign(raw[size]):
		s.fill, _ = pyval.DecodeRune(raw)
		s.align, filled = raw[size], true
		raw = raw[size+1:]
	case raw != "" && isAlign(raw[0]):
		s.align = raw[0]
		raw = raw[1:]
	}
	if raw != "" && (raw[0] == '+' || raw[0] == '-' || raw[0] == ' ') {
		s.sign, raw = raw[0], raw[1:]
	}
	raw, s.noNeg = strings.CutPrefix(raw, "z")
	raw, s.alt = strings.CutPrefix(raw, "#")
	if !filled {
		if raw, s.zero = strings.CutPrefix(raw, "0"); s.zero {
			s.fill = '0'
		}
	}
	if s.width, raw, s.err = specDigits(raw); s.err != nil {
		return s
	}
	if raw, s.err = s.separator(raw); s.err != nil {
		return s
	}
	if after, ok := strings.CutPrefix(raw, "."); ok {
		if s.prec, raw, s.err = specDigits(after); s.err != nil {
			return s
		}
		if s.prec < 0 {
			s.err = valueError("Format specifier missing precision")
			return s
		}
	}
	r, size := pyval.DecodeRune(raw)
	if size < len(raw) {
		s.extra = true
	} else if size > 0 {
		s.code = r
	}
	return s
}

func isAlign(c byte) bool { return c == '<' || c == '>' || c == '=' || c == '^' }

func (s *spec) separator(raw string) (rest string, err error) {
	raw, comma := strings.CutPrefix(raw, ",")
	raw, under := strings.CutPrefix(raw, "_")
	if comma && under || under && strings.HasPrefix(raw, ",") {
		return raw, valueError("Cannot specify both ',' and '_'.")
	}
	if comma {
		s.sep = ','
	}
	if under {
		s.sep = '_'
	}
	return raw, nil
}

// specDigits reads a number, -1 if there is none.
func specDigits(s string) (n int, rest string, err error) {
	n = -1
	for s != "" {
		r, size := pyval.DecodeRune(s)
		d := decimal(r)
		if d < 0 {
			break
		}
		n = max(n, 0)
		if n > (math.MaxInt-d)/10 {
			return n, s, valueError("Too many decimal digits in format string")
		}
		n, s = n*10+d, s[size:]
	}
	return n, s, nil
}

// check completes s for a value of the type called name, whose code is def where
// none is given, and which stands at the right if it is a number.
func (s *spec) check(name string, def rune, number bool) error {
	switch {
	case s.err != nil:
		return s.err
	case s.extra:
		return valueError("Invalid format specifier '%s' for object of type '%s'", s.raw, name)
	}
	if s.code == 0 {
		s.code = def
	}
	if s.sep != 0 && !s.groups() {
		return valueError("Cannot specify '%c' with '%s'.", s.sep, shownCode(s.code))
	}
	if s.align == 0 {
		switch {
		case !number:
			s.align = '<'
		case s.zero:
			s.align = '='
		default:
			s.align = '>'
		}
	}
	return nil
}

// bounded refuses what would fill the memory.
func (s *spec) bounded() error {
	switch {
	case s.prec > math.MaxInt32:
		return valueError("precision too big")
	case s.width > MaxWidth:
		return tooWide("width", s.width, MaxWidth)
	case s.prec > MaxWidth:
		return tooWide("precision", s.prec, MaxWidth)
	}
	return nil
}

// groups tells whether the code allows the separator.
func (s *spec) groups() bool {
	switch s.code {
	case 'd', 'e', 'f', 'g', 'E', 'G', '%', 'F', 0:
		return true
	case 'b', 'o', 'x', 'X':
		return s.sep == '_'
	}
	return false
}

func shownCode(code rune) string {
	if code > ' ' && code < utf8.RuneSelf {
		return string(code)
	}
	return fmt.Sprintf("\\x%x", code)
}

func unknownCode(code rune, name string) error {
	return valueError("Unknown format code '%s' for object of type '%s'", shownCode(code), name)
}
