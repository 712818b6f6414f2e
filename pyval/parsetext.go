package pyval

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// str reads a str from its quote on. Surrogates become their three bytes.
func (p *parser) str() (string, error) {
	return p.quoted("xuU", func(dst []byte, r rune, _ bool) ([]byte, error) {
		switch {
		case 0xD800 <= r && r <= 0xDFFF:
			return append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F), nil
		case r > utf8.MaxRune:
			return dst, errors.New("an escape beyond Unicode")
		}
		return utf8.AppendRune(dst, r), nil
	})
}

// bytes reads what follows the b of bytes.
func (p *parser) bytes() (string, error) {
	return p.quoted("x", func(dst []byte, r rune, escaped bool) ([]byte, error) {
		if r > 0xFF || r >= utf8.RuneSelf && !escaped {
			return dst, errors.New("bytes that are not ASCII")
		}
		return append(dst, byte(r)), nil
	})
}

// quoted reads from the quote to its other one and gives put each code point. hex
// are the escapes of hexadecimal digits that there are.
func (p *parser) quoted(hex string, put func(dst []byte, r rune, escaped bool) ([]byte, error)) (string, error) {
	if p.text == "" || p.text[0] != '\'' && p.text[0] != '"' {
		return "", p.wrong()
	}
	quote := p.text[0]
	p.text = p.text[1:]
	var dst []byte
	for p.text != "" {
		c := p.text[0]
		r, size := rune(c), 1
		var err error
		switch {
		case c == quote:
			p.text = p.text[1:]
			return string(dst), nil
		case c == '\n':
			return "", errParseSyntax
		case c == '\\':
			if r, size, err = escape(p.text, hex); err != nil {
				return "", err
			}
		case c >= utf8.RuneSelf:
			if r, size = DecodeRune(p.text); size == 1 {
				return "", errors.New("bytes that are no UTF-8")
			}
		}
		if dst, err = put(dst, r, c == '\\'); err != nil {
			return "", err
		}
		p.text = p.text[size:]
	}
	return "", errParseEnd
}

// escape reads one of the escapes that Python's repr writes, from its backslash on.
func escape(s, hex string) (r rune, size int, err error) {
	if len(s) < 2 {
		return 0, 0, errParseEnd
	}
	if i := strings.IndexByte(`\'"nrt`, s[1]); i >= 0 {
		return rune("\\'\"\n\r\t"[i]), 2, nil
	}
	kind := strings.IndexByte(hex, s[1])
	if kind < 0 {
		return 0, 0, errParseSyntax
	}
	digits := 2 << kind
	if len(s) < 2+digits {
		return 0, 0, errParseEnd
	}
	n, err := strconv.ParseUint(s[2:2+digits], 16, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, 0, errParseSyntax
	}
	return rune(n), 2 + digits, nil
}
