package sluice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// logged gives the lines that log writes through f, parsed.
func logged(t *testing.T, f front, o *sluice.HandlerOptions, log func(*slog.Logger)) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	log(slog.New(sluice.NewHandler(sluice.NewStream(&out, f.format()), o)))
	var lines []map[string]any
	for line := range strings.Lines(out.String()) {
		m := f.parse(t, strings.TrimSuffix(line, "\n"))
		delete(m, "time")
		lines = append(lines, m)
	}
	return lines
}

func text(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = text(v[k])
		}
		return v
	default:
		return fmt.Sprint(v)
	}
}

func TestHandlerAttrs(t *testing.T) {
	type m = map[string]any
	cases := []struct {
		name string
		log  func(*slog.Logger)
		want []m
	}{
		{"siblings of WithAttrs share nothing", func(l *slog.Logger) {
			base := l.With("a", 1).With("b", 2).With("c", 3)
			x, y := base.With("x", 1), base.With("y", 2)
			x.Info("m")
			y.Info("m")
			base.Info("m")
		}, []m{{"a": 1, "b": 2, "c": 3, "x": 1}, {"a": 1, "b": 2, "c": 3, "y": 2}, {"a": 1, "b": 2, "c": 3}}},
		{"siblings of WithGroup share nothing", func(l *slog.Logger) {
			base := l.WithGroup("a").WithGroup("b").WithGroup("c")
			one, two := base.WithGroup("one"), base.WithGroup("two")
			one.Info("m", "k", 1)
			two.Info("m", "k", 2)
		}, []m{{"a": m{"b": m{"c": m{"one": m{"k": 1}}}}}, {"a": m{"b": m{"c": m{"two": m{"k": 2}}}}}}},
		{"WithGroup of the empty name is nothing", func(l *slog.Logger) {
			slog.New(l.Handler().WithGroup("")).With("a", 1).Info("m", "b", 2)
		}, []m{{"a": 1, "b": 2}}},
		{"a group without attributes is left out", func(l *slog.Logger) {
			l.WithGroup("g").Info("m")
			l.With("a", 1).WithGroup("g").WithGroup("h").Info("m")
			l.WithGroup("g").Info("m", slog.Group("h"))
			l.WithGroup("g").With("b", 2).WithGroup("h").Info("m")
			l.Info("m", slog.Group("g", slog.Group("h", slog.Group("i")), slog.Int("k", 1)))
		}, []m{{}, {"a": 1}, {}, {"g": m{"b": 2}}, {"g": m{"k": 1}}}},
		{"groups with attributes at each depth", func(l *slog.Logger) {
			l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("h").Info("m", "c", 3)
		}, []m{{"a": 1, "g": m{"b": 2, "h": m{"c": 3}}}}},
		{"a group without a name is inlined", func(l *slog.Logger) {
			l.Info("m", slog.Group("", slog.Int("a", 1), slog.Group("", slog.Int("b", 2))))
		}, []m{{"a": 1, "b": 2}}},
		{"the zero Attr is ignored", func(l *slog.Logger) {
			l.LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Attr{}, slog.Int("a", 1), slog.Group("g", slog.Attr{}))
		}, []m{{"a": 1}}},
		{"a LogValuer is resolved, in groups too", func(l *slog.Logger) {
			v := valuer(func() slog.Value {
				return slog.GroupValue(slog.Any("in", valuer(func() slog.Value { return slog.IntValue(7) })))
			})
			l.With("w", v).Info("m", "v", v, slog.Group("g", "v", v))
		}, []m{{"w": m{"in": 7}, "v": m{"in": 7}, "g": m{"v": m{"in": 7}}}}},
	}
	for _, f := range fronts() {
		for _, c := range cases {
			t.Run(f.name+"/"+c.name, func(t *testing.T) {
				got := logged(t, f, nil, c.log)
				if len(got) != len(c.want) {
					t.Fatalf("%d lines, want %d: %v", len(got), len(c.want), got)
				}
				for i := range got {
					want := m{"level": "INFO", "msg": "m"}
					for k, v := range c.want[i] {
						want[k] = v
					}
					if !reflect.DeepEqual(text(got[i]), text(want)) {
						t.Errorf("line %d: %v, want %v", i, got[i], want)
					}
				}
			})
		}
	}
}

type valuer func() slog.Value

func (v valuer) LogValue() slog.Value { return v() }

