package pyfmt

import (
	"fmt"
	"log/slog"
)

// appendBrace fills in the fields of a { format.
func appendBrace(dst []byte, fields []braceField, v Fields, escape Escape) ([]byte, error) {
	for i := range fields {
		f := &fields[i]
		dst = append(dst, f.text...)
		if f.literal {
			continue
		}
		start := len(dst)
		var err error
		if dst, err = f.append(dst, v); err != nil {
			return dst, err
		}
		if escape != nil && len(dst) > start {
			dst = escape(dst, start)
		}
	}
	return dst, nil
}

func (f *braceField) append(dst []byte, fields Fields) ([]byte, error) {
	if f.err != nil {
		return dst, f.err
	}
	n, numeric, err := indexOf(f.key)
	switch {
	case err != nil:
		return dst, err
	case numeric || f.key == "":
		return dst, &Error{"IndexError", fmt.Sprintf("Replacement index %d out of range for positional args tuple", n)}
	}
	if f.conv == 0 && f.rawSpec == "" && f.path == "" {
		dst, ok := fields.AppendStr(dst, f.index)
		if !ok {
			return dst, notFound(f.key)
		}
		return dst, nil
	}
	v, ok := fields.Value(f.index)
	if !ok {
		return dst, notFound(f.key)
	}
	if v, err = walk(v, f.path); err != nil {
		return dst, err
	}
	switch f.conv {
	case 0:
	case 's', 'r', 'a':
		v = slog.StringValue(string(appendConverted(nil, byte(f.conv), v)))
	default:
		return dst, valueError("Unknown conversion specifier %s", shownCode(f.conv))
	}
	if !f.expand {
		return appendSpec(dst, &f.spec, v)
	}
	text, err := appendBrace(nil, f.nested, fields, nil)
	if err != nil {
		return dst, err
	}
	made := parseSpec(string(text))
	return appendSpec(dst, &made, v)
}
