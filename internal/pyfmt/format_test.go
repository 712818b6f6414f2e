package pyfmt

import (
	"errors"
	"log/slog"
	"math"
	"math/big"
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

func fieldsOf(pairs ...any) *pyval.Dict {
	d := &pyval.Dict{}
	for i := 0; i < len(pairs); i += 2 {
		d.Pairs = append(d.Pairs, pyval.Pair{Key: pairs[i], Value: pairs[i+1]})
	}
	return d
}

// The texts and errors are CPython 3.13's.
func TestFormat(t *testing.T) {
	record := fieldsOf("name", "app.db", "levelname", "INFO", "levelno", int64(20), "lineno", int64(42),
		"msecs", 7.0, "message", "done", "asctime", "2023-03-04 04:25:20,123", "taskName", nil,
		"args", pyval.Tuple{"x", int64(2)}, "data", fieldsOf("k", 1.5), "ok", true, "big", 1234567.891, "\U0002ebf0", "new")
	for _, test := range []struct {
		style, format, want string
	}{
		{"%", "%(asctime)s %(levelname)-8s [%(name)s] %(message)s", "2023-03-04 04:25:20,123 INFO     [app.db] done"},
		{"%", "%(levelno)03d %(lineno)5d|%(lineno)-5d|%(msecs)03d", "020    42|42   |007"},
		{"%", "%(name).3s %(taskName)s %(args)r %(data)s", "app None ('x', 2) {'k': 1.5}"},
		{"%", "100%% %(message)s%%", "100% done%"},
		{"%", "", "done"},
		{"%", "%(\U0002ebf0)s", "new"}, // a letter since Unicode 15.1
		{"{", "{asctime} {levelname:<8} [{name}] {message}", "2023-03-04 04:25:20,123 INFO     [app.db] done"},
		{"{", "{levelno:>5} {msecs:03.0f} {big:,.2f} {big:>15_.1f}", "   20 007 1,234,567.89     1_234_567.9"},
		{"{", "{name!r:*^12} {args[0]} {data[k]} {ok:d} {ok}", "**'app.db'** x 1.5 1 True"},
		{"{", "{lineno:#x} {lineno:08b} {lineno:{levelno}}", "0x2a 00101010                   42"},
		{"{", "{{{message}}}", "{done}"},
		{"{", "", "done"},
		{"$", "$asctime ${levelname} [$name] $message $$", "2023-03-04 04:25:20,123 INFO [app.db] done $"},
		{"$", "", "done"},
	} {
		f, err := Compile(test.style, test.format, true)
		if err != nil {
			t.Errorf("%s %q: %v", test.style, test.format, err)
			continue
		}
		got, err := f.Append([]byte("> "), newFields(f, record), nil)
		if want := "> " + test.want; err != nil || string(got) != want {
			t.Errorf("%s %q: got %q, %v, want %q", test.style, test.format, got, err, want)
		}
	}
}

func TestFormatErrors(t *testing.T) {
	record := fieldsOf("name", "x", "levelno", int64(20), "args", pyval.Tuple{}, "none", nil)
	const construct, format = "construct", "format"
	for _, test := range []struct {
		style, format string
		validate      bool
		stage, class  string
		msg           string
	}{
		{"x", "", true, construct, "ValueError", "Style must be one of: %,{,$"},
		{"%", "plain", true, construct, "ValueError", "Invalid format 'plain' for '%' style"},
		{"%", "%(asctime)b", true, construct, "ValueError", "Invalid format '%(asctime)b' for '%' style"},
		{"%", "%(name)s %(with space)s", true, format, "ValueError", "Formatting field not found in record: 'with space'"},
		{"%", "%(name)d", true, format, "TypeError", "%d format: a real number is required, not str"},
		{"%", "%(name)%", true, format, "ValueError", "unsupported format character '%' (0x25) at index 7"},
		{"%", "%(levelno)*d", true, format, "TypeError", "not enough arguments for format string"},
		{"%", "%(name)*d", true, format, "TypeError", "* wants int"},
		{"%", "%(name)s %", true, format, "ValueError", "incomplete format"},
		{"%", "%(name", false, format, "ValueError", "incomplete format key"},
		{"%", "%(name)s %s", true, format, "TypeError", "not enough arguments for format string"},
		{"%", "%s", false, format, "TypeError", "a field without a key stands for the whole record"},
		{"%", "%%%5.2y", false, format, "ValueError", "unsupported format character 'y' (0x79) at index 6"},
		{"%", "%(name)s%y", false, format, "TypeError", "not enough arguments for format string"},
		{"%", "%(levelno)1048577d", true, format, "MemoryError", "width 1048577 is more than 1048576"},
		{"%", "%(levelno).1048577d", true, format, "MemoryError", "precision 1048577 is more than 1048576"},
		{"{", "plain", true, construct, "ValueError", "invalid format: no fields"},
		{"{", "{name-x}", true, construct, "ValueError", "invalid format: invalid field name/expression: 'name-x'"},
		{"{", "{name!x}", true, construct, "ValueError", "invalid format: invalid conversion: 'x'"},
		{"{", "{name:Q}", true, construct, "ValueError", "invalid format: bad specifier: 'Q'"},
		{"{", "{name", true, construct, "ValueError", "invalid format: expected '}' before end of string"},
		{"{", "{name!x}", false, format, "ValueError", "Unknown conversion specifier x"},
		{"{", "{}", false, format, "IndexError", "Replacement index 0 out of range for positional args tuple"},
		{"{", "{none:>5}", true, format, "TypeError", "unsupported format string passed to NoneType.__format__"},
		{"{", "{name.upper}", true, format, "AttributeError", "'str' object has no attribute 'upper'"},
		{"{", "{args[0]}", true, format, "IndexError", "tuple index out of range"},
		{"{", "{gone}", true, format, "ValueError", "Formatting field not found in record: 'gone'"},
		{"{", "{name:1048577}", true, format, "MemoryError", "width 1048577 is more than 1048576"},
		{"{", "{levelno:.1048577f}", true, format, "MemoryError", "precision 1048577 is more than 1048576"},
		{"{", "{levelno:{levelno:{levelno}}}", false, format, "ValueError", "Max string recursion exceeded"},
		{"$", "$", true, construct, "ValueError", "invalid format: bare '$' not allowed"},
		{"$", "x", true, construct, "ValueError", "invalid format: no fields"},
		{"$", "a\nb$ ", false, format, "ValueError", "Invalid placeholder in string: line 2, col 2"},
		{"$", "$gone", true, format, "ValueError", "Formatting field not found in record: 'gone'"},
	} {
		stage := construct
		f, err := Compile(test.style, test.format, test.validate)
		dst := []byte("before")
		if err == nil {
			stage = format
			dst, err = f.Append(dst, newFields(f, record), nil)
		}
		var e *Error
		if !errors.As(err, &e) || stage != test.stage || *e != (Error{test.class, test.msg}) {
			t.Errorf("%s %q: got %v in %s, want %s: %s in %s", test.style, test.format, err, stage, test.class, test.msg, test.stage)
		}
		if string(dst) != "before" {
			t.Errorf("%s %q: dst is left as %q", test.style, test.format, dst)
		}
	}
}

func TestUsesTime(t *testing.T) {
	for _, test := range []struct {
		style, format string
		want          bool
	}{
		{"%", "%(asctime)s", true},
		{"%", "%(message)s", false},
		{"%", "%(asctimes)s", false},
		{"{", "{asctime:>30}", true},
		{"{", "{message}", false},
		{"$", "$asctimex", true},
		{"$", "${asctime}", true},
		{"$", "${asctimex}", false},
	} {
		f, err := Compile(test.style, test.format, false)
		if err != nil || f.UsesTime() != test.want {
			t.Errorf("%s %q: got %v, want %v", test.style, test.format, f.UsesTime(), test.want)
		}
	}
}

func TestMod(t *testing.T) {
	k := fieldsOf("k", "v")
	for _, test := range []struct {
		format string
		args   any
		want   string
	}{
		{"%s %s", pyval.Tuple{"a", int64(1)}, "a 1"},
		{"%(k)s", k, "v"},
		{"%s", k, "{'k': 'v'}"},
		{"plain", k, "plain"},
		{"%s", "one", "one"},
		{"%*.*f", pyval.Tuple{int64(8), int64(2), 3.14159}, "    3.14"},
		{"%*d|", pyval.Tuple{int64(-5), int64(3)}, "3    |"},
		{"%5s|%-5s|", pyval.Tuple{"日", "é"}, "    日|é    |"},
		{"plain", &pyval.List{}, "plain"},
		{"%d%%", pyval.Tuple{true}, "1%"},
		{"%5s", pyval.Tuple{"\xed\xb2\x80"}, "    \xed\xb2\x80"},
	} {
		if got, err := Mod(test.format, test.args, 0); got != test.want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", test.format, got, err, test.want)
		}
	}
}

