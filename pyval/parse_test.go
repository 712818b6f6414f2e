package pyval_test

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

// What Repr writes, Parse reads, to the same text.
func TestParseReadsRepr(t *testing.T) {
	inner := &pyval.Set{Items: []any{int64(1), "a"}, Frozen: true}
	for _, v := range []any{
		nil, true, false, int64(0), int64(-1), int64(math.MinInt64), new(big.Int).Lsh(big.NewInt(1), 200),
		0.0, math.Copysign(0, -1), 1.5, -1e300, 1e16, 5e-324, math.Inf(1), math.Inf(-1), math.NaN(),
		2i, complex(1, -2), complex(math.Inf(1), math.NaN()), complex(-0.5, 1e20), complex(0, math.Inf(-1)),
		"", "a", "it's", `"`, `'"`, "\\\n\r\t\x00\x7f\u0080\u00e9\u2028\U0001f642\U000e0001", "\xed\xa0\x80",
		pyval.Bytes(""), pyval.Bytes("a'\"\\\n\x00\x80\xff"), &pyval.ByteArray{Data: []byte("it's \xff")},
		pyval.Tuple{}, pyval.Tuple{int64(1)}, pyval.Tuple{int64(1), pyval.Tuple{"x"}, nil},
		&pyval.List{}, &pyval.List{Items: []any{&pyval.List{}, 1i}},
		&pyval.Dict{}, &pyval.Dict{Pairs: []pyval.Pair{{Key: "k", Value: &pyval.List{Items: []any{int64(1)}}}, {Key: int64(2), Value: nil}}},
		&pyval.Set{}, &pyval.Set{Frozen: true}, &pyval.Set{Items: []any{int64(1)}}, &pyval.Set{Items: []any{int64(1), inner}}, inner,
	} {
		text := pyval.Repr(v)
		got, err := pyval.Parse(text)
		if err != nil || pyval.Repr(got) != text || pyval.TypeName(got) != pyval.TypeName(v) {
			t.Errorf("Parse(%s): %s %s, %v", text, pyval.TypeName(got), pyval.Repr(got), err)
		}
	}
}

func TestParseTakesWhatPeopleWrite(t *testing.T) {
	for text, want := range map[string]string{
		" ( 1 , ) ": "(1,)", "(1)": "1", "[1,]": "[1]", "{1,}": "{1}", "{'a':1,}": "{'a': 1}", "{1:2, 1.0:3}": "{1: 3}", "+1": "1", "1.": "1.0", ".5": "0.5", "1E3": "1000.0", "00": "0", "(3)": "3", "1e999": "inf",
	} {
		v, err := pyval.Parse(text)
		if got := pyval.Repr(v); err != nil || got != want {
			t.Errorf("Parse(%s): %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", "x", "Nonesuch", "None None", "(", "(1", "(1,", "(,)", "(1 2)", "[1", "[1)", "{", "{1", "{1:", "{1:2", "{1:2 3:4}", "{1,2:3}", "{:1}", "{[]}", "{[]: 1}", "{1, {}}",
		"'", "'a", `'\`, `'\x1'`, `'\q'`, `'\U00110000'`, "'\n'", "'\xff'", "b'é'", `b'\u0041'`, "b", "bytearray(", "bytearray(1)", "set([])", "set({})", "frozenset({1:2})", "set({1}",
		"-", "+-1", "1e", "1.e+", ".", "007", "1_0", "0x1", "1+2", "1+", "--1", "inf0", "(1+2)", strings.Repeat("9", 5000),
		"datetime.datetime(2020, 1, 1)", "<object object at 0x7f>", "__import__('os')", "...", "(1, 2)...<cut>",
		strings.Repeat("[", 100) + strings.Repeat("]", 100), "[" + strings.Repeat("1,", 200_000) + "]",
	} {
		if v, err := pyval.Parse(text); err == nil {
			t.Errorf("Parse(%.60q) gives %.60s", text, pyval.Repr(v))
		}
	}
}

// TestParseAsPython: values whose repr Python made are read to what Python has.
func TestParseAsPython(t *testing.T) {
	py, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("SLUICE_PEERS") == "required" {
			t.Fatal("there is no python3: install Debian's package python3")
		}
		t.Skip("there is no python3: install Debian's package python3")
	}
	out, err := exec.Command(py, "-c", `
import random
random.seed(5)
def value(depth):
    kind = random.randrange(12 if depth < 4 else 8)
    if kind == 0: return random.choice([None, True, False])
    if kind == 1: return random.randrange(-10**random.randrange(1, 40), 10**random.randrange(1, 40))
    if kind == 2: return random.choice([random.random(), -1e-300, 1e22, float("inf"), float("nan"), -0.0, 123456.75])
    if kind in (3, 4): return "".join(chr(random.choice([random.randrange(128), random.randrange(0x3000), random.randrange(0x110000)])) for _ in range(random.randrange(9)))
    if kind == 5: return bytes(random.randrange(256) for _ in range(random.randrange(9)))
    if kind == 6: return complex(random.choice([0, 1.5, -0.0, -2e30]), random.choice([1, -1.25, -0.0]))
    if kind == 7: return bytearray(b"it's")
    if kind == 8: return tuple(value(depth + 1) for _ in range(random.randrange(4)))
    if kind == 9: return [value(depth + 1) for _ in range(random.randrange(4))]
    if kind == 10: return {random.choice([1, "a", None, 2.5, (1, "x")]): value(depth + 1) for _ in range(random.randrange(4))}
    return random.choice([set(), {1}, frozenset(), frozenset({"a"})])
for _ in range(3000):
    print(repr(value(0)).encode("utf-8", "surrogatepass").hex())
`).Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(out) {
		var text []byte
		if _, err := fmt.Sscanf(string(line), "%x", &text); err != nil {
			t.Fatal(err)
		}
		n++
		v, err := pyval.Parse(string(text))
		// Of a character that Python's Unicode knows and Go's does not the text
		// differs, and of a set of several its order.
		if got := pyval.ASCII(v); err != nil || got != asciiOf(string(text)) {
			t.Errorf("Parse(%q): %s, %v", text, got, err)
		}
	}
	if n != 3000 {
		t.Errorf("%d values, want 3000", n)
	}
}

// asciiOf writes what is not ASCII in a repr as ascii() does.
func asciiOf(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := pyval.DecodeRune(text[i:])
		switch {
		case r < 0x80:
			b.WriteByte(byte(r))
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"()", "(1,)", "('a', 3)", "{'k': [1.5, None]}", `b'\x00'`, "(1+2j)", "frozenset({1})", `'\ud800\U0001f642'`, "bytearray(b'x')", "{1, 2}", "-inf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := pyval.Parse(s)
		if err != nil {
			return
		}
		text := string(pyval.AppendRepr(nil, v, 1<<24))
		again, err := pyval.Parse(text)
		if err != nil {
			t.Fatalf("%q: its repr %q: %v", s, text, err)
		}
		if got := string(pyval.AppendRepr(nil, again, 1<<24)); got != text {
			t.Fatalf("%q: %q, then %q", s, text, got)
		}
	})
}
