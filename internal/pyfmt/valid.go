package pyfmt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sluicelog/sluice/pyval"
)

// validPercent is logging's own test of a % format: one good field anywhere in it
// suffices.
func validPercent(format string) bool {
	for {
		i := strings.Index(format, "%(")
		if i < 0 {
			return false
		}
		format = format[i+2:]
		if validPercentField(format) {
			return true
		}
	}
}

func validPercentField(s string) bool {
	key := s
	s = skipWord(s)
	if len(s) == len(key) || s == "" || s[0] != ')' {
		return false
	}
	s = strings.TrimLeft(s[1:], "#0+ -")
	s, _ = starOrDigits(s)
	if after, ok := strings.CutPrefix(s, "."); ok {
		if s, ok = starOrDigits(after); !ok {
			return false
		}
	}
	r, size := utf8.DecodeRuneInString(s)
	// re.IGNORECASE takes the three letters at the end for i and s.
	return size > 0 && r != utf8.RuneError && strings.ContainsRune("diouxefgcrsa%DIOUXEFGCRSA\u0130\u0131\u017f", r)
}

func starOrDigits(s string) (rest string, ok bool) {
	if after, ok := strings.CutPrefix(s, "*"); ok {
		return after, true
	}
	rest = skipDigits(s)
	return rest, len(rest) < len(s)
}

// skipWord cuts the word characters (\w) at the start of s.
func skipWord(s string) string {
	return strings.TrimLeftFunc(s, func(r rune) bool {
		// Python 3.13 knows Unicode 15.1, Go's tables are those of 15.0.
		return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || r >= 0x2EBF0 && r <= 0x2EE5D
	})
}

// skipDigits cuts the decimal digits (\d) at the start of s.
func skipDigits(s string) string { return strings.TrimLeftFunc(s, unicode.IsDigit) }

// validSpec matches logging's own pattern of a specification:
// ^(.?[<=>^])?[+ -]?#?0?(\d+|{\w+})?[,_]?(\.(\d+|{\w+}))?[bcdefgnosx%]?$
func validSpec(s string) bool {
	if s != "" && isAlign(s[0]) && validSpecRest(s[1:]) {
		return true
	}
	if _, size := pyval.DecodeRune(s); size < len(s) && isAlign(s[size]) && s[0] != '\n' && validSpecRest(s[size+1:]) {
		return true
	}
	return validSpecRest(s)
}

func validSpecRest(s string) bool {
	if s != "" && strings.IndexByte("+ -", s[0]) >= 0 {
		s = s[1:]
	}
	s = strings.TrimPrefix(s, "#")
	s = strings.TrimPrefix(s, "0")
	s, _ = digitsOrField(s)
	if s != "" && (s[0] == ',' || s[0] == '_') {
		s = s[1:]
	}
	if after, ok := strings.CutPrefix(s, "."); ok {
		if s, ok = digitsOrField(after); !ok {
			return false
		}
	}
	// re.IGNORECASE takes the long s for s.
	if r, size := utf8.DecodeRuneInString(s); size > 0 && r != utf8.RuneError &&
		strings.ContainsRune("bcdefgnosx%BCDEFGNOSX\u017f", r) {
		s = s[size:]
	}
	return s == "" || s == "\n"
}

// digitsOrField cuts \d+ or {\w+}.
func digitsOrField(s string) (rest string, ok bool) {
	if after, field := strings.CutPrefix(s, "{"); field {
		rest = skipWord(after)
		if len(rest) == len(after) || rest[:min(1, len(rest))] != "}" {
			return s, false
		}
		return rest[1:], true
	}
	rest = skipDigits(s)
	return rest, len(rest) < len(s)
}

// validBrace is logging's own test of a { format.
func validBrace(fields []braceField) error {
	some := false
	for i := range fields {
		f := &fields[i]
		switch {
		case f.err != nil:
			return f.err
		case f.literal:
			continue
		case f.name != "" && !validName(f.name):
			return valueError("invalid field name/expression: %s", pyval.Repr(f.name))
		case f.conv != 0 && !strings.ContainsRune("rsa", f.conv):
			return valueError("invalid conversion: %s", pyval.Repr(string(appendRune(nil, f.conv))))
		case f.rawSpec != "" && !validSpec(f.rawSpec):
			return valueError("bad specifier: %s", pyval.Repr(f.rawSpec))
		}
		some = some || f.name != ""
	}
	if !some {
		return valueError("no fields")
	}
	return nil
}

// validName matches ^(\d+|\w+)(\.\w+|\[[^]]+\])*$; digits are word characters.
func validName(s string) bool {
	rest := skipWord(s)
	if len(rest) == len(s) {
		return false
	}
	for rest != "" && rest != "\n" { // $ matches before a last line feed
		switch rest[0] {
		case '.':
			after := skipWord(rest[1:])
			if len(after) == len(rest)-1 {
				return false
			}
			rest = after
		case '[':
			end := strings.IndexByte(rest, ']')
			if end <= 1 {
				return false
			}
			rest = rest[end+1:]
		default:
			return false
		}
	}
	return true
}
