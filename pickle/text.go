package pickle

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sluicelog/sluice/pyval"
)

var (
	errUTF8   = errors.New("the text is not UTF-8")
	errASCII  = errors.New("a byte string of Python 2 is not ASCII")
	errEscape = errors.New("bad escape")
)

func (m *machine) opBinUnicode(width uint64) error {
	text, err := m.sized(width)
	if err != nil {
		return err
	}
	if !validText(text) {
		return errUTF8
	}
	m.pushPart(text, 0)
	return nil
}

// validText tells whether s is what Python's surrogatepass reads: UTF-8, with
// surrogates as three bytes each.
func validText(s string) bool {
	for !utf8.ValidString(s) {
		for s != "" {
			r, size := utf8.DecodeRuneInString(s)
			if r == utf8.RuneError && size == 1 {
				break
			}
			s = s[size:]
		}
		if len(s) < 3 || s[0] != 0xED || s[1]&0xE0 != 0xA0 || s[2]&0xC0 != 0x80 {
			return false
		}
		s = s[3:]
	}
	return true
}

// opBinString reads a byte string of Python 2: a str, if it is ASCII.
func (m *machine) opBinString(width uint64) error {
	n, err := m.number(width)
	if err != nil {
		return err
	}
	if width == 4 && int32(n) < 0 {
		return errors.New("negative length")
	}
	text, err := m.take(n)
	if err != nil {
		return err
	}
	if !isASCII(text) {
		return errASCII
	}
	m.pushPart(text, 0)
	return nil
}

func (m *machine) opString() error {
	text, err := m.line()
	if err != nil {
		return err
	}
	n := len(text)
	if n < 2 || text[0] != text[n-1] || text[0] != '\'' && text[0] != '"' {
		return errors.New("the string is not quoted")
	}
	text = text[1 : n-1]
	plain, ok := unescapeBytes(text)
	if !ok {
		return errEscape
	}
	if !isASCII(plain) {
		return errASCII
	}
	if len(plain) == len(text) { // every escape is longer than what it stands for
		m.pushPart(text, len("'\n"))
		return nil
	}
	return m.pushObject(plain)
}

// unescapeBytes undoes what repr does to a byte string in Python 2.
func unescapeBytes(s string) (string, bool) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		if i++; i == len(s) {
			return "", false
		}
		switch c := s[i]; c {
		case '\n':
		case '\\', '\'', '"':
			out = append(out, c)
		case 'a', 'b', 't', 'n', 'v', 'f', 'r':
			out = append(out, "\a\b\t\n\v\f\r"[strings.IndexByte("abtnvfr", c)])
		case 'x':
			if len(s)-i < 3 {
				return "", false
			}
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			out = append(out, byte(n))
			i += 2
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n, end := 0, min(i+3, len(s))
			for ; i < end && s[i]-'0' < 8; i++ {
				n = 8*n + int(s[i]-'0')
			}
			out = append(out, byte(n))
			i--
		default:
			out = append(out, '\\', c)
		}
	}
	return string(out), true
}

func (m *machine) opUnicode() error {
	text, err := m.line()
	if err != nil {
		return err
	}
	if isASCII(text) && strings.IndexByte(text, '\\') < 0 {
		m.pushPart(text, len("\n"))
		return nil
	}
	text, ok := unescapeUnicode(text)
	if !ok {
		return errEscape
	}
	return m.pushObject(text)
}

// unescapeUnicode is Python's raw-unicode-escape: Latin-1, with \uXXXX and
// \UXXXXXXXX, unless another backslash comes before.
func unescapeUnicode(s string) (string, bool) {
	out := make([]byte, 0, len(s)+8)
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = appendRune(out, rune(s[i]))
			continue
		}
		i++
		width := 4
		switch s[i] {
		case 'U':
			width = 8
		case 'u':
		default:
			out = appendRune(append(out, '\\'), rune(s[i]))
			continue
		}
		if len(s)-i <= width {
			return "", false
		}
		n, err := strconv.ParseUint(s[i+1:i+1+width], 16, 32)
		if err != nil || n > utf8.MaxRune {
			return "", false
		}
		out = appendRune(out, rune(n))
		i += width
	}
	return string(out), true
}

// appendRune appends r; a surrogate, which Go's UTF-8 has not, as its three bytes.
func appendRune(dst []byte, r rune) []byte {
	if 0xD800 <= r && r < 0xE000 {
		return append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(dst, r)
}

func (m *machine) opBytes(width uint64) error {
	b, err := m.sized(width)
	if err != nil {
		return err
	}
	return m.pushObject(pyval.Bytes(b))
}

func (m *machine) opByteArray() error {
	b, err := m.sized(8)
	if err != nil {
		return err
	}
	return m.pushObject(&pyval.ByteArray{Data: []byte(b)})
}
