package pyfmt

import (
	"log/slog"
	"math"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sluicelog/sluice/pyval"
)

// walk follows the [key] and .attribute parts behind a field's first name.
func walk(v slog.Value, path string) (slog.Value, error) {
	for path != "" {
		var name string
		attribute := false
		switch path[0] {
		case '.':
			attribute = true
			end := strings.IndexAny(path[1:], ".[")
			if end < 0 {
				end = len(path) - 1
			}
			name, path = path[1:1+end], path[1+end:]
		case '[':
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return v, valueError("Missing ']' in format string")
			}
			name, path = path[1:end], path[end+1:]
		default:
			return v, valueError("Only '.' or '[' may follow ']' in format field specifier")
		}
		n, numeric, err := indexOf(name)
		switch {
		case attribute && name != "":
			return v, &Error{"AttributeError", "'" + typeName(v) + "' object has no attribute " + pyval.Repr(name)}
		case err != nil:
			return v, err
		case name == "":
			return v, valueError("Empty attribute in format string")
		case numeric:
			v, err = item(v, n)
		default:
			v, err = itemNamed(v, name)
		}
		if err != nil {
			return v, err
		}
	}
	return v, nil
}

// indexOf reads a number in decimal digits of any script.
func indexOf(s string) (n int, ok bool, err error) {
	for _, r := range s {
		d := decimal(r)
		if d < 0 {
			return 0, false, nil
		}
		if n > (math.MaxInt-d)/10 {
			// Python looks no further: what follows may be no digit.
			return 0, false, valueError("Too many decimal digits in format string")
		}
		n = n*10 + d
	}
	return n, s != "", nil
}

// decimal is the value of a decimal digit, -1 of anything else.
func decimal(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r < utf8.RuneSelf || !unicode.IsDigit(r):
		return -1
	}
	// Unicode keeps the ten digits of a script together and in order, so the
	// zero is found by counting the digits before this one: a run of them is
	// whole scripts.
	n := 0
	for unicode.IsDigit(r - 1) {
		r--
		n++
	}
	return n % 10
}

// item is v[n].
func item(v slog.Value, n int) (slog.Value, error) {
	if v.Kind() == slog.KindString {
		s := v.String()
		for i := 0; s != ""; i++ {
			_, size := pyval.DecodeRune(s)
			if i == n {
				return slog.StringValue(s[:size]), nil
			}
			s = s[size:]
		}
		return v, outOfRange("string index")
	}
	switch x := v.Any().(type) {
	case pyval.Tuple:
		return nth(x, n, "tuple")
	case *pyval.List:
		return nth(x.Items, n, "list")
	case pyval.Bytes:
		if n >= len(x) {
			return v, outOfRange("index")
		}
		return slog.Int64Value(int64(x[n])), nil
	case *pyval.ByteArray:
		if n >= len(x.Data) {
			return v, outOfRange("bytearray index")
		}
		return slog.Int64Value(int64(x.Data[n])), nil
	case *pyval.Dict:
		return entry(x, pyval.Int(big.NewInt(int64(n))))
	}
	return v, notSubscriptable(v)
}

// itemNamed is v[name].
func itemNamed(v slog.Value, name string) (slog.Value, error) {
	if v.Kind() == slog.KindString {
		return v, typeError("string indices must be integers, not 'str'")
	}
	switch x := v.Any().(type) {
	case *pyval.Dict:
		return entry(x, name)
	case pyval.Tuple, *pyval.List, *pyval.ByteArray:
		return v, typeError("%s indices must be integers or slices, not str", typeName(v))
	case pyval.Bytes:
		return v, typeError("byte indices must be integers or slices, not str")
	}
	return v, notSubscriptable(v)
}

func nth(items []any, n int, what string) (slog.Value, error) {
	if n >= len(items) {
		return slog.Value{}, outOfRange(what + " index")
	}
	return slog.AnyValue(items[n]), nil
}

func entry(d *pyval.Dict, key any) (slog.Value, error) {
	v, ok := d.Get(key)
	if !ok {
		return slog.Value{}, notFound(key)
	}
	return slog.AnyValue(v), nil
}

func outOfRange(what string) error { return &Error{"IndexError", what + " out of range"} }

func notSubscriptable(v slog.Value) error {
	return typeError("'%s' object is not subscriptable", typeName(v))
}
