package mail

import (
	"strings"
	"unicode/utf8"
)

const (
	// RFC 5322, 2.1.1: what a line should not be longer than, without its end, and
	// what it must not.
	foldAt  = 78
	hardMax = 998
)

// folder writes a header, folded at white space that is there already.
type folder struct {
	dst  []byte
	line int // characters of the line at hand
}

func newFolder(dst []byte, name string) *folder {
	return &folder{dst: append(append(dst, name...), ':'), line: len(name) + 1}
}

// put appends white space and a word, the former on a line of its own with the
// latter if both are too long for this one and would fit there.
func (f *folder) put(space, word string) {
	n := len(space) + utf8.RuneCountInString(word)
	if f.line+n > foldAt && space != "" && word != "" && (n <= foldAt || f.line+n > hardMax) {
		f.fold()
	}
	f.dst = append(append(f.dst, space...), word...)
	f.line += n
}

func (f *folder) fold() {
	f.dst = append(f.dst, '\r', '\n')
	f.line = 0
}

func (f *folder) end() []byte { return append(f.dst, '\r', '\n') }

// appendText appends a header of free text (RFC 5322, 2.2.1).
func appendText(dst []byte, name, text string, international bool) []byte {
	f := newFolder(dst, name)
	if text == "" {
		return f.end()
	}
	for _, p := range pieces(" "+strings.ToValidUTF8(text, "\ufffd"), international) {
		if p.encode {
			f.encoded(p.space, p.text)
		} else {
			f.put(p.space, p.text)
		}
	}
	return f.end()
}

// piece is a word with the white space in front of it; one that must be encoded may
// be several words. The last one may be white space alone.
type piece struct {
	space, text string
	encode      bool
}

// pieces splits text, which begins with a space, at white space. Words to be encoded
// that stand side by side are one piece, because the white space between two encoded
// words is not shown.
func pieces(text string, international bool) []piece {
	const maxSpace = 50 // more is not left to the mercy of what folds lines on the way
	var all []piece
	for rest := text; rest != ""; {
		n := len(rest) - len(strings.TrimLeft(rest, " \t"))
		if n > maxSpace {
			return []piece{{text[:1], text[1:], true}}
		}
		p := piece{space: rest[:n]}
		rest = rest[n:]
		if n = strings.IndexAny(rest, " \t"); n < 0 {
			n = len(rest)
		}
		p.text, rest = rest[:n], rest[n:]
		p.encode = mustEncode(p.text, foldAt-len(p.space), international)
		if last := len(all) - 1; p.encode && last >= 0 && all[last].encode {
			all[last].text += p.space + p.text
			continue
		}
		all = append(all, p)
	}
	return all
}

// mustEncode says that a word cannot stand in a header as it is: it would break it, has
// no room in a line of its own, or is not ASCII where that is needed.
func mustEncode(word string, room int, international bool) bool {
	if utf8.RuneCountInString(word) > room {
		return true
	}
	for _, r := range word {
		switch {
		case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0, r == '\u2028', r == '\u2029':
			return true
		case r >= 0x80 && !international:
			return true
		}
	}
	return false
}
