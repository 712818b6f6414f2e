package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

const (
	wordPrefix = "=?utf-8?"
	wordChrome = len("=?utf-8?q??=")
	maxWord    = 75 // RFC 2047, 2
)

// encoded appends space and text, in as many encoded words (RFC 2047) as it takes,
// none of which splits a character.
func (f *folder) encoded(space, text string) {
	for text != "" {
		room := min(foldAt-f.line-len(space), maxWord)
		n := fitting(text, room)
		if n == 0 {
			if space == "" {
				space = " "
			}
			f.fold()
			n = fitting(text, min(foldAt-len(space), maxWord))
		}
		f.dst = append(f.dst, space...)
		start := len(f.dst)
		f.dst = appendWord(f.dst, text[:n])
		f.line += len(space) + len(f.dst) - start
		text = text[n:]
		if text != "" {
			f.fold()
			space = " "
		}
	}
}

// fitting is how many bytes of text, in whole characters, make an encoded word of at
// most room bytes.
func fitting(text string, room int) int {
	room -= wordChrome
	fits, quoted := 0, 0
	for n := 0; n < len(text); {
		_, size := utf8.DecodeRuneInString(text[n:])
		quoted += quotedLen(text[n : n+size])
		n += size
		b64 := base64.StdEncoding.EncodedLen(n)
		if min(quoted, b64) > room {
			break
		}
		// A longer text may have the shorter word: that of base64.
		if useBase64(quoted, n) && b64 <= room || !useBase64(quoted, n) && quoted <= room {
			fits = n
		}
	}
	return fits
}

// _encoded_words.py: encode prefers q while it is up to five characters longer.
func useBase64(quoted, plain int) bool {
	return quoted-base64.StdEncoding.EncodedLen(plain) >= 5
}

func appendWord(dst []byte, text string) []byte {
	dst = append(dst, wordPrefix...)
	if useBase64(quotedLen(text), len(text)) {
		dst = append(dst, 'b', '?')
		dst = base64.StdEncoding.AppendEncode(dst, []byte(text))
		return append(dst, '?', '=')
	}
	dst = append(dst, 'q', '?')
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			dst = append(dst, '_')
		case isSafe(c):
			dst = append(dst, c)
		default:
			dst = append(dst, '=', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(dst, '?', '=')
}

func quotedLen(text string) int {
	n := 0
	for i := range len(text) {
		if n++; text[i] != ' ' && !isSafe(text[i]) {
			n += 2
		}
	}
	return n
}

// isSafe are the characters that may stand for themselves even in a display name.
func isSafe(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-!*+/", c) >= 0
}
