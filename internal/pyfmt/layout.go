package pyfmt

// numberText is a number in parts.
type numberText struct {
	negative bool
	prefix   string // 0x and the like
	digits   []byte // before the point; only these are grouped
	rest     []byte
	group    int // digits between two separators
}

// splitNumber splits the text of a float.
func splitNumber(text []byte, negative bool) numberText {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return numberText{negative: negative, digits: text[:n], rest: text[n:], group: 3}
}

// layOut appends n with sign, separators and padding.
func (s *spec) layOut(dst []byte, n numberText) []byte {
	start := len(dst)
	switch {
	case n.negative:
		dst = append(dst, '-')
	case s.sign == '+' || s.sign == ' ':
		dst = append(dst, s.sign)
	}
	dst = append(dst, n.prefix...)
	inner := len(dst)
	rest := length(n.rest)
	least := 0
	if s.fill == '0' && s.align == '=' {
		// The zeros are digits: they are grouped too.
		least = s.width - (inner - start) - rest
	}
	if len(n.digits) > 0 {
		dst = appendGrouped(dst, n.digits, least, n.group, s.sep)
	}
	missing := s.width - (len(dst) - start) - rest
	dst = append(dst, n.rest...)
	if missing <= 0 {
		return dst
	}
	switch s.align {
	case '<':
		return appendFill(dst, s.fill, missing)
	case '=':
		return insertFill(dst, inner, s.fill, missing)
	case '^':
		dst = insertFill(dst, start, s.fill, missing/2)
		return appendFill(dst, s.fill, missing-missing/2)
	}
	return insertFill(dst, start, s.fill, missing)
}

// appendGrouped appends digits, with zeros before them up to least characters,
// and sep between the groups. The text never begins with a separator, so it can
// be one longer than least.
func appendGrouped(dst, digits []byte, least, group int, sep byte) []byte {
	if sep == 0 {
		dst = appendFill(dst, '0', least-len(digits))
		return append(dst, digits...)
	}
	count := len(digits)
	for count+(count-1)/group < least {
		count++
	}
	zeros := count - len(digits)
	for i := range count {
		if i > 0 && (count-i)%group == 0 {
			dst = append(dst, sep)
		}
		if i < zeros {
			dst = append(dst, '0')
		} else {
			dst = append(dst, digits[i-zeros])
		}
	}
	return dst
}
