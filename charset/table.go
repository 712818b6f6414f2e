package charset

import (
	"slices"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// table is a multibyte codec of x/text without state, made CPython's.
type table struct {
	x       transform.Transformer // needs no lock: without state
	patch   []exception           // goes before everything else
	refuse  func(code []byte) bool
	private func(r rune) (code uint32) // of characters that x/text lacks; 0: none
}

// exception says what a character is in CPython's table: its code's bytes as a
// number; 0: it has none.
type exception struct {
	r    rune
	code uint32
}

func (t *table) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	const room = 8
	if r >= 0 && r < utf8.RuneSelf {
		return append(dst, byte(r)), s, true
	}
	if !utf8.ValidRune(r) {
		return dst, s, false
	}
	i, found := slices.BinarySearchFunc(t.patch, r, func(e exception, r rune) int { return int(e.r - r) })
	if found {
		code := t.patch[i].code
		return appendCode(dst, code), s, code != 0
	}
	if t.private != nil {
		if code := t.private(r); code != 0 {
			return appendCode(dst, code), s, true
		}
	}
	// A local array would be allocated for each character, as Transform is called
	// through an interface: what dst has to spare holds both sides.
	dst = slices.Grow(dst, 2*room)
	n := len(dst)
	in := utf8.AppendRune(dst[n+room:n+room], r)
	m, _, err := t.x.Transform(dst[n:n+room], in, true)
	if out := dst[:n+m]; err == nil && (t.refuse == nil || !t.refuse(out[n:])) {
		return out, s, true
	}
	return dst, s, false
}

// appendCode appends the bytes of code without its leading zeros.
func appendCode(dst []byte, code uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		if b := code >> shift; b != 0 {
			dst = append(dst, byte(b))
		}
	}
	return dst
}

// notBig5: x/text encodes HKSCS, which puts rows of its own around Big5's and into
// the gap between its two levels.
func notBig5(code []byte) bool {
	if len(code) != 2 {
		return false
	}
	c := uint32(code[0])<<8 | uint32(code[1])
	return c < 0xa140 || c > 0xf9d5 || c >= 0xc6a1 && c <= 0xc8fe || c >= 0xa3c0 && c <= 0xa3e0
}

// notJISX0208: NEC's row 13, NEC's selection of IBM's characters and IBM's own are
// cp932's. Rows end at 0xEA.
func notJISX0208(code []byte) bool {
	return len(code) == 2 && (code[0] == 0x87 || code[0] > 0xea)
}

// notEUCJP is notJISX0208 on the other side of the transformation.
func notEUCJP(code []byte) bool {
	return len(code) == 2 && code[0] != 0x8e && (code[0] == 0xad || code[0] > 0xf4) ||
		len(code) == 3 && (code[1] == 0xf3 || code[1] == 0xf4)
}

// notGB2312: GBK fills GB 2312's gaps and has codes below 0xA1.
func notGB2312(code []byte) bool {
	if len(code) != 2 {
		return true
	}
	hi, lo := code[0], code[1]
	switch {
	case hi < 0xa1 || hi > 0xf7 || lo < 0xa1:
		return true
	case hi == 0xa2:
		return lo < 0xb1 // small Roman numerals
	case hi == 0xa6:
		return lo > 0xd8 // vertical forms
	case hi == 0xa8:
		return lo > 0xba && lo < 0xc5 // more of pinyin
	}
	return false
}

// privateCP932: Windows' area for characters of one's own, ten rows from 0xF0.
func privateCP932(r rune) uint32 {
	const first, perRow = 0xe000, 188
	if r < first || r >= first+10*perRow {
		return 0
	}
	row, cell := uint32(r-first)/perRow, uint32(r-first)%perRow
	return (0xf0+row)<<8 | 0x40 + skip(cell, 0x3f)
}

// privateGB18030: the three areas for characters of one's own in the table of
// 2000, which x/text gives four bytes as it does what has no other code.
func privateGB18030(r rune) uint32 {
	const high, low = 94, 96
	switch {
	case r >= 0xe000 && r < 0xe000+6*high:
		i := uint32(r - 0xe000)
		return (0xaa+i/high)<<8 | 0xa1 + i%high
	case r >= 0xe234 && r < 0xe234+7*high:
		i := uint32(r - 0xe234)
		return (0xf8+i/high)<<8 | 0xa1 + i%high
	case r >= 0xe4c6 && r < 0xe4c6+7*low:
		i := uint32(r - 0xe4c6)
		return (0xa1+i/low)<<8 | 0x40 + skip(i%low, 0x3f)
	}
	return 0
}

// skip leaves hole out of the numbers.
func skip(n, hole uint32) uint32 {
	if n >= hole {
		n++
	}
	return n
}