func TestModErrors(t *testing.T) {
	loop := &pyval.List{}
	loop.Items = []any{loop}
	for _, test := range []struct {
		format string
		args   any
		limit  int
		want   Error
	}{
		{"%s %s", pyval.Tuple{"a"}, 0, Error{"TypeError", "not enough arguments for format string"}},
		{"%s", pyval.Tuple{"a", "b"}, 0, Error{"TypeError", "not all arguments converted during string formatting"}},
		{"plain", int64(1), 0, Error{"TypeError", "not all arguments converted during string formatting"}},
		{"%(k)s", fieldsOf("z", "v"), 0, Error{"KeyError", "'k'"}},
		{"%(k)s", pyval.Tuple{"a"}, 0, Error{"TypeError", "format requires a mapping"}},
		{"%(k", pyval.Tuple{"a"}, 0, Error{"TypeError", "format requires a mapping"}},
		{"%(k", &pyval.Dict{Pairs: []pyval.Pair{{Key: "k", Value: "a"}}}, 0, Error{"ValueError", "incomplete format key"}},
		{"%y", pyval.Tuple{int64(1)}, 0, Error{"ValueError", "unsupported format character 'y' (0x79) at index 1"}},
		{"%99999999999d", pyval.Tuple{int64(1)}, 0, Error{"MemoryError", "width 99999999999 is more than 1048576"}},
		{"%101d", pyval.Tuple{int64(1)}, 100, Error{"MemoryError", "width 101 is more than 100"}},
		{"%99d%99d", pyval.Tuple{int64(1), int64(2)}, 100, Error{"MemoryError", "more than 100 bytes"}},
		{"%d", pyval.Tuple{loop}, 0, Error{"TypeError", "%d format: a real number is required, not list"}},
		{"%d", pyval.Tuple{&pyval.Set{}}, 0, Error{"TypeError", "%d format: a real number is required, not set"}},
		{"%x", pyval.Tuple{&pyval.Set{Frozen: true}}, 0, Error{"TypeError", "%x format: an integer is required, not frozenset"}},
		{"%d", pyval.Tuple{pyval.Opaque{Name: "app.models.User"}}, 0, Error{"TypeError", "%d format: a real number is required, not User"}},
		{"%f", pyval.Tuple{pyval.Opaque{Name: "app.models.User", Global: true}}, 0, Error{"TypeError", "must be real number, not type"}},
		{"%f", pyval.Tuple{&pyval.ByteArray{}}, 0, Error{"TypeError", "must be real number, not bytearray"}},
		{"%(k)s", &pyval.ByteArray{}, 0, Error{"TypeError", "bytearray indices must be integers or slices, not str"}},
		{"%d", pyval.Tuple{new(big.Int).Lsh(big.NewInt(1), 20000)}, 0, Error{"ValueError", "Exceeds the limit (4300 digits) for integer string conversion"}},
	} {
		_, err := Mod(test.format, test.args, test.limit)
		var e *Error
		if !errors.As(err, &e) || *e != test.want {
			t.Errorf("%q: got %v, want %v", test.format, err, &test.want)
		}
	}
}

