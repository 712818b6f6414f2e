package pyfmt

import (
	"bytes"
	"unicode/utf8"

	"github.com/sluicelog/sluice/pyval"
)

// length is the number of code points of b; a lone surrogate is one.
func length(b []byte) int {
	n := utf8.RuneCount(b)
	for {
		i := bytes.IndexByte(b, 0xED)
		if i < 0 {
			return n
		}
		b = b[i:]
		if len(b) >= 3 && b[1]&0xE0 == 0xA0 && b[2]&0xC0 == 0x80 {
			n -= 2 // utf8 counts its three bytes
			b = b[3:]
		} else {
			b = b[1:]
		}
	}
}

// prefix is the length in bytes of the first n code points of b.
func prefix(b []byte, n int) int {
	if n >= len(b) {
		return len(b)
	}
	i := 0
	for ; n > 0 && i < len(b); n-- {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := pyval.DecodeRune(string(b[i:min(i+utf8.UTFMax, len(b))]))
		i += size
	}
	return i
}

// appendRune appends a code point, a surrogate as WTF-8.
func appendRune(dst []byte, r rune) []byte {
	if r >= 0xD800 && r <= 0xDFFF {
		return append(dst, 0xED, byte(0x80|r>>6&0x3F), byte(0x80|r&0x3F))
	}
	return utf8.AppendRune(dst, r)
}

func appendFill(dst []byte, r rune, n int) []byte {
	if r < utf8.RuneSelf {
		for ; n > 0; n-- {
			dst = append(dst, byte(r))
		}
		return dst
	}
	for ; n > 0; n-- {
		dst = appendRune(dst, r)
	}
	return dst
}

// insertFill puts n times r before what stands at dst[at:].
func insertFill(dst []byte, at int, r rune, n int) []byte {
	end := len(dst)
	dst = appendFill(dst, r, n)
	added := len(dst) - end
	if added == 0 || at == end {
		return dst
	}
	copy(dst[at+added:], dst[at:end])
	fill := appendFill(dst[:at], r, n)
	return dst[:len(fill)+end-at]
}
