package sluice_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
)

// FuzzOneLine: no text makes more than a line of a record, or more than indented
// lines with MultiLine; Logfmt's pairs come back, and JSON is JSON.
func FuzzOneLine(f *testing.F) {
	for _, text := range []string{"", "plain", "two\nlines\r\n", "a=b \"c\" \\n", "\x1b[2J\x00\x9b", "\u202e\u2028\ufeff", "\xff\xed\xa0\x80", "日本e\u0301\U000e0001", "    at the margin", "{x} %(x)s $x"} {
		f.Add(text, "{message!r:>{fill}} {k}")
	}
	logfmt, object := sluice.NewLogfmt(nil), sluice.NewJSON(nil)
	lines := []sluice.Formatter{logfmt, object, sluice.NewConsole(&sluice.ConsoleOptions{AddSource: true})}
	below := []sluice.Formatter{sluice.NewLogfmt(&sluice.LogfmtOptions{MultiLine: true}), sluice.NewConsole(&sluice.ConsoleOptions{MultiLine: true})}
	f.Fuzz(func(t *testing.T, text, layout string) {
		r := nastyRecord(text)
		if strings.ContainsAny(layout, "\r\n") || len(layout) > 200 {
			layout = "%(message)s"
		}
		lines, below := lines, below
		for _, style := range []sluice.Style{sluice.Percent, sluice.Brace, sluice.Dollar} {
			// What the format itself holds stays as it is.
			shown := strings.Trim(fmt.Sprintf("%q", layout), `"`) == layout
			one, err := sluice.NewFormatter(layout, &sluice.FormatterOptions{Style: style, Escape: true})
			if err != nil || !shown {
				continue
			}
			lines = append(lines[:len(lines):len(lines)], one)
			below = append(below[:len(below):len(below)], newFormatter(t, layout, &sluice.FormatterOptions{Style: style, Escape: true, MultiLine: true}))
		}
		for _, f := range lines {
			if line, err := f.AppendRecord(nil, r); err == nil {
				checkOneLine(t, fmt.Sprintf("%T", f), string(line))
			}
		}
		for _, f := range below {
			text, err := f.AppendRecord(nil, r)
			if err != nil {
				continue
			}
			for i, line := range strings.Split(string(text), "\n") {
				checkOneLine(t, fmt.Sprintf("%T", f), line)
				if i > 0 && !strings.HasPrefix(line, "    ") {
					t.Errorf("%T: line %d, %q, is at the margin", f, i, line)
				}
			}
		}
		if line := format(t, object, r); !json.Valid([]byte(line)) {
			t.Errorf("%s is no JSON", line)
		}
		if text == "" {
			return // none is not shown
		}
		for _, p := range pairsOf(t, format(t, logfmt, r))[1:] {
			if k, v := p[0], p[1]; v != text && (k != text || v != "v") {
				t.Errorf("%q is %q, want %q", k, v, text)
			}
		}
	})
}
