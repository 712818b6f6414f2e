package charset

// iso2022JP switches between character sets by escape sequences, and is 7 bits
// wide. (RFC 1468, RFC 2237.) Its codes are EUC's without the high bits.
type iso2022JP struct {
	euc        *table
	supplement bool // JIS X 0212
	katakana   bool // JIS X 0201's
}

// The states of iso2022JP.
const (
	inASCII shift = iota
	inJISX0208
	inRoman
	inJISX0212
	inKatakana
)

func (c *iso2022JP) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	switch {
	case r == end:
		return c.enter(dst, inASCII, s), inASCII, true
	case r < 0x80:
		return append(c.enter(dst, inASCII, s), byte(r)), inASCII, true
	}
	n := len(dst)
	dst, _, ok := c.euc.put(dst, r, s)
	if !ok {
		return dst, s, false
	}
	var to shift
	code := uint32(0)
	for _, b := range dst[n:] {
		code = code<<8 | uint32(b)
	}
	dst = dst[:n]
	switch {
	case code < 0x80:
		to = inRoman // yen and overline, in the places of two of ASCII's
	case code>>8 == 0x8e:
		to, ok, code = inKatakana, c.katakana, code&0x7f
	case code>>16 == 0x8f:
		to, ok, code = inJISX0212, c.supplement, code&0x7f7f
	default:
		to, code = inJISX0208, code&0x7f7f
	}
	if !ok {
		return dst, s, false
	}
	return appendCode(c.enter(dst, to, s), code), to, true
}

func (c *iso2022JP) enter(dst []byte, to, from shift) []byte {
	if to == from {
		return dst
	}
	switch to {
	case inJISX0208:
		return append(dst, "\x1b$B"...)
	case inRoman:
		return append(dst, "\x1b(J"...)
	case inJISX0212:
		return append(dst, "\x1b$(D"...)
	case inKatakana:
		return append(dst, "\x1b(I"...)
	}
	return append(dst, "\x1b(B"...)
}

// hz wraps GB 2312 without its high bits in ~{ and ~}. (RFC 1843.)
type hz struct{ gb *table }

func (c hz) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	if r < 0x80 {
		if s != 0 {
			dst = append(dst, "~}"...)
		}
		switch r {
		case end:
			return dst, 0, true
		case '~':
			dst = append(dst, '~')
		}
		return append(dst, byte(r)), 0, true
	}
	n := len(dst)
	dst, _, ok := c.gb.put(dst, r, s)
	if !ok {
		return dst, s, false
	}
	hi, lo := dst[n]&0x7f, dst[n+1]&0x7f
	dst = dst[:n]
	if s == 0 {
		dst = append(dst, "~{"...)
	}
	return append(dst, hi, lo), 1, true
}