func TestMessage(t *testing.T) {
	for _, test := range []struct {
		msg, args any
		want      string
	}{
		{"100%", pyval.Tuple{}, "100%"},
		{"100%", nil, "100%"},
		{"%%", fieldsOf(), "%%"},
		{int64(42), nil, "42"},
		{nil, nil, "None"},
		{&pyval.List{}, nil, "[]"},
		{"a %s", pyval.Tuple{"b"}, "a b"},
		{"%d", int64(0), "%d"},
		{"%d", int64(7), "7"},
		{"%s", false, "%s"},
		{"%s", true, "True"},
		{"%s", 0.0, "%s"},
		{"%s", complex(0, 0), "%s"},
		{"%s", "", "%s"},
		{"%s", pyval.Bytes(""), "%s"},
		{"%s", &pyval.ByteArray{}, "%s"},
		{"%s", &pyval.List{}, "%s"},
		{"%s", &pyval.Set{}, "%s"},
		{"%s", new(big.Int), "%s"},
		{"%s", pyval.Opaque{Name: "a.B"}, "<a.B object>"},
	} {
		if got, err := Message(test.msg, test.args, 0); got != test.want || err != nil {
			t.Errorf("%v: got %q, %v, want %q", test.msg, got, err, test.want)
		}
	}
}

