package charset

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// A passer is a codec that could write surrogates, but does so only when told.
type passer interface {
	codec
	pass(dst []byte, r rune) []byte
}

type utf8Codec struct{}

func (utf8Codec) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	if !utf8.ValidRune(r) {
		return dst, s, false
	}
	return utf8.AppendRune(dst, r), s, true
}

func (utf8Codec) pass(dst []byte, r rune) []byte {
	return append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
}

type utf16Codec struct{ big bool }

func (c utf16Codec) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	switch {
	case !utf8.ValidRune(r):
		return dst, s, false
	case r > 0xffff:
		hi, lo := utf16.EncodeRune(r)
		return c.pass(c.pass(dst, hi), lo), s, true
	}
	return c.pass(dst, r), s, true
}

func (c utf16Codec) pass(dst []byte, r rune) []byte {
	if c.big {
		return binary.BigEndian.AppendUint16(dst, uint16(r))
	}
	return binary.LittleEndian.AppendUint16(dst, uint16(r))
}

type utf32Codec struct{ big bool }

func (c utf32Codec) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	if !utf8.ValidRune(r) {
		return dst, s, false
	}
	return c.pass(dst, r), s, true
}

func (c utf32Codec) pass(dst []byte, r rune) []byte {
	if c.big {
		return binary.BigEndian.AppendUint32(dst, uint32(r))
	}
	return binary.LittleEndian.AppendUint32(dst, uint32(r))
}
