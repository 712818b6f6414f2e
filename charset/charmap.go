package charset

import (
	"slices"

	"golang.org/x/text/encoding/charmap"
)

// singleByte is a codec of at most 256 characters: each with its byte, as
// character<<8 | byte, in order.
type singleByte []uint32

// span says what bytes are from a first one on; undefined is none.
type span struct {
	first byte
	runes string
}

const undefined = '\ufffe'

func newCharmap(base *charmap.Charmap, patch []span) singleByte {
	var runes [256]rune
	for i := range runes {
		if runes[i] = base.DecodeByte(byte(i)); runes[i] == '\ufffd' {
			runes[i] = undefined
		}
	}
	for _, p := range patch {
		i := int(p.first)
		for _, r := range p.runes {
			runes[i] = r
			i++
		}
	}
	m := make(singleByte, 0, len(runes))
	for i, r := range runes {
		if r != undefined {
			m = append(m, uint32(r)<<8|uint32(i))
		}
	}
	slices.Sort(m)
	return m
}

func (m singleByte) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	i, _ := slices.BinarySearch(m, uint32(r)<<8)
	if i < len(m) && m[i]>>8 == uint32(r) {
		return append(dst, byte(m[i])), s, true
	}
	return dst, s, false
}

// isASCII says whether the bytes of ASCII are ASCII's.
func (m singleByte) isASCII() bool {
	for i := range uint32(0x80) {
		if i >= uint32(len(m)) || m[i] != i<<8|i {
			return false
		}
	}
	return true
}

// limit is the codec of the characters below it.
type limit rune

func (l limit) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	if r >= rune(l) {
		return dst, s, false
	}
	return append(dst, byte(r)), s, true
}
