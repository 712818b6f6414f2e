package sluice

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/sluicelog/sluice/pyval"
)

// usualRecord makes a record of what a fuzzer has found; kind chooses what is in it.
func usualRecord(text string, n int64, kind byte) *Record {
	r := &Record{Level: Level(n % 60), Name: text, Message: text, Attrs: []slog.Attr{slog.String("a", text), slog.Int64("n", n), slog.Float64("f", float64(n))}}
	if kind&1 != 0 {
		r.Time = time.Unix(n%1e11, n%1e9)
	}
	if kind&2 != 0 {
		r.Origin = &Origin{Process: n, ProcessName: text, Thread: n, TaskName: text}
	}
	if kind&4 != 0 && r.Origin != nil {
		r.Origin.Residue = []pyval.Pair{{Key: "msecs", Value: float64(n)}, {Key: "name", Value: n}}
	}
	if kind&8 != 0 {
		r.Source = &slog.Source{File: text, Line: int(n), Function: text}
	}
	if kind&16 != 0 {
		r.ExcText, r.StackInfo, r.Name, r.LevelName = text, text, "", text
	}
	if kind&32 != 0 {
		r.Scope = (*Scope)(nil).with([]slog.Attr{slog.String("b", text)}).open("g")
		r.Attrs = append(r.Attrs, slog.Any("v", n > 0), slog.Group("h", slog.Int("i", 1)))
	}
	return r
}

// FuzzFormatterUsual: a format that is filled in the short way gives what the long one
// does, or leaves it to that.
func FuzzFormatterUsual(f *testing.F) {
	for _, format := range []string{
		"%(asctime)s %(a)s %(name)s[%(process)d]: %(message)s", "%(levelname)s:%(name)s:%(message)s %(levelno)d %(n)s%(n)d%%", "%(f)s %(f)d %(b)s %(g.a)s",
		"%(args)s%(taskName)s%(exc_text)s", "%(message)d", "%(msecs)d %(created)s", "%(filename)s:%(lineno)d %(funcName)s %(module)s %(h.i)d %(none)s",
		"%(threadName)s %(thread)d %(processName)s %(msg)s %(name_)s", "%% text", "%(message)5s", "%d",
	} {
		for _, n := range []int64{0, -1, 999_000_000, 1_763_600_000_123_456_789} {
			f.Add(format, byte(0), "te\nxt", n, byte(1+2+8))
			f.Add(format, byte(4), "\x1b\u202e", n, byte(1+2+4+16+32))
		}
	}
	f.Add("{asctime} {message}: {n}", byte(1), "text", int64(7), byte(3))
	f.Add("${asctime} $message $$ $n", byte(2+8), "text", int64(7), byte(3))
	f.Fuzz(func(t *testing.T, format string, how byte, text string, n int64, kind byte) {
		styles, off := [...]Style{Percent, Brace, Dollar}, false
		o := &FormatterOptions{
			Style: styles[how%4%3], Escape: how&4 != 0, MultiLine: how&4 != 0 && how&8 != 0, UTC: true, Validate: &off,
			Defaults: map[string]any{"none": "else"}, Location: time.UTC,
		}
		if how&16 != 0 {
			o.DateFmt = "%H:%M:%S"
		}
		if how&32 != 0 {
			o.DefaultMsecFormat = &text
		}
		made, err := NewFormatter(format, o)
		if err != nil {
			return
		}
		short := made.(*textFormatter)
		long, err := NewFormatter(format, o)
		if err != nil {
			t.Fatal(err)
		}
		long.(*textFormatter).fast = nil
		r := usualRecord(text, n, kind)
		for range 2 { // the second time with what the first one kept
			got, gotErr := short.AppendRecord([]byte("before "), r)
			want, wantErr := long.AppendRecord([]byte("before "), r)
			if string(got) != string(want) || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
				t.Fatalf("%q of %+v:\n got %q %v\nwant %q %v", format, r, got, gotErr, want, wantErr)
			}
		}
	})
}

// TestFormatterUsual: what is usual is not left to the long way.
func TestFormatterUsual(t *testing.T) {
	for format, want := range map[string]bool{
		"%(asctime)s %(a)s %(name)s[%(process)d]: %(message)s": true,
		"%(levelname)s %(n)d %(thread)s%%":                     true,
		"%(f)s":                                                false,
		"%(levelname)-8s %(message)s":                          false,
		"%(message)d":                                          false,
	} {
		off := false
		f, err := NewFormatter(format, &FormatterOptions{Validate: &off})
		if err != nil {
			t.Fatal(err)
		}
		text := f.(*textFormatter)
		_, ok := text.appendUsual(nil, usualRecord("text", 7, 3))
		if got := text.fast != nil && ok; got != want {
			t.Errorf("%q: %v, want %v", format, got, want)
		}
	}
}