func TestLogValuerThatMisbehaves(t *testing.T) {
	var self valuer
	self = func() slog.Value { return slog.AnyValue(self) }
	var deep valuer
	deep = func() slog.Value { return slog.GroupValue(slog.Any("a", deep), slog.Any("b", deep)) }
	for _, f := range fronts() {
		for name, v := range map[string]valuer{
			"itself":            self,
			"itself in a group": deep,
			"panics":            func() slog.Value { panic("no value") },
		} {
			t.Run(f.name+"/"+name, func(t *testing.T) {
				got := logged(t, f, nil, func(l *slog.Logger) { l.Info("m", "before", 1, "v", v, "after", 2) })
				if len(got) != 1 || fmt.Sprint(got[0]["after"]) != "2" || fmt.Sprint(got[0]["before"]) != "1" || got[0]["v"] == nil {
					t.Errorf("logged %.300v, want one line with before, v and after", got)
				}
			})
		}
	}
}

type panicker struct{}

func (*panicker) String() string               { panic("no text") }
func (*panicker) MarshalJSON() ([]byte, error) { panic("no JSON") }

type broken struct{}

func (*broken) Error() string { panic("no error") }

func TestValueThatPanicsCostsNoRecord(t *testing.T) {
	for _, f := range fronts() {
		got := logged(t, f, nil, func(l *slog.Logger) {
			l.Info("m", "v", &panicker{}, "e", &broken{}, "nil", (*panicker)(nil), sluice.Exc(&broken{}), "after", 2)
		})
		if len(got) != 1 || fmt.Sprint(got[0]["after"]) != "2" {
			t.Fatalf("%s: logged %v, want one line that ends with after=2", f.name, got)
		}
		for _, key := range []string{"v", "e", "exc"} {
			if s := fmt.Sprint(got[0][key]); !strings.Contains(strings.ToLower(s), "panic") {
				t.Errorf("%s: %s is %q, want it to tell of the panic", f.name, key, s)
			}
		}
	}
}

func TestZeroTimeIsLeftOut(t *testing.T) {
	for _, f := range fronts() {
		var out bytes.Buffer
		h := sluice.NewHandler(sluice.NewStream(&out, f.format()), nil)
		if err := h.Handle(t.Context(), slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "time") {
			t.Errorf("%s: %q shows a time that the record does not have", f.name, out.String())
		}
	}
}

func TestDuplicateKeysAreAllWritten(t *testing.T) {
	for _, f := range fronts() {
		var out bytes.Buffer
		l := slog.New(sluice.NewHandler(sluice.NewStream(&out, f.format()), nil))
		l.With("k", 111).Info("m", "k", 222, "k", 333, "msg", 444)
		for _, v := range []string{"111", "222", "333", "444"} {
			if !strings.Contains(out.String(), v) {
				t.Errorf("%s: %q lacks %s", f.name, out.String(), v)
			}
		}
	}
}

func TestReplaceAttr(t *testing.T) {
	var groups []string
	o := &sluice.HandlerOptions{ReplaceAttr: func(g []string, a slog.Attr) slog.Attr {
		groups = append(groups, strings.Join(g, ".")+":"+a.Key)
		switch a.Key {
		case "secret":
			return slog.Attr{}
		case "old":
			return slog.Any("new", valuer(func() slog.Value { return slog.IntValue(5) }))
		}
		return a
	}}
	for _, f := range fronts() {
		groups = nil
		got := logged(t, f, o, func(l *slog.Logger) {
			l.With("secret", 1, "w", 2).WithGroup("g").Info("m", "old", 3, slog.Group("h", "secret", 4, "k", 5))
		})
		want := map[string]any{"level": "INFO", "msg": "m", "w": "2", "g": map[string]any{"new": "5", "h": map[string]any{"k": "5"}}}
		if len(got) != 1 || !reflect.DeepEqual(text(got[0]), text(want)) {
			t.Errorf("%s: %v, want %v", f.name, got, want)
		}
		if want := ":secret :w g:old g.h:secret g.h:k"; strings.Join(groups, " ") != want {
			t.Errorf("%s: ReplaceAttr saw %q, want %q", f.name, groups, want)
		}
	}
}

func TestLiftedAttrs(t *testing.T) {
	var c emittest.Recorder
	l := slog.New(sluice.NewHandler(&c, &sluice.HandlerOptions{Name: "outer"}))
	l.Info("plain")
	l.With(sluice.Name("app")).With(sluice.Name("app.db")).WithGroup("g").Info("named", "name", "kept", sluice.Exc(errors.New("broken")), sluice.Stack())
	records := c.Records()
	if got := records[0].Name; got != "outer" {
		t.Errorf("name %q, want the handler's", got)
	}
	r := records[1]
	if r.Name != "app.db" || r.ExcText != "*errors.errorString: broken" {
		t.Errorf("name %q, exc %q", r.Name, r.ExcText)
	}
	if !strings.HasPrefix(r.StackInfo, "Stack (most recent call last):\n") || !strings.Contains(r.StackInfo, "TestLiftedAttrs") {
		t.Errorf("stack %q does not show its caller", r.StackInfo)
	}
	if len(r.Attrs) != 1 || !r.Attrs[0].Equal(slog.String("name", "kept")) {
		t.Errorf("attributes %v, want only the program's own", r.Attrs)
	}
	if a := sluice.Exc(nil); !a.Equal(slog.Attr{}) {
		t.Errorf("Exc(nil) is %v, want the zero Attr", a)
	}
}

