package mail

import (
	"bytes"
	"errors"
	"unicode/utf8"
)

// ValidText is text with U+FFFD for bytes that are no UTF-8. Half of a surrogate pair,
// as records from Python may hold it in three bytes, is an error: Python's encoder
// gives one too.
func ValidText(text []byte) ([]byte, error) {
	if utf8.Valid(text) {
		return text, nil
	}
	for rest := text; ; {
		i := bytes.IndexByte(rest, 0xed)
		if i < 0 || len(rest) < i+3 {
			return bytes.ToValidUTF8(text, []byte("\ufffd")), nil
		}
		if rest[i+1]&0xe0 == 0xa0 && rest[i+2]&0xc0 == 0x80 {
			return nil, errors.New("text holds half of a surrogate pair, which UTF-8 has no way to say")
		}
		rest = rest[i+1:]
	}
}
