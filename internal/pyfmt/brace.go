package pyfmt

import (
	"errors"
	"strings"

	"github.com/sluicelog/sluice/pyval"
)

// braceField is one field of a { format and the text before it.
type braceField struct {
	text    string
	literal bool   // the text alone
	name    string // the whole field name
	key     string // its part before the first . or [
	path    string // the rest
	index   int    // of key, in Format.keys
	conv    rune   // behind the "!"; 0: none
	rawSpec string
	spec    spec         // of rawSpec, or
	nested  []braceField // what makes it
	expand  bool         // nested holds
	err     error        // raised instead of the field
}

func compileBrace(format string, validate bool) (*Format, error) {
	if format == "" {
		format = "{message}"
	}
	f := &Format{text: format, usesTime: strings.Contains(format, "{asctime")}
	const depth = 2 // str.format: a spec may hold fields, those fields' specs none
	f.brace = f.compileFields(format, depth)
	if !validate {
		return f, nil
	}
	if err := validBrace(f.brace); err != nil {
		var why *Error
		if errors.As(err, &why) {
			err = valueError("invalid format: %s", why.Msg)
		}
		return nil, err
	}
	return f, nil
}

func (f *Format) compileFields(format string, depth int) []braceField {
	fields := []braceField{}
	if depth == 0 {
		return append(fields, braceField{err: valueError("Max string recursion exceeded")})
	}
	for rest := format; rest != ""; {
		var field braceField
		field, rest = parseBrace(rest)
		switch {
		case field.literal || field.err != nil:
		case strings.ContainsRune(field.rawSpec, '{'):
			field.expand = true
			field.index = f.key(field.key)
			field.nested = f.compileFields(field.rawSpec, depth-1)
		default:
			field.index = f.key(field.key)
			field.spec = parseSpec(field.rawSpec)
		}
		fields = append(fields, field)
		if field.err != nil {
			break
		}
	}
	return fields
}

// parseBrace reads the text before the next field of format, and the field.
func parseBrace(format string) (f braceField, rest string) {
	i := strings.IndexAny(format, "{}")
	if i < 0 {
		return braceField{text: format, literal: true}, ""
	}
	c := format[i]
	doubled := i+1 < len(format) && format[i+1] == c
	switch {
	case doubled:
		return braceField{text: format[:i+1], literal: true}, format[i+2:]
	case c == '}' || i+1 == len(format):
		return braceField{err: valueError("Single '%c' encountered in format string", c)}, ""
	}
	f = braceField{text: format[:i]}
	if rest, f.err = f.parse(format[i+1:]); f.err == nil {
		dot := strings.IndexAny(f.name, ".[")
		if dot < 0 {
			dot = len(f.name)
		}
		f.key, f.path = f.name[:dot], f.name[dot:]
	}
	return f, rest
}

// parse reads the field from behind its opening brace.
func (f *braceField) parse(s string) (rest string, err error) {
	i := 0
name:
	for ; i < len(s); i++ {
		switch s[i] {
		case '{':
			return "", valueError("unexpected '{' in field name")
		case '[':
			end := strings.IndexByte(s[i:], ']')
			if end < 0 {
				return "", valueError("expected '}' before end of string")
			}
			i += end - 1 // what stands in brackets may be anything, a brace too
		case '}', ':', '!':
			break name
		}
	}
	if i == len(s) {
		return "", valueError("expected '}' before end of string")
	}
	f.name = s[:i]
	end, s := s[i], s[i+1:]
	if end == '}' {
		return s, nil
	}
	if end == '!' {
		if s == "" {
			return "", valueError("end of string while looking for conversion specifier")
		}
		r, size := pyval.DecodeRune(s)
		f.conv, s = r, s[size:]
		switch {
		case strings.HasPrefix(s, "}"):
			return s[1:], nil
		case strings.HasPrefix(s, ":"):
			s = s[1:]
		case s != "":
			return "", valueError("expected ':' after conversion specifier")
		}
	}
	open := 1
	for j := 0; j < len(s); j++ {
		switch s[j] {
		case '{':
			open++
		case '}':
			if open--; open == 0 {
				f.rawSpec = s[:j]
				return s[j+1:], nil
			}
		}
	}
	return "", valueError("unmatched '{' in format spec")
}
