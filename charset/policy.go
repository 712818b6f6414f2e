package charset

import (
	"fmt"
	"strconv"
)

// ErrorPolicy is the name of Python's error handler: what is written for
// characters that the encoding lacks. A name that is none of the constants' is an
// error, but, as in Python, only when such a character comes; see Check.
type ErrorPolicy string

const (
	// Strict refuses the whole text with an *EncodeError.
	Strict ErrorPolicy = "strict"
	// Ignore leaves them out.
	Ignore ErrorPolicy = "ignore"
	// Replace writes a question mark for each.
	Replace ErrorPolicy = "replace"
	// BackslashReplace writes \xe9, \u20ac or \U0001f600.
	BackslashReplace ErrorPolicy = "backslashreplace"
	// XMLCharRefReplace writes &#8364;.
	XMLCharRefReplace ErrorPolicy = "xmlcharrefreplace"
	// NameReplace writes \N{EURO SIGN}, or as BackslashReplace what has no name.
	NameReplace ErrorPolicy = "namereplace"
	// SurrogateEscape writes U+DC80 to U+DCFF, and bytes of the text that are not
	// UTF-8, as the bytes 80 to FF, and refuses others as Strict.
	SurrogateEscape ErrorPolicy = "surrogateescape"
	// SurrogatePass writes lone surrogates in UTF-8, UTF-16 and UTF-32 as if they
	// were characters, and refuses others as Strict.
	SurrogatePass ErrorPolicy = "surrogatepass"
)

// Check returns an error if p is no policy: "unknown error handler name 'x'".
func (p ErrorPolicy) Check() error {
	switch p {
	case Strict, Ignore, Replace, BackslashReplace, XMLCharRefReplace, NameReplace, SurrogateEscape, SurrogatePass:
		return nil
	}
	return fmt.Errorf("unknown error handler name '%s'", string(p))
}

// Namer returns Unicode's name of a character, "EURO SIGN"; "" if it has none. It
// is called by several goroutines at once.
type Namer func(r rune) string

// appendSubstitute appends what p, one of those that write ASCII, has for r.
func (e *Encoder) appendSubstitute(dst []byte, r rune) []byte {
	switch e.policy {
	case Replace:
		return append(dst, '?')
	case XMLCharRefReplace:
		dst = strconv.AppendInt(append(dst, "&#"...), int64(r), 10)
		return append(dst, ';')
	case NameReplace:
		if e.namer == nil {
			break
		}
		if name := e.namer(r); name != "" {
			dst = append(append(dst, `\N{`...), name...)
			return append(dst, '}')
		}
	}
	return appendBackslash(dst, r)
}

// appendBackslash appends Python's escape of r.
func appendBackslash(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	width := 2
	switch {
	case r > 0xffff:
		dst, width = append(dst, `\U`...), 8
	case r > 0xff:
		dst, width = append(dst, `\u`...), 4
	default:
		dst = append(dst, `\x`...)
	}
	for i := 4 * (width - 1); i >= 0; i -= 4 {
		dst = append(dst, hex[r>>i&0xf])
	}
	return dst
}
