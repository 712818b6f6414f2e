package pyfmt

import (
	"log/slog"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

// dictFields are the entries of a dict.
type dictFields struct {
	keys []string
	dict *pyval.Dict
}

func newFields(f *Format, d *pyval.Dict) dictFields { return dictFields{f.Keys(), d} }

func (d dictFields) Value(i int) (slog.Value, bool) {
	v, ok := d.dict.Get(d.keys[i])
	return slog.AnyValue(v), ok
}

func (d dictFields) AppendStr(dst []byte, i int) ([]byte, bool) {
	v, ok := d.dict.Get(d.keys[i])
	return pyval.AppendStr(dst, v, 0), ok
}

func bigRandom(s sample) *big.Int {
	z := new(big.Int).SetUint64(s.Uint64())
	z.Lsh(z, uint(s.IntN(120)))
	if s.IntN(2) == 0 {
		z.Neg(z)
	}
	return z
}

func (s sample) number() string {
	return s.of("", "", "0", "1", "2", "3", "5", "8", "12", "20")
}

func TestReprAgainstPython(t *testing.T) {
	s := newSample(1)
	var rs []request
	for range 20000 {
		rs = append(rs, request{Kind: s.of("str", "repr", "ascii"), value: s.value(3)})
	}
	for _, f := range []float64{math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), 5e-324, math.MaxFloat64} {
		rs = append(rs, request{Kind: "repr", value: f})
	}
	compare(t, rs)
}

func (s sample) percent(keys bool) string {
	var b strings.Builder
	for range 1 + s.IntN(3) {
		b.WriteString(s.of("", "", "é", "a ", "%%", "|"))
		b.WriteByte('%')
		if keys && s.IntN(8) > 0 || s.IntN(40) == 0 {
			b.WriteString("(" + s.of("a", "b", "c", "d", "(x)") + ")")
		}
		for range s.IntN(3) {
			b.WriteString(s.of("", "-", "0", "+", " ", "#"))
		}
		b.WriteString(s.number())
		if s.IntN(15) == 0 {
			b.WriteByte('*')
		}
		if s.IntN(2) == 0 {
			b.WriteString("." + s.number())
			if s.IntN(15) == 0 {
				b.WriteByte('*')
			}
		}
		b.WriteString(s.of("", "", "", "l", "h", "L"))
		b.WriteString(s.of("s", "s", "r", "a", "d", "i", "u", "o", "x", "X", "e", "E", "f", "F", "g", "G", "c", "%", "Z", "é", ""))
	}
	return b.String()
}

func TestModAgainstPython(t *testing.T) {
	s := newSample(2)
	var rs []request
	for range 30000 {
		switch s.IntN(4) {
		case 0:
			rs = append(rs, request{Kind: "mod", format: s.percent(true), value: s.dict()})
		case 1:
			rs = append(rs, request{Kind: "mod", format: s.percent(false), value: s.value(2)})
		default:
			args := pyval.Tuple{}
			f := s.percent(false)
			for range strings.Count(f, "%") {
				args = append(args, s.value(1))
			}
			rs = append(rs, request{Kind: "mod", format: f, value: args})
		}
	}
	for _, f := range []string{"%d", "%5.1f", "%+g", "%010F", "%e", "%#x", "% d", "%c", "%-10G|"} {
		for _, v := range []any{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), new(big.Int).Lsh(big.NewInt(1), 1100)} {
			rs = append(rs, request{Kind: "mod", format: f, value: pyval.Tuple{v}})
		}
	}
	compare(t, rs)
}

func (s sample) dict() *pyval.Dict {
	d := &pyval.Dict{}
	for _, key := range []string{"a", "b", "c", "name"} {
		d.Set(key, s.value(2))
	}
	return d
}

