package sluice_test

import (
	"bytes"
	"errors"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

func consoleLine(t *testing.T, o *sluice.ConsoleOptions, r *sluice.Record) string {
	t.Helper()
	got, err := sluice.NewConsole(o).AppendRecord(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestConsole(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 30, 1, 45e6, time.Local)
	for _, c := range []struct {
		name string
		r    sluice.Record
		want string
	}{
		{"columns", sluice.Record{Time: at, Level: sluice.Info, Name: "app.db", Message: "ready",
			Attrs: []slog.Attr{slog.Int("n", 1), slog.String("s", "two words")}},
			`09:30:01.045 INFO     app.db: ready                          n=1 s="two words"`},
		{"a long message", sluice.Record{Level: sluice.Warning, Message: strings.Repeat("m", 40), Attrs: []slog.Attr{slog.Int("n", 1)}},
			"WARNING  " + strings.Repeat("m", 40) + " n=1"},
		{"wide characters", sluice.Record{Level: sluice.Info, Message: "日本e\u0301", Attrs: []slog.Attr{slog.Int("n", 1)}},
			"INFO     日本e\u0301" + strings.Repeat(" ", 48-9-5) + "n=1"},
		{"a long level", sluice.Record{LevelName: "ASTONISHING", Message: "m"}, "ASTONISHING m"},
		{"no attributes, no padding", sluice.Record{Level: sluice.Debug, Message: "m"}, "DEBUG    m"},
		{"lines below", sluice.Record{Level: sluice.Error, Message: "one\r\ntwo\n\tthree", Attrs: []slog.Attr{slog.String("q", "a\nb"), slog.Int("n", 1)},
			ExcText: "Traceback:\n  ValueError: x", StackInfo: "Stack:\n  f"},
			"ERROR    one                                    n=1\n    two\n        three\n    q=\n        a\n        b\n    Traceback:\n      ValueError: x\n    Stack:\n      f"},
		{"nothing reaches the terminal", sluice.Record{Level: sluice.Info, Name: "\x1b[2J", Message: "a\x1b]0;title\a\r\u202eb\x00\x9b",
			Attrs: []slog.Attr{slog.String("\x1b", "\x1b[31m")}},
			`INFO     \x1b[2J: a\x1b]0;title\x07\r\u202eb\x00\x9b "\x1b"="\x1b[31m"`},
		{"groups", sluice.Record{Level: sluice.Info, Message: "m", Attrs: []slog.Attr{slog.Group("g", slog.Group("h", slog.Bool("k", true)))}},
			"INFO     m                                      g.h.k=true"},
		{"a place", sluice.Record{Level: 25, Message: "m", Source: &slog.Source{File: "app.py", Line: 7}},
			"Level 25 m                                      app.py:7"},
		{"values of Go", sluice.Record{Level: sluice.Info, Message: "m", Attrs: []slog.Attr{slog.Any("l", &pyval.List{Items: []any{"a b", nil}}),
			slog.Any("n", nil), slog.Bool("b", true), slog.Float64("f", 31), slog.Any("z", big.NewInt(7))}},
			"INFO     m                                      l=['a b', None] n=<nil> b=true f=31 z=7"},
		{"values of Python", sluice.Record{Level: sluice.Info, Message: "m", Origin: &sluice.Origin{}, Attrs: []slog.Attr{slog.Any("t", pyval.Tuple{int64(1)}),
			slog.Any("n", nil), slog.Bool("b", true), slog.Float64("f", 31), slog.Any("o", pyval.Opaque{Name: "a\nb"})}},
			"INFO     m                                      t=(1,) n=None b=True f=31.0 o=<a\\nb object>"},
	} {
		if got := consoleLine(t, &sluice.ConsoleOptions{AddSource: true, MultiLine: true}, &c.r); got != c.want {
			t.Errorf("%s:\n%q, want\n%q", c.name, got, c.want)
		}
	}
}

func TestConsoleColor(t *testing.T) {
	r := &sluice.Record{Level: sluice.Error, Name: "app", Message: "broken", Attrs: []slog.Attr{slog.Int("n", 1)}}
	got := consoleLine(t, &sluice.ConsoleOptions{Color: true}, r)
	if want := "\x1b[1;31mERROR\x1b[0m    \x1b[35mapp\x1b[0m: \x1b[1mbroken\x1b[0m"; !strings.HasPrefix(got, want) {
		t.Errorf("%q, want it to begin with %q", got, want)
	}
	if strings.Count(got, "\x1b[")%2 != 0 || !strings.Contains(got, "\x1b[36mn=\x1b[0m1") {
		t.Errorf("%q leaves a colour on", got)
	}
}

// The column of names grows, up to a bound.
func TestConsoleNames(t *testing.T) {
	f := sluice.NewConsole(nil)
	for _, c := range [][2]string{{"a", "INFO     a: m"}, {"app.db", "INFO     app.db: m"}, {"a", "INFO     a:      m"}, {"", "INFO             m"},
		{strings.Repeat("x", 16), "INFO     " + strings.Repeat("x", 16) + ": m"}, {"a", "INFO     a:      m"}} {
		got, err := f.AppendRecord(nil, &sluice.Record{Level: sluice.Info, Name: c[0], Message: "m"})
		if err != nil || string(got) != c[1] {
			t.Errorf("%q: got %q, %v, want %q", c[0], got, err, c[1])
		}
	}
}

func TestConsoleThroughHandler(t *testing.T) {
	var out bytes.Buffer
	l := slog.New(sluice.NewHandler(sluice.NewStream(&out, sluice.NewConsole(nil)), nil))
	l.With("a", 1).WithGroup("g").Error("m", "err", errors.New("x y"), slog.Duration("d", time.Second))
	if want := "ERROR    m"; !strings.Contains(out.String(), want) || !strings.Contains(out.String(), ` a=1 g.err="x y" g.d=1s`) {
		t.Errorf("wrote %q", out.String())
	}
}
