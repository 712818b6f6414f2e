package charset

// eucKR is KS X 1001. A syllable that is not in the set is composed of its letters,
// as the standard's annex has it: four pairs, the first a filler.
type eucKR struct{ ks *table }

func (k eucKR) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	n := len(dst)
	dst, s, ok := k.ks.put(dst, r, s)
	if !ok || inKSX1001(dst[n:]) {
		return dst, s, ok
	}
	const (
		filler = 0xd4
		// The trail bytes of the letters, which stand in the row 0xA4.
		initials = "\xa1\xa2\xa4\xa7\xa8\xa9\xb1\xb2\xb3\xb5\xb6\xb7\xb8\xb9\xba\xbb\xbc\xbd\xbe"
		finals   = "\xd4\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa9\xaa\xab\xac\xad\xae\xaf\xb0\xb1\xb2\xb4\xb5\xb6\xb7\xb8\xba\xbb\xbc\xbd\xbe"
	)
	i, m, f := letters(r)
	return append(dst[:n], 0xa4, filler, 0xa4, initials[i], 0xa4, byte(0xbf+m), 0xa4, finals[f]), s, true
}

// inKSX1001 says whether a code of cp949 is in the set that cp949 extends.
func inKSX1001(code []byte) bool {
	return len(code) < 2 || code[0] >= 0xa1 && code[1] >= 0xa1
}

func isSyllable(r rune) bool {
	return r >= 0xac00 && r <= 0xd7a3
}

// letters returns the numbers of a syllable's initial, medial and final letters,
// the final 0 if it has none. (The Unicode Standard, 3.12.)
func letters(r rune) (initial, medial, final int) {
	n := int(r - 0xac00)
	return n / (21 * 28), n / 28 % 21, n % 28
}

// johab writes each syllable as three numbers of five bits, and the rest of
// KS X 1001 in two of its rows to one lead byte. (KS X 1001, annex 3.)
type johab struct{ ks *table }

func (j johab) put(dst []byte, r rune, s shift) ([]byte, shift, bool) {
	const (
		medials = "\x03\x04\x05\x06\x07\x0a\x0b\x0c\x0d\x0e\x0f\x12\x13\x14\x15\x16\x17\x1a\x1b\x1c\x1d"
		// Of the letters by themselves, from U+3131.
		jamo = "\x88\x41\x8c\x41\x84\x44\x90\x41\x84\x46\x84\x47\x94\x41\x98\x41\x9c\x41\x84\x4a\x84\x4b\x84\x4c\x84\x4d\x84\x4e\x84\x4f\x84\x50" +
			"\xa0\x41\xa4\x41\xa8\x41\x84\x54\xac\x41\xb0\x41\xb4\x41\xb8\x41\xbc\x41\xc0\x41\xc4\x41\xc8\x41\xcc\x41\xd0\x41"
	)
	switch {
	case isSyllable(r):
		i, m, f := letters(r)
		if f++; f > 0x11 {
			f++ // 0x12 is left out
		}
		code := 0x8000 | (i+2)<<10 | int(medials[m])<<5 | f
		return append(dst, byte(code>>8), byte(code)), s, true
	case r >= 0x3131 && r <= 0x314e: // consonants
		i := 2 * (r - 0x3131)
		return append(dst, jamo[i:i+2]...), s, true
	case r >= 0x314f && r <= 0x3163: // vowels
		code := 0x8401 | int(medials[r-0x314f])<<5
		return append(dst, byte(code>>8), byte(code)), s, true
	}
	n := len(dst)
	dst, s, ok := j.ks.put(dst, r, s)
	if !ok || len(dst)-n < 2 {
		return dst, s, ok
	}
	row, cell := int(dst[n])-0xa1, int(dst[n+1])-0xa1
	if row < 0x29 { // symbols before, ideographs after the syllables
		row += 0x1b2
	} else {
		row += 0x197
	}
	if row&1 != 0 {
		cell += 94
	}
	if cell < 0x4e {
		cell += 0x31
	} else {
		cell += 0x43
	}
	dst[n], dst[n+1] = byte(row>>1), byte(cell)
	return dst, s, true
}
