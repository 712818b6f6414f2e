package sluice

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// indent stands in front of what is below a record's first line, so that a line
// which begins at the margin always begins a record, whatever a value says.
const indent = "    "

// appendLines appends each line of text below what is there, indented by in. What
// cannot be shown is escaped; tabs are how tracebacks and Go's stacks are laid out.
func appendLines(dst []byte, in, text string) []byte {
	for line := range strings.Lines(text) {
		dst = append(append(dst, '\n'), in...)
		dst = appendPlain(dst, strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", indent))
	}
	return dst
}

// cutLine gives the first line of text and what is below it.
func cutLine(text string) (first, rest string) {
	first, rest, cut := strings.Cut(text, "\n")
	if cut {
		first = strings.TrimSuffix(first, "\r")
	}
	return first, rest
}

// escapeTail escapes in dst, from start on, what cannot be shown in a line.
func escapeTail(dst []byte, start int) []byte {
	n := start + shownPrefix(dst[start:])
	if n == len(dst) {
		return dst
	}
	return appendPlain(dst[:n], string(dst[n:]))
}

// indentTail is escapeTail, but for line breaks: what follows one stands below.
func indentTail(dst []byte, start int) []byte {
	if bytes.IndexByte(dst[start:], '\n') < 0 {
		return escapeTail(dst, start)
	}
	first, rest := cutLine(string(dst[start:]))
	return appendLines(appendPlain(dst[:start], first), indent, rest)
}

// shownPrefix is the length of the head of p that appendPlain leaves as it is.
func shownPrefix(p []byte) int {
	for i := 0; i < len(p); {
		if p[i] < utf8.RuneSelf {
			if plain[p[i]]&plainLine == 0 {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && size == 1 || !showable(r) {
			return i
		}
		i += size
	}
	return len(p)
}
