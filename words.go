package sluice

// Strings are looked at eight bytes at a time: most need no escapes, and to find
// that out byte by byte takes longer than to copy them.

const (
	eachByte = 0x0101010101010101
	topBits  = 0x80 * eachByte
)

// isText says that s may stand between double quotes as it is, in Go's syntax and
// in JSON's, and is ASCII.
func isText(s string) bool {
	return allPlain(s, plainText, (0x80-' ')*eachByte, '"'*eachByte, '\\'*eachByte)
}

// isASCIIWord says that s may stand in Logfmt as it is, but for the empty word, and
// is ASCII.
func isASCIIWord(s string) bool {
	return allPlain(s, plainWord, (0x80-'!')*eachByte, '"'*eachByte, '='*eachByte)
}

// allPlain says that plain has what for all bytes of s. That is so for the bytes
// from first, which is told by what it lacks to 0x80, to '~', but for a and b.
func allPlain(s string, what uint8, first, a, b uint64) bool {
	n := len(s)
	if n < 4 {
		for i := range n {
			if plain[s[i]]&what == 0 {
				return false
			}
		}
		return true
	}
	var last uint64 // with some bytes twice unless n is a multiple of 8
	if n < 8 {
		last = fourBytes(s, 0) | fourBytes(s, n-4)<<32
	} else {
		for i := 0; i < n-8; i += 8 {
			if odd(eightBytes(s, i), first, a, b) {
				return false
			}
		}
		last = eightBytes(s, n-8)
	}
	return !odd(last, first, a, b)
}

// odd says that a byte of w is not plain. In a byte below 0x80 the sums reach its top
// bit, and no other byte's, if it is 0x7f; if it is at least first; if it is not a;
// if it is not b. A byte from 0x80 on is found by its own top bit.
func odd(w, first, a, b uint64) bool {
	fine := (w + first) & ((w ^ a) + 0x7f*eachByte) & ((w ^ b) + 0x7f*eachByte)
	return (w|(w+eachByte)|^fine)&topBits != 0
}

func fourBytes(s string, i int) uint64 {
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24
}

func eightBytes(s string, i int) uint64 {
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}
