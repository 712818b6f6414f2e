package charset

import (
	"strings"
	"unicode/utf16"
)

// utf7Codec is RFC 2152's. As CPython's it writes the optional characters
// directly, and surrogates without a word.
type utf7Codec struct{}

// The shift state of utf7Codec: whether base64 is on, how many bits wait (0, 2 or
// 4), and they.
const (
	base64On   = 1 << 8
	base64Bits = 4
)

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

func (c utf7Codec) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	switch {
	case r == end || isDirect(r):
		if s&base64On != 0 {
			dst = c.leave(dst, s)
			if r == end || r == '-' || strings.ContainsRune(base64Digits, r) {
				dst = append(dst, '-')
			}
		}
		if r == end {
			return dst, 0, true
		}
		return append(dst, byte(r)), 0, true
	case s&base64On == 0:
		if r == '+' {
			return append(dst, "+-"...), 0, true
		}
		dst, s = append(dst, '+'), base64On
	}
	if r > 0xffff {
		var hi rune
		hi, r = utf16.EncodeRune(r)
		dst, s = c.unit(dst, hi, s)
	}
	dst, s = c.unit(dst, r, s)
	return dst, s, true
}

// unit writes 16 more bits, as far as they fill digits.
func (utf7Codec) unit(dst []byte, u rune, s shift) ([]byte, shift) {
	n := int(s>>base64Bits&7) + 16
	bits := uint32(s&(1<<base64Bits-1))<<16 | uint32(u)
	for ; n >= 6; n -= 6 {
		dst = append(dst, base64Digits[bits>>(n-6)&0x3f])
	}
	return dst, base64On | shift(n)<<base64Bits | shift(bits&(1<<n-1))
}

// leave writes the bits that wait.
func (utf7Codec) leave(dst []byte, s shift) []byte {
	if n := int(s >> base64Bits & 7); n > 0 {
		dst = append(dst, base64Digits[s&(1<<base64Bits-1)<<(6-n)&0x3f])
	}
	return dst
}

func isDirect(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < ' ' || r > '~':
		return false
	}
	return r != '+' && r != '\\' && r != '~'
}
