package pyfmt

import "strings"

// compileDollar compiles a string.Template into the fields of a % format.
func compileDollar(format string, validate bool) (*Format, error) {
	if format == "" {
		format = "${message}"
	}
	f := &Format{text: format, usesTime: strings.Contains(format, "$asctime") || strings.Contains(format, "${asctime}")}
	fault := false
	rest := format
	for {
		i := strings.IndexByte(rest, '$')
		if i < 0 {
			f.percent = append(f.percent, percentField{text: rest, literal: true})
			break
		}
		field := percentField{text: rest[:i], width: -1, prec: -1}
		rest = rest[i+1:]
		name := rest[:identifier(rest)]
		switch {
		case strings.HasPrefix(rest, "$"):
			field.text += "$"
			field.literal = true
			rest = rest[1:]
		case name != "":
			rest = rest[len(name):]
			f.dollarKey(&field, name)
		case strings.HasPrefix(rest, "{"):
			name = rest[1 : 1+identifier(rest[1:])]
			if name != "" && strings.HasPrefix(rest[1+len(name):], "}") {
				rest = rest[len(name)+2:]
				f.dollarKey(&field, name)
				break
			}
			fallthrough
		default:
			fault = true
			field.err = badPlaceholder(format, len(format)-len(rest))
		}
		f.percent = append(f.percent, field)
	}
	switch {
	case validate && fault:
		return nil, valueError("invalid format: bare '$' not allowed")
	case validate && len(f.keys) == 0:
		return nil, valueError("invalid format: no fields")
	}
	return f, nil
}

func (f *Format) dollarKey(field *percentField, name string) {
	field.key, field.keyed, field.plain, field.index = name, true, true, f.key(name)
}

// identifier is the length of the ASCII identifier at the start of s.
func identifier(s string) int {
	n := 0
	for n < len(s) {
		c := s[n]
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (n == 0 || c < '0' || c > '9') {
			break
		}
		n++
	}
	return n
}

// badPlaceholder is the error for the $ that ends at format[:end].
func badPlaceholder(format string, end int) error {
	before := format[:end]
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
	return valueError("Invalid placeholder in string: line %d, col %d", line, column)
}
