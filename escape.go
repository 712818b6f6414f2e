package sluice

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// What a byte may stand in as it is. A table, since two or three comparisons for
// each byte are what a short record's formatting consists of.
const (
	plainText = 1 << iota // between double quotes, in Go's syntax and in JSON's
	plainWord             // in a word of Logfmt
)

var plain = func() (table [256]uint8) {
	for c := ' '; c < 0x7f; c++ {
		table[c] = plainText | plainWord
	}
	table['"'] = 0
	table['\\'] = plainWord
	table[' '] = plainText
	table['='] = plainText
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
	if plainPrefix(s, plainText) == len(s) {
		dst = append(dst, s...)
	} else {
		dst = appendEscaped(dst, s, true)
	}
	return append(dst, '"')
}

// appendPlain appends s with Go's escapes for what cannot be shown in a line;
// quotes and backslashes stay.
func appendPlain(dst []byte, s string) []byte { return appendEscaped(dst, s, false) }

func appendEscaped(dst []byte, s string, quoted bool) []byte {
	for len(s) > 0 {
		n := plainPrefix(s, plainText)
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			break
		}
		c := s[0]
		if c < utf8.RuneSelf {
			s = s[1:]
			if c == '"' || c == '\\' {
				if quoted {
					dst = append(dst, '\\')
				}
				dst = append(dst, c)
				continue
			}
			dst = appendControl(dst, c)
			continue
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
			q := strconv.AppendQuoteRuneToASCII(nil, r)
			dst = append(dst, q[1:len(q)-1]...)
		}
		s = s[size:]
	}
	return dst
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
