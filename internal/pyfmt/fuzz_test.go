package pyfmt

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

// seed adds the formats of the golden vectors, where they are at hand.
func seed(f *testing.F, style string) {
	file, err := os.Open("../../conformance/testdata/vectors/percent_format.jsonl")
	if err != nil {
		return // the module alone was downloaded
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row struct{ Style, Fmt string }
		if json.Unmarshal(lines.Bytes(), &row) == nil && row.Style == style {
			f.Add(row.Fmt)
		}
	}
}

func fuzzStyle(f *testing.F, style string) {
	seed(f, style)
	record := fieldsOf("name", "app.db", "levelno", int64(20), "msecs", 7.5, "message", "é日", "none", nil,
		"args", pyval.Tuple{"x", int64(2)}, "data", fieldsOf("k", 1.5), "big", pyval.Int(bigRandom(newSample(9))))
	f.Fuzz(func(t *testing.T, format string) {
		_, strict := Compile(style, format, true)
		c, err := Compile(style, format, false)
		if err != nil {
			t.Fatalf("%q: %v without validation", format, err)
		}
		text, err := c.Append(nil, newFields(c, record), nil)
		var e *Error
		switch {
		case err != nil && !errors.As(err, &e):
			t.Fatalf("%q: %v is no *Error", format, err)
		case strict != nil && !errors.As(strict, &e):
			t.Fatalf("%q: %v is no *Error", format, strict)
		case len(text) > (MaxWidth+pyval.DefaultLimit)*4*(len(format)+1):
			t.Fatalf("%q: %d bytes", format, len(text))
		}
		again, _ := c.Append(nil, newFields(c, record), nil)
		if string(again) != string(text) {
			t.Fatalf("%q: first %q, then %q", format, text, again)
		}
	})
}

func FuzzPercent(f *testing.F) { fuzzStyle(f, "%") }
func FuzzBrace(f *testing.F)   { fuzzStyle(f, "{") }
func FuzzDollar(f *testing.F)  { fuzzStyle(f, "$") }

func FuzzMod(f *testing.F) {
	for _, s := range []string{"%s %d", "%(a)s", "%*.*f", "%-05.3x%%", "%c%r%a", "%(a)*d", "é%"} {
		f.Add(s, "x", int64(5), 2.5)
	}
	f.Fuzz(func(t *testing.T, format, text string, n int64, x float64) {
		const limit = 1000
		for _, args := range []any{pyval.Tuple{text, n, x}, pyval.Tuple{n, n, text}, fieldsOf("a", text, "b", n), x} {
			got, err := Mod(format, args, limit)
			var e *Error
			if err != nil && !errors.As(err, &e) {
				t.Fatalf("%q: %v is no *Error", format, err)
			}
			if len(got) > limit {
				t.Fatalf("%q: %d bytes", format, len(got))
			}
		}
	})
}
