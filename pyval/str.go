package pyval

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// DecodeRune returns the first code point of s and its length in bytes: UTF-8,
// and a lone surrogate as its three bytes (WTF-8). A byte b that is neither is
// the code point U+DC00+b, as Python's surrogateescape reads it. Of an empty s
// it returns utf8.RuneError, 0.
func DecodeRune(s string) (r rune, size int) {
	r, size = utf8.DecodeRuneInString(s)
	if r != utf8.RuneError || size != 1 {
		return r, size
	}
	if len(s) >= 3 && s[0] == 0xED && s[1]&0xE0 == 0xA0 && s[2]&0xC0 == 0x80 {
		return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
	}
	return 0xDC00 + rune(s[0]), 1
}

// Len returns the number of code points of s: Python's len() of a str.
func Len(s string) int {
	n := 0
	for i := 0; i < len(s); n++ {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := DecodeRune(s[i:])
		i += size
	}
	return n
}

// printable tells what Python's str.isprintable tells of one code point.
func printable(r rune) bool {
	switch {
	case r < 0x7F:
		return r >= ' '
	case unicode.IsPrint(r):
		return true
	}
	// Python 3.13 knows Unicode 15.1, Go's tables are those of 15.0.
	return r >= 0x2EBF0 && r <= 0x2EE5D || r >= 0x2FFC && r <= 0x2FFF || r == 0x31EF
}

// quoteOf chooses as Python does: double quotes only where they save escapes.
func quoteOf(s string) byte {
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		return '"'
	}
	return '\''
}

const hexDigits = "0123456789abcdef"

func appendHex(dst []byte, escape byte, digits int, r rune) []byte {
	dst = append(dst, '\\', escape)
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[r>>shift&15])
	}
	return dst
}

// appendSimple appends what str and bytes escape alike.
func appendSimple(dst []byte, c, quote byte) []byte {
	switch {
	case c == quote || c == '\\':
		return append(dst, '\\', c)
	case c == '\t':
		return append(dst, `\t`...)
	case c == '\n':
		return append(dst, `\n`...)
	case c == '\r':
		return append(dst, `\r`...)
	case c < ' ' || c >= 0x7F:
		return appendHex(dst, 'x', 2, rune(c))
	}
	return append(dst, c)
}

// quoted appends s without its quotes, escaped as repr() does, or as ascii().
func (p *printer) quoted(s string, quote byte) {
	for len(s) > 0 && !p.full() {
		if c := s[0]; c < utf8.RuneSelf {
			p.dst = appendSimple(p.dst, c, quote)
			s = s[1:]
			continue
		}
		r, size := DecodeRune(s)
		switch {
		case !p.ascii && printable(r):
			p.dst = append(p.dst, s[:size]...)
		case r <= 0xFF:
			p.dst = appendHex(p.dst, 'x', 2, r)
		case r <= 0xFFFF:
			p.dst = appendHex(p.dst, 'u', 4, r)
		default:
			p.dst = appendHex(p.dst, 'U', 8, r)
		}
		s = s[size:]
	}
}

func (p *printer) str(s string) {
	quote := quoteOf(s)
	p.dst = append(p.dst, quote)
	p.quoted(s, quote)
	p.dst = append(p.dst, quote)
}

// bytes appends the repr of bytes, in which escaped is the quote to escape.
func (p *printer) bytes(s string, escaped byte) {
	quote := quoteOf(s)
	p.dst = append(p.dst, 'b', quote)
	for i := 0; i < len(s) && !p.full(); i++ {
		p.dst = appendSimple(p.dst, s[i], escaped)
	}
	p.dst = append(p.dst, quote)
}