// anyFields gives the same value for each key.
type anyFields struct{ v slog.Value }

func (a anyFields) Value(int) (slog.Value, bool) { return a.v, true }
func (a anyFields) AppendStr(dst []byte, _ int) ([]byte, bool) {
	return AppendStr(dst, a.v), true
}

// slog's kinds are Python's types.
func TestSlogValues(t *testing.T) {
	big := slog.Uint64Value(math.MaxUint64)
	for _, test := range []struct {
		style, format string
		v             slog.Value
		want          string
	}{
		{"%", "%(x)s %(x)r %(x)d %(x)x %(x).1e", big, "18446744073709551615 18446744073709551615 18446744073709551615 ffffffffffffffff 1.8e+19"},
		{"{", "{x} {x:,} {x!r}", big, "18446744073709551615 18,446,744,073,709,551,615 18446744073709551615"},
		{"%", "%(x)s %(x)r %(x)d", slog.Uint64Value(7), "7 7 7"},
		{"%", "%(x)s %(x)d", slog.BoolValue(true), "True 1"},
		{"%", "%(x)s %(x)5.1f", slog.Float64Value(2.5), "2.5   2.5"},
		{"$", "$x", slog.Float64Value(1e16), "1e+16"},
		{"%", "%(x)s %(x)r", slog.AnyValue(nil), "None None"},
		{"{", "{x:c}{x:>3c}", slog.Int64Value(0xDC80), "\xed\xb2\x80  \xed\xb2\x80"},
	} {
		f, err := Compile(test.style, test.format, true)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Append(nil, anyFields{test.v}, nil); string(got) != test.want || err != nil {
			t.Errorf("%s of %v: got %q, %v, want %q", test.format, test.v, got, err, test.want)
		}
	}
}

// staticFields has a value for each key without making any.
type staticFields struct{ keys []string }

func (s *staticFields) Value(i int) (slog.Value, bool) {
	switch s.keys[i] {
	case "lineno":
		return slog.Int64Value(123456), true
	case "created":
		return slog.Float64Value(1700000000.123456), true
	}
	return slog.StringValue("some text"), true
}

func (s *staticFields) AppendStr(dst []byte, _ int) ([]byte, bool) {
	return append(dst, "some text"...), true
}

func TestAppendAllocs(t *testing.T) {
	for _, test := range []struct{ style, format string }{
		{"%", "%(asctime)s %(levelname)s %(name)s %(message)s"},
		{"%", "%(levelname)-20s %(lineno)6d %(created).3f %(name).4s"},
		{"{", "{asctime} {levelname} {name} {message}"},
		{"{", "{levelname:<20}|{name:^20}|{name:.3}"},
		{"$", "$asctime ${levelname} $name $message"},
	} {
		f, err := Compile(test.style, test.format, true)
		if err != nil {
			t.Fatal(err)
		}
		fields := &staticFields{f.Keys()}
		dst := make([]byte, 0, 512)
		n := testing.AllocsPerRun(100, func() {
			if dst, err = f.Append(dst[:0], fields, nil); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", test.format, n)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, test := range []struct{ name, style, format string }{
		{"percent", "%", "%(asctime)s %(levelname)s %(name)s %(message)s"},
		{"brace", "{", "{asctime} {levelname} {name} {message}"},
		{"numbers", "%", "%(levelname)-8s %(lineno)5d %(message)s"},
	} {
		b.Run(test.name, func(b *testing.B) {
			f, err := Compile(test.style, test.format, true)
			if err != nil {
				b.Fatal(err)
			}
			fields := &staticFields{f.Keys()}
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = f.Append(dst[:0], fields, nil)
			}
		})
	}
}