func (s sample) brace(depth int) string {
	var b strings.Builder
	for range 1 + s.IntN(2) {
		b.WriteString(s.of("", "", "é", "{{", "}}", "x"))
		if s.IntN(40) == 0 {
			b.WriteString(s.of("{", "}"))
		}
		b.WriteString("{" + s.of("a", "b", "c", "name", "a", "b", "c", "name", "a", "b", "c", "name", "d", "", "0", "a b"))
		for range s.IntN(10) / 9 {
			b.WriteString(s.of("[0]", "[1]", "[a]", "[]", "[", "]", "x", "[9999999999999999999999]", "[٣]"))
		}
		if s.IntN(4) == 0 {
			b.WriteString("!" + s.of("r", "s", "a", "r", "s", "a", "r", "s", "a", "x", "", "é"))
		}
		if s.IntN(3) > 0 {
			b.WriteString(":" + s.of("", "", "", "*", "0", "é", "<") + s.of("", "", "<", ">", "^", "="))
			b.WriteString(s.of("", "", "", "", "+", "-", " ") + s.of("", "", "", "", "", "", "", "", "z") + s.of("", "", "", "", "", "#") + s.of("", "", "0"))
			if depth > 0 && s.IntN(10) == 0 {
				b.WriteString(s.brace(depth - 1))
			}
			b.WriteString(s.number() + s.of("", "", "", "", "", "", ",", "_"))
			if s.IntN(4) == 0 {
				b.WriteString("." + s.number())
			}
			b.WriteString(s.of("", "", "", "", "", "", "", "", "", "s", "s", "s", "d", "d", "b", "o", "x", "X", "c", "n", "e", "E", "f", "F", "g", "G", "%", "q", "é", "dd"))
		}
		b.WriteString(s.of("}", "}", "}", "}", "}", "}", "}", "}", ""))
	}
	return b.String()
}

func TestBraceAgainstPython(t *testing.T) {
	s := newSample(3)
	var rs []request
	for range 40000 {
		rs = append(rs, request{Kind: "brace", format: s.brace(3), value: s.dict()})
	}
	for _, f := range []string{"{a:010,.2f}", "{a:+}", "{a:>8.3}", "{a:=+12,}", "{a:%}", "{a:z.1f}", "{a:#g}", "{a:08.0f}", "{a:n}"} {
		for _, v := range []any{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), -0.01, new(big.Int).Lsh(big.NewInt(1), 1100)} {
			rs = append(rs, request{Kind: "brace", format: f, value: &pyval.Dict{Pairs: []pyval.Pair{{Key: "a", Value: v}}}})
		}
	}
	compare(t, rs)
}

func TestDollarAgainstPython(t *testing.T) {
	s := newSample(4)
	var rs []request
	for range 5000 {
		var b strings.Builder
		for range 1 + s.IntN(5) {
			b.WriteString(s.of("$", "$", "$$", "{", "}", "${a}", "$a", "$b ", "name", "c", "A", "é", "\n", "1", "_"))
		}
		rs = append(rs, request{Kind: "dollar", format: b.String(), value: s.dict()})
	}
	compare(t, rs)
}

// Logging's own tests of formats.
func TestValidationAgainstPython(t *testing.T) {
	s := newSample(5)
	parts := map[string][]string{
		"%": {"%", "%(", "(", ")", "a", "\u00e9", "_", "0", "5", "\u0663", ".", "*", "s", "d", "Q", "\u0130", "\u017f", "#", " ", "-", "%(asctime)s", "%%"},
		"{": {"{", "}", "a", "\u00e9", "_", "0", "5", "\u0663", ".", "[", "]", "!", "r", "s", "x", ":", "<", ">", "^", "=", "+", "#", ",", "\u017f", "\n",
			"{a", "{a:", "{a!r", "{asctime", "{b}", ".2f"},
		"$": {"$", "$$", "{", "}", "a", "_", "1", "\u00e9", "${a}", "$asctime", " "},
	}
	var rs []request
	for style, list := range parts {
		for range 15000 {
			var b strings.Builder
			for range 1 + s.IntN(7) {
				b.WriteString(s.of(list...))
			}
			rs = append(rs, request{Kind: "check" + style, format: b.String()})
		}
	}
	compare(t, rs)
}
