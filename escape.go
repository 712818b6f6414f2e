package sluice

import (
	"unicode"
	"unicode/utf8"
)

// What a byte may stand in as it is. A table, since two or three comparisons for
// each byte are what a short record's formatting consists of.
const (
	plainText = 1 << iota // between double quotes, in Go's syntax and in JSON's
	plainWord             // in a word of Logfmt
	plainLine             // in a line
)

var plain = func() (table [256]uint8) {
	for c := ' '; c < 0x7f; c++ {
		table[c] = plainText | plainWord | plainLine
	}
	table['"'] = plainLine
	table['\\'] = plainWord | plainLine
	table[' '] = plainText | plainLine
	table['='] = plainText | plainLine
	return table
}()

// plainPrefix is the length of the run of bytes at the head of s that may stand
// in what as they are.
func plainPrefix(s string, what uint8) int {
	for i := 0; i < len(s); i++ {
		if plain[s[i]]&what == 0 {
			return i
		}
	}
	return len(s)
}

// showable says that r can stand in a line of text as it is: it is neither a
// control nor a format character (which a bidirectional override is) nor a
// separator of lines.
func showable(r rune) bool { return unicode.IsPrint(r) }

// appendQuoted appends s in double quotes with Go's escapes, as strconv.Quote;
// strconv.Unquote gives s back, whatever its bytes.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for len(s) > 0 {
		n := plainPrefix(s, plainText)
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			break
		}
		if c := s[0]; c == '"' || c == '\\' {
			dst = append(dst, '\\', c)
			s = s[1:]
			continue
		}
		dst, s = appendEscape(dst, s)
	}
	return append(dst, '"')
}

// appendPlain appends s with Go's escapes for what cannot be shown in a line;
// quotes and backslashes stay.
func appendPlain(dst []byte, s string) []byte {
	for {
		n := plainPrefix(s, plainLine)
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			return dst
		}
		dst, s = appendEscape(dst, s)
	}
}

// appendEscape appends the first character of s, or its escape if it cannot be
// shown, and gives the rest of s.
func appendEscape(dst []byte, s string) (_ []byte, rest string) {
	c := s[0]
	if c < utf8.RuneSelf {
		return appendControl(dst, c), s[1:]
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
	case showable(r):
		dst = append(dst, s[:size]...)
	case r < 0x10000:
		dst = append(dst, '\\', 'u')
		dst = appendHex4(dst, r)
	default:
		dst = append(dst, '\\', 'U')
		dst = appendHex4(dst, r>>16)
		dst = appendHex4(dst, r&0xffff)
	}
	return dst, s[size:]
}

func appendControl(dst []byte, c byte) []byte {
	switch c {
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
}

const hexDigits = "0123456789abcdef"

func appendHex4(dst []byte, r rune) []byte {
	return append(dst, hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