// TestLiftedAttrsElsewhere: to another handler they are values like others.
func TestLiftedAttrsElsewhere(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", sluice.Name("app.db"), sluice.Exc(errors.New("broken")))
	for _, want := range []string{"logger=app.db", `exc="*errors.errorString: broken"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q lacks %s", out.String(), want)
		}
	}
}

func TestLevelThreshold(t *testing.T) {
	var level slog.LevelVar
	h := sluice.NewHandler(&sluice.Null{}, &sluice.HandlerOptions{Level: &level})
	if !h.Enabled(t.Context(), slog.LevelInfo) || h.Enabled(t.Context(), slog.LevelDebug) {
		t.Error("a LevelVar at Info does not admit exactly Info and above")
	}
	level.Set(slog.LevelError)
	if h.Enabled(t.Context(), slog.LevelWarn) {
		t.Error("Warn is enabled after the level was set to Error")
	}
	fine := sluice.NewHandler(&sluice.Null{}, &sluice.HandlerOptions{Level: sluice.Level(21)})
	if fine.Admits(20) || !fine.Admits(21) {
		t.Error("a Level of 21 does not admit exactly 21 and above")
	}
}

func TestFilters(t *testing.T) {
	var c emittest.Recorder
	change := func(_ context.Context, r *sluice.Record) *sluice.Record {
		r = r.Clone()
		r.Message += "!"
		return r
	}
	inner := sluice.NewHandler(&c, &sluice.HandlerOptions{Filters: []sluice.Filter{sluice.Under("app"), change, change}})
	var plain emittest.Recorder
	l := slog.New(sluice.NewHandler(sluice.Tee(inner, sluice.NewHandler(&plain, nil)), nil))
	l.Info("dropped")
	l.Info("kept", sluice.Name("app.db"))
	if got := c.Messages(); !reflect.DeepEqual(got, []string{"kept!!"}) {
		t.Errorf("filtered handler got %q, want kept!!", got)
	}
	if got := plain.Messages(); !reflect.DeepEqual(got, []string{"dropped", "kept"}) {
		t.Errorf("the other handler got %q, want the originals", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	for _, f := range fronts() {
		const writers, each = 8, 200
		got := logged(t, f, nil, func(l *slog.Logger) {
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					mine := l.With("writer", w).WithGroup("g")
					for i := range each {
						mine.Info("m", "i", i, "check", fmt.Sprintf("%d-%d", w, i))
					}
				})
			}
			wg.Wait()
		})
		if len(got) != writers*each {
			t.Fatalf("%s: %d lines, want %d", f.name, len(got), writers*each)
		}
		for _, line := range got {
			g := line["g"].(map[string]any)
			if want := fmt.Sprintf("%v-%v", line["writer"], g["i"]); g["check"] != want {
				t.Fatalf("%s: %v mixes two records", f.name, line)
			}
		}
	}
}

// TestLogsIntoItself: what runs inside of a handler may log through it.
func TestLogsIntoItself(t *testing.T) {
	var out bytes.Buffer
	var l *slog.Logger
	depth := 0
	broken := errors.New("broken")
	o := &sluice.HandlerOptions{
		Filters: []sluice.Filter{func(_ context.Context, r *sluice.Record) *sluice.Record {
			if r.Message == "outer" {
				l.Info("from the filter")
			}
			return r
		}},
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "k" {
				l.Info("from ReplaceAttr")
			}
			return a
		},
		OnError: func(_ context.Context, _ *sluice.Record, err error) {
			if depth++; depth > 1 {
				t.Error("OnError was called from within OnError")
			}
			l.Error("from OnError", "err", err)
			depth--
		},
	}
	fails := formatterFunc(func(dst []byte, r *sluice.Record) ([]byte, error) {
		if strings.HasPrefix(r.Message, "fails") || r.Message == "from OnError" {
			return dst, broken
		}
		return append(dst, r.Message...), nil
	})
	h := sluice.NewHandler(sluice.NewStream(&out, fails), o)
	l = slog.New(h)
	v := valuer(func() slog.Value { l.Info("from LogValue"); return slog.IntValue(1) })
	l.Info("outer", "k", 1, "v", v)
	want := "from ReplaceAttr\nfrom LogValue\nfrom the filter\nouter\n"
	if out.String() != want {
		t.Errorf("wrote %q, want %q", out.String(), want)
	}
	if err := h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "fails", 0)); !errors.Is(err, broken) {
		t.Errorf("Handle gave %v, want the formatter's error", err)
	}
}

type formatterFunc func([]byte, *sluice.Record) ([]byte, error)

func (f formatterFunc) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) { return f(dst, r) }
