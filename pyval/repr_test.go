package pyval

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"
)

func bigInt(s string) *big.Int {
	z, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic("no number: " + s)
	}
	return z
}

// The texts are CPython 3.13's.
func TestRepr(t *testing.T) {
	loop := &List{}
	loop.Items = []any{int64(1), loop}
	ring := &Dict{}
	ring.Pairs = []Pair{{"self", ring}}
	inner := &List{}
	knot := Tuple{inner}
	inner.Items = []any{knot}
	shared := &List{Items: []any{int64(1)}}
	for _, test := range []struct {
		v    any
		want string
	}{
		{nil, "None"},
		{true, "True"},
		{false, "False"},
		{int64(0), "0"},
		{int64(math.MinInt64), "-9223372036854775808"},
		{bigInt("9223372036854775808"), "9223372036854775808"},
		{bigInt("-1000000000000000000000000000000"), "-1000000000000000000000000000000"},
		{0.0, "0.0"},
		{math.Copysign(0, -1), "-0.0"},
		{1.0, "1.0"},
		{0.1, "0.1"},
		{-2.5, "-2.5"},
		{1e15, "1000000000000000.0"},
		{9999999999999998.0, "9999999999999998.0"},
		{1e16, "1e+16"},
		{1.5e16, "1.5e+16"},
		{1e100, "1e+100"},
		{0.0001, "0.0001"},
		{0.00001, "1e-05"},
		{1.25e-7, "1.25e-07"},
		{5e-324, "5e-324"},
		{math.MaxFloat64, "1.7976931348623157e+308"},
		{math.Inf(1), "inf"},
		{math.Inf(-1), "-inf"},
		{math.NaN(), "nan"},
		{math.Copysign(math.NaN(), -1), "nan"},
		{complex(1, 2), "(1+2j)"},
		{complex(0, 1.5), "1.5j"},
		{complex(0, math.Copysign(0, -1)), "-0j"},
		{complex(math.Copysign(0, -1), 0), "(-0+0j)"},
		{complex(math.NaN(), math.Inf(-1)), "(nan-infj)"},
		{complex(1e16, math.NaN()), "(1e+16+nanj)"},
		{"", "''"},
		{"plain", "'plain'"},
		{"it's", `"it's"`},
		{`say "x"`, `'say "x"'`},
		{`it's "x"`, `'it\'s "x"'`},
		{"a\tb\nc\rd\\e", `'a\tb\nc\rd\\e'`},
		{"\x00\x1f\x7f", `'\x00\x1f\x7f'`},
		{"é日本😀", "'é日本😀'"},
		{"\u0085\u00a0\u00ad", `'\x85\xa0\xad'`},
		{"\u200b\u2028\u3000\ue000\uffff", `'\u200b\u2028\u3000\ue000\uffff'`},
		{"\U000e0001\U0010ffff", `'\U000e0001\U0010ffff'`},
		{"\U0002ebf0\u31ef", "'\U0002ebf0\u31ef'"}, // new in Unicode 15.1
		{"\xed\xb2\x80!", `'\udc80!'`},
		{"\xed\xa0\xbd", `'\ud83d'`},
		{"\xff", `'\udcff'`}, // no str that Python could hold: as its surrogateescape
		{Bytes("a'b"), `b"a'b"`},
		{Bytes("a'\"\\\n\x00\xffé"), `b'a\'"\\\n\x00\xff\xc3\xa9'`},
		{&ByteArray{Data: []byte("x\t")}, `bytearray(b'x\t')`},
		{&ByteArray{Data: []byte("a'b")}, `bytearray(b"a\'b")`},
		{&ByteArray{Data: []byte("a'\"b")}, `bytearray(b'a\'"b')`},
		{Tuple{}, "()"},
		{Tuple{int64(1)}, "(1,)"},
		{Tuple{int64(1), "a", nil}, "(1, 'a', None)"},
		{&List{}, "[]"},
		{&List{Items: []any{int64(1), 2.0, Tuple{}}}, "[1, 2.0, ()]"},
		{&Dict{}, "{}"},
		{&Dict{Pairs: []Pair{{"k", int64(1)}, {Tuple{true}, Bytes("")}}}, "{'k': 1, (True,): b''}"},
		{&Set{}, "set()"},
		{&Set{Frozen: true}, "frozenset()"},
		{&Set{Items: []any{int64(1)}}, "{1}"},
		{&Set{Items: []any{"a"}, Frozen: true}, "frozenset({'a'})"},
		{Opaque{Name: "os.system", Global: true}, "<os.system>"},
		{Opaque{Name: "app.User"}, "<app.User object>"},
		{Opaque{Name: "a\nb.C"}, `<a\nb.C object>`},
		{loop, "[1, [...]]"},
		{ring, "{'self': {...}}"},
		{knot, "([(...)],)"},
		{inner, "[([...],)]"},
		{Tuple{shared, shared}, "([1], [1])"},
		{int8(1), "<int8>"},
	} {
		if got := Repr(test.v); got != test.want {
			t.Errorf("Repr(%T): got %s, want %s", test.v, got, test.want)
		}
	}
}

