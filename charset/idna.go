package charset

import (
	"slices"
	"unicode"
)

const (
	acePrefix = "xn--"
	maxLabel  = 63 // bytes
)

// appendIDNA encodes an international domain name. (RFC 3490, with UseSTD3ASCIIRules
// off; encodings/idna.py.)
func appendIDNA(dst []byte, text []rune) ([]byte, *fault) {
	if len(text) == 0 {
		return dst, nil
	}
	dot := isDot
	if isASCII(text) {
		dot = func(r rune) bool { return r == '.' }
	}
	for start := 0; ; {
		n := slices.IndexFunc(text[start:], dot)
		last := n < 0
		if last {
			n = len(text) - start
		}
		if n > 0 || !last { // the root at the end has no label
			code, bad := appendLabel(dst, text[start:start+n])
			if bad != nil {
				return dst, &fault{start + bad.start, start + bad.end, bad.reason}
			}
			dst = code
		}
		if last {
			return dst, nil
		}
		dst = append(dst, '.')
		start += n + 1
	}
}

// isDot reports whether r stands between labels.
func isDot(r rune) bool { return r == '.' || r == '\u3002' || r == '\uff0e' || r == '\uff61' }

func isASCII(text []rune) bool {
	return !slices.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

// appendLabel is ToASCII.
func appendLabel(dst []byte, label []rune) ([]byte, *fault) {
	if !isASCII(label) {
		var bad *fault
		if label, bad = nameprep(label); bad != nil {
			return dst, bad
		}
	}
	tooLong := &fault{0, len(label), "label too long"}
	switch {
	case len(label) == 0:
		return dst, &fault{0, 1, "label empty"}
	case isASCII(label):
		if len(label) > maxLabel {
			return dst, tooLong
		}
		for _, r := range label {
			dst = append(dst, byte(r))
		}
		return dst, nil
	case len(label) >= len(acePrefix) && string(label[:len(acePrefix)]) == acePrefix:
		return dst, &fault{0, len(acePrefix), "Label starts with ACE prefix"}
	case len(label) > maxLabel:
		return dst, tooLong // each character takes a byte, if not more
	}
	n := len(dst)
	dst, bad := appendPunycode(append(dst, acePrefix...), label)
	if bad == nil && len(dst)-n > maxLabel {
		bad = tooLong
	}
	return dst, bad
}

// nameprep is RFC 3491's, for a query: what Unicode 3.2 has not assigned stays.
func nameprep(label []rune) ([]rune, *fault) {
	var mapped []rune
	for _, r := range label {
		if !within(mappedToNothing, r) {
			mapped = appendFolded(mapped, r)
		}
	}
	mapped = normalized(mapped)
	for i, r := range mapped {
		if within(prohibited, r) {
			return nil, &fault{i, i + 1, "Invalid character " + quoted(r)}
		}
	}
	return mapped, checkBidi(mapped)
}

// checkBidi checks section 6 of RFC 3454.
func checkBidi(label []rune) *fault {
	rtl := func(r rune) bool { return within(rightToLeft, r) }
	if !slices.ContainsFunc(label, rtl) {
		return nil
	}
	if i := slices.IndexFunc(label, func(r rune) bool { return within(leftToRight, r) }); i >= 0 {
		return &fault{i, i + 1, "Violation of BIDI requirement 2"}
	}
	for _, i := range []int{0, len(label) - 1} {
		if !rtl(label[i]) {
			return &fault{i, i + 1, "Violation of BIDI requirement 3"}
		}
	}
	return nil
}

// quoted is repr() of a character.
func quoted(r rune) string {
	if unicode.IsPrint(r) {
		return "'" + string(r) + "'"
	}
	return "'" + string(appendBackslash(nil, r)) + "'"
}
