package pyfmt

import (
	"math"
	"strings"
	"unicode/utf8"
)

const (
	flagLeft = 1 << iota
	flagPlus
	flagBlank
	flagAlt
	flagZero
)

// percentField is one field of a % format and the text before it.
type percentField struct {
	text  string
	key   string
	keyed bool
	// %(key)s and %(key)d, and nothing more.
	plain, number bool
	// The text alone: behind the last field, or the first half of %%.
	literal bool
	index   int // of key, in Format.keys
	flags   uint8
	width   int // -1: none
	prec    int // -1: none
	// Taken from the arguments, as * says.
	starWidth, starPrec bool
	conv                rune
	at                  int   // where conv stands, in bytes
	err                 error // raised when key, width and precision have been taken
	unclosed            bool  // the key is
}

// parsePercent reads the next field of format from pos; more is false where none
// is left and f holds the text to the end. It reads in CPython's order, so that
// of two faults the same one is found.
func parsePercent(format string, pos int) (f percentField, next int, more bool) {
	i := strings.IndexByte(format[pos:], '%')
	if i < 0 {
		return percentField{text: format[pos:], literal: true}, len(format), false
	}
	at := pos + i
	if strings.HasPrefix(format[at:], "%%") {
		return percentField{text: format[pos : at+1], literal: true}, at + 2, true
	}
	f = percentField{text: format[pos:at], width: -1, prec: -1}
	next, f.err = f.parse(format, at+1)
	bare := f.err == nil && f.keyed && f.width < 0 && f.prec < 0 && !f.starWidth && !f.starPrec
	f.plain = bare && f.conv == 's'
	f.number = bare && f.conv == 'd' && f.flags == 0
	return f, next, true
}

// parse reads the field from behind its percent sign.
func (f *percentField) parse(format string, i int) (int, error) {
	if i < len(format) && format[i] == '(' {
		end := closing(format, i)
		if end < 0 {
			f.unclosed = true
			return len(format), valueError("incomplete format key")
		}
		f.key, f.keyed = format[i+1:end], true
		i = end + 1
	}
flags:
	for ; i < len(format); i++ {
		switch format[i] {
		case '-':
			f.flags |= flagLeft
		case '+':
			f.flags |= flagPlus
		case ' ':
			f.flags |= flagBlank
		case '#':
			f.flags |= flagAlt
		case '0':
			f.flags |= flagZero
		default:
			break flags
		}
	}
	var ok bool
	if i < len(format) && format[i] == '*' {
		f.starWidth = true
		i++
	} else if f.width, i, ok = digits(format, i, math.MaxInt); !ok {
		return i, valueError("width too big")
	}
	if i < len(format) && format[i] == '.' {
		i++
		if i < len(format) && format[i] == '*' {
			f.starPrec = true
			i++
		} else if f.prec, i, ok = digits(format, i, math.MaxInt32); !ok {
			return i, valueError("precision too big")
		} else if f.prec < 0 {
			f.prec = 0
		}
	}
	if i < len(format) && (format[i] == 'h' || format[i] == 'l' || format[i] == 'L') {
		i++
	}
	if i >= len(format) {
		return i, valueError("incomplete format")
	}
	r, size := utf8.DecodeRuneInString(format[i:])
	f.conv, f.at = r, i
	return i + size, nil
}

// closing finds the parenthesis that closes the one at format[i]; -1 if none.
func closing(format string, i int) int {
	depth := 0
	for ; i < len(format); i++ {
		switch format[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// digits reads a number, -1 if there is none; ok is false if it is above most.
func digits(s string, i, most int) (n, next int, ok bool) {
	n = -1
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		d := int(s[i] - '0')
		if n < 0 {
			n = d
			continue
		}
		if n > (most-d)/10 {
			return n, i, false
		}
		n = n*10 + d
	}
	return n, i, true
}