func TestASCII(t *testing.T) {
	v := Tuple{"é日😀'", Bytes("\xff"), "\xed\xb2\x80"}
	want := `("\xe9\u65e5\U0001f600'", b'\xff', '\udc80')`
	if got := ASCII(v); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStr(t *testing.T) {
	long := strings.Repeat("x", 2*DefaultLimit)
	if got := Str(long); got != long {
		t.Errorf("a str of %d bytes came back as %d", len(long), len(got))
	}
	if got := Str(Bytes("a")); got != "b'a'" {
		t.Errorf("bytes: got %s", got)
	}
}

func TestIntTooLong(t *testing.T) {
	longest := bigInt("-" + strings.Repeat("9", MaxIntDigits))
	if got := Repr(longest); got != longest.String() {
		t.Errorf("%d digits are not written", MaxIntDigits)
	}
	if got, want := Repr(bigInt("1"+strings.Repeat("0", MaxIntDigits))), "<int of 14285 bits>"; got != want {
		t.Errorf("got %.40s, want %s", got, want)
	}
}

// Forty lists, each twice in the next, are 2^40 in print.
func TestLimit(t *testing.T) {
	var v any = "é"
	for range 40 {
		v = &List{Items: []any{v, v}}
	}
	for _, limit := range []int{1, 2, 50, 51, 52, 53, 1000} {
		got := string(AppendRepr([]byte("é"), v, limit))
		text, ok := strings.CutSuffix(got, cutMark)
		if !ok || len(text) > len("é")+limit || !utf8.ValidString(text) {
			t.Errorf("limit %d: %d bytes: %q", limit, len(got), got)
		}
	}
	if got := len(Repr(v)); got > DefaultLimit+len(cutMark) {
		t.Errorf("%d bytes by default", got)
	}
}

func TestDepth(t *testing.T) {
	v := &List{}
	for range 100_000 {
		v = &List{Items: []any{v}}
	}
	want := strings.Repeat("[", maxDepth) + "..." + strings.Repeat("]", maxDepth)
	if got := Repr(v); got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
}

func TestLen(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "é日😀": 3, "\xed\xb2\x80": 1, "\xff\xfe": 2, "\xed\xb2": 2, "\ufffd": 1} {
		if got := Len(s); got != want {
			t.Errorf("Len(%q): got %d, want %d", s, got, want)
		}
	}
}

func TestAppendReprAllocs(t *testing.T) {
	dst := make([]byte, 0, 256)
	for _, v := range []any{nil, true, int64(12345), 2.5, complex(1, 2), "text", Bytes("x")} {
		if n := testing.AllocsPerRun(100, func() { dst = AppendRepr(dst[:0], v, 0) }); n != 0 {
			t.Errorf("%T: %v allocations", v, n)
		}
	}
	list := any(&List{Items: []any{"a", int64(1), Tuple{2.5}}})
	if n := testing.AllocsPerRun(100, func() { dst = AppendRepr(dst[:0], list, 0) }); n > 2 {
		t.Errorf("list: %v allocations", n)
	}
}

func FuzzReprString(f *testing.F) {
	for _, s := range []string{"", "a'b\"", "é\u2028\xed\xb2\x80\xff", "\x00\x7f\U0010ffff"} {
		f.Add(s, 16)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		for _, v := range []any{s, Bytes(s), Tuple{s, &List{Items: []any{s}}}} {
			whole := ASCII(v)
			for i := 0; i < len(whole); i++ {
				if whole[i] < ' ' || whole[i] >= 0x7F {
					t.Fatalf("ascii(%q) holds %q", s, whole[i])
				}
			}
			if got := Repr(v); !utf8.ValidString(got) {
				t.Fatalf("repr(%q) is no UTF-8: %q", s, got)
			}
			if limit > 0 {
				if got := AppendRepr(nil, v, limit); len(got) > limit+len(cutMark) && len(got)-len(cutMark) > limit {
					t.Fatalf("limit %d: %d bytes", limit, len(got))
				}
			}
		}
	})
}
