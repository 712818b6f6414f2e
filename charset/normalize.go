package charset

import (
	"slices"
	"sort"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// spans are ranges of characters, in order: first, last, first, last ...
type spans []rune

func within(s spans, r rune) bool {
	// An odd number of ends before r: it is after a first one, up to its last.
	i := sort.Search(len(s), func(i int) bool { return s[i] >= r })
	return i < len(s) && (s[i] == r || i%2 == 1)
}

// mapping says what a character becomes.
type mapping struct {
	from rune
	to   string
}

func mapped(table []mapping, r rune) (string, bool) {
	i, found := slices.BinarySearchFunc(table, r, func(m mapping, r rune) int { return int(m.from - r) })
	if !found {
		return "", false
	}
	return table[i].to, true
}

// appendFolded appends r without its case and compatibility. (RFC 3454, table B.2.)
func appendFolded(dst []rune, r rune) []rune {
	if to, ok := mapped(foldExceptions, r); ok {
		return append(dst, []rune(to)...)
	}
	return append(dst, folded(r)...)
}

// folded is table B.2 as far as a rule gives it.
func folded(r rune) []rune {
	once := normalized([]rune{unicode.ToLower(r)})
	for i, r := range once {
		once[i] = unicode.ToLower(r)
	}
	return normalized(once)
}

// normalized is NFKC as CPython has it for Unicode 3.2: what that had not assigned
// is not taken apart.
func normalized(text []rune) []rune {
	var parts []rune
	for _, r := range text {
		parts = appendParts(parts, r)
	}
	order(parts)
	return composed(parts)
}

func appendParts(dst []rune, r rune) []rune {
	if to, ok := mapped(partExceptions, r); ok {
		return append(dst, []rune(to)...)
	}
	if r < 0x80 || !utf8.ValidRune(r) || within(laterParts, r) {
		return append(dst, r)
	}
	return append(dst, []rune(norm.NFKD.String(string(r)))...)
}

// class is the canonical combining class.
func class(r rune) uint8 {
	if r < 0x300 || !utf8.ValidRune(r) {
		return 0
	}
	return norm.NFKD.PropertiesString(string(r)).CCC()
}

// order puts combining characters behind each other by their class.
func order(text []rune) {
	for start := 0; start < len(text); start++ {
		end := start
		for end < len(text) && class(text[end]) != 0 {
			end++
		}
		slices.SortStableFunc(text[start:end], func(a, b rune) int { return int(class(a)) - int(class(b)) })
		start = end
	}
}

// composed puts together what stands for one character, in place.
func composed(text []rune) []rune {
	starter, last := -1, uint8(0)
	out := text[:0]
	for _, r := range text {
		c := class(r)
		if starter >= 0 && (last < c || starter == len(out)-1) {
			if both, ok := compose(out[starter], r); ok {
				out[starter] = both
				continue
			}
		}
		if c == 0 {
			starter = len(out)
		}
		last = c
		out = append(out, r)
	}
	return out
}

func compose(a, b rune) (rune, bool) {
	if b < 0x300 || !utf8.ValidRune(a) || !utf8.ValidRune(b) {
		return 0, false
	}
	s := norm.NFC.String(string(a) + string(b))
	r, size := utf8.DecodeRuneInString(s)
	return r, size == len(s)
}
