package sluice_test

import (
	"bytes"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/pyval"
)

// redacted logs through a handler with the filter, and one without, and gives the
// lines of both.
func redacted(f sluice.Filter, log func(*slog.Logger)) (with, without string) {
	var out, other bytes.Buffer
	h := sluice.NewHandler(sluice.NewStream(&out, sluice.NewLogfmt(nil)), &sluice.HandlerOptions{Filters: []sluice.Filter{f, withoutTime}})
	plain := sluice.NewHandler(sluice.NewStream(&other, sluice.NewLogfmt(nil)), &sluice.HandlerOptions{Filters: []sluice.Filter{withoutTime}})
	log(slog.New(sluice.NewHandler(sluice.Tee(h, plain), nil)))
	return out.String(), other.String()
}

func TestRedact(t *testing.T) {
	f := sluice.Redact([]string{"password", "Token"}, nil)
	for _, c := range []struct {
		name string
		log  func(*slog.Logger)
		want string
	}{
		{"of the call", func(l *slog.Logger) { l.Info("m", "user", "ann", "password", "secret") },
			"user=ann password=[redacted]"},
		{"bound", func(l *slog.Logger) { l.With("password", "secret", "user", "ann").Info("m", "k", 1) },
			"password=[redacted] user=ann k=1"},
		{"within open groups", func(l *slog.Logger) {
			l.WithGroup("g").With("password", "secret").WithGroup("h").Info("m", "Token", "secret", "k", 1)
		}, "g.password=[redacted] g.h.Token=[redacted] g.h.k=1"},
		{"within group values", func(l *slog.Logger) {
			l.Info("m", slog.Group("g", "k", 1, slog.Group("h", "password", "secret")))
		}, "g.k=1 g.h.password=[redacted]"},
		{"a group of that name", func(l *slog.Logger) { l.Info("m", slog.Group("password", "old", "secret", "new", "secret")) },
			"password=[redacted]"},
		{"an open group of that name", func(l *slog.Logger) {
			l.WithGroup("password").With("old", "secret").WithGroup("g").With("x", "secret").Info("m", "new", "secret", slog.Group("h", "y", "secret"))
		}, "password.old=[redacted] password.g.x=[redacted] password.g.new=[redacted] password.g.h=[redacted]"},
		{"not by another case", func(l *slog.Logger) { l.Info("m", "Password", "shown", "token", "shown") },
			"Password=shown token=shown"},
		{"not by a part", func(l *slog.Logger) { l.Info("m", "password2", "shown") }, "password2=shown"},
	} {
		with, without := redacted(f, c.log)
		if want := "level=INFO msg=m " + c.want + "\n"; with != want {
			t.Errorf("%s: %q, want %q", c.name, with, want)
		}
		if strings.Contains(without, "redacted") {
			t.Errorf("%s: the other handler wrote %q, want the original", c.name, without)
		}
	}
}

func TestRedactOptions(t *testing.T) {
	f := sluice.Redact([]string{"pass-WORD", "größe"}, &sluice.RedactOptions{IgnoreCase: true, Replacement: "***"})
	got, _ := redacted(f, func(l *slog.Logger) { l.Info("m", "PASS-word", "secret", "GRÖSSE", "shown", "GRÖßE", "secret") })
	if want := "level=INFO msg=m PASS-word=*** GRÖSSE=shown GRÖßE=***\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// dictOf is a Python dict.
func dictOf(pairs ...any) *pyval.Dict {
	d := new(pyval.Dict)
	for i := 0; i < len(pairs); i += 2 {
		if err := d.Set(pairs[i], pairs[i+1]); err != nil {
			panic(err)
		}
	}
	return d
}

func TestRedactValues(t *testing.T) {
	f := sluice.Redact([]string{"password"}, nil)
	const gone = "[redacted]"
	secret := func() *pyval.Dict { return dictOf("user", "ann", "password", "secret", int64(7), "x") }
	clean := func() *pyval.Dict { return dictOf("user", "ann", "password", gone, int64(7), "x") }
	for _, c := range []struct{ in, want any }{
		{secret(), clean()},
		{&pyval.List{Items: []any{int64(1), secret()}}, &pyval.List{Items: []any{int64(1), clean()}}},
		{pyval.Tuple{secret(), "y"}, pyval.Tuple{clean(), "y"}},
		{dictOf("a", pyval.Tuple{dictOf("b", secret())}), dictOf("a", pyval.Tuple{dictOf("b", clean())})},
		{map[string]any{"a": []any{map[string]any{"password": 1, "b": 2}}}, map[string]any{"a": []any{map[string]any{"password": gone, "b": 2}}}},
		{map[string]string{"password": "secret", "k": "v"}, map[string]string{"password": gone, "k": "v"}},
	} {
		r := &sluice.Record{Attrs: []slog.Attr{slog.Int("i", 1), slog.Any("v", c.in)}}
		before := pyval.Repr(c.in)
		got := f(t.Context(), r)
		if got == r {
			t.Errorf("%v was kept as it is", before)
			continue
		}
		if v := got.Attrs[1].Value.Any(); !pyval.Equal(v, c.want) && !reflect.DeepEqual(v, c.want) {
			t.Errorf("%v became %v, want %v", before, pyval.Repr(v), pyval.Repr(c.want))
		}
		if v := r.Attrs[1].Value.Any(); reflect.ValueOf(v).Kind() == reflect.Pointer && v != c.in || pyval.Repr(v) != before {
			t.Errorf("the original became %v, was %v", pyval.Repr(v), before)
		}
	}
	for _, v := range []any{dictOf("user", "ann"), pyval.Tuple{"a"}, map[string]any{"k": 1}, []any{1}, 7, nil} {
		r := &sluice.Record{Attrs: []slog.Attr{slog.Any("v", v)}}
		if got := f(t.Context(), r); got != r {
			t.Errorf("%v was replaced, although there is nothing to redact", v)
		}
	}
}

// TestRedactResidue: what is kept to send a record on unchanged is redacted too.
func TestRedactResidue(t *testing.T) {
	r := &sluice.Record{Origin: &sluice.Origin{Process: 7, Residue: []pyval.Pair{{Key: "args", Value: dictOf("password", "secret", "k", "v")}, {Key: "x", Value: sluice.Absent{}}}}}
	got := sluice.Redact([]string{"password"}, nil)(t.Context(), r)
	want := &sluice.Origin{Process: 7, Residue: []pyval.Pair{{Key: "args", Value: dictOf("password", "[redacted]", "k", "v")}, {Key: "x", Value: sluice.Absent{}}}}
	if !reflect.DeepEqual(got.Origin, want) {
		t.Errorf("became %+v, want %+v", got.Origin, want)
	}
	if d := r.Origin.Residue[0].Value.(*pyval.Dict); pyval.Repr(d) != "{'password': 'secret', 'k': 'v'}" {
		t.Errorf("the original became %v", pyval.Repr(d))
	}
}

// TestRedactBounds: what is too deep, or too much, to be looked at is not shown.
func TestRedactBounds(t *testing.T) {
	f := sluice.Redact([]string{"password"}, nil)
	deep := any(dictOf("password", "secret"))
	for range 200 {
		deep = &pyval.List{Items: []any{deep}}
	}
	// Each list holds the one before ten times: 10^30 ways to the secret.
	wide := any(dictOf("password", "secret"))
	for range 30 {
		wide = &pyval.List{Items: []any{wide, wide, wide, wide, wide, wide, wide, wide, wide, wide}}
	}
	loop := &pyval.List{}
	loop.Items = []any{loop, loop, dictOf("password", "secret")}
	for name, v := range map[string]any{"deep": deep, "wide": wide, "loop": loop} {
		got := f(t.Context(), &sluice.Record{Attrs: []slog.Attr{slog.Any("v", v)}})
		if text := pyval.Repr(got.Attrs[0].Value.Any()); strings.Contains(text, "secret") {
			t.Errorf("%s: %.200s shows the secret", name, text)
		}
	}
}

// TestRedactKeepsScopes: what is bound is redacted once, not for each record.
func TestRedactKeepsScopes(t *testing.T) {
	var c emittest.Recorder
	f := sluice.Redact([]string{"password"}, nil)
	other := sluice.Redact([]string{"user"}, nil)
	h := sluice.NewHandler(&c, &sluice.HandlerOptions{Filters: []sluice.Filter{f}})
	l := slog.New(h).With("password", "secret", "user", "ann")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { l.Info("warm up") })
	}
	wg.Wait()
	l.Info("m")
	l.Info("m")
	records := c.Records()
	a, b := records[4], records[5]
	if a.Scope != b.Scope {
		t.Error("two records of one logger have two redacted scopes")
	}
	if _, attrs := a.Scope.Level(0); len(attrs) != 2 || attrs[0].Value.String() != "[redacted]" || attrs[1].Value.String() != "ann" {
		t.Errorf("bound attributes %v", attrs)
	}
	twice := other(t.Context(), a)
	if _, attrs := twice.Scope.Level(0); attrs[0].Value.String() != "[redacted]" || attrs[1].Value.String() != "[redacted]" {
		t.Errorf("bound attributes after two filters %v", attrs)
	}
	if again := f(t.Context(), a); again.Scope.Prefix() != a.Scope.Prefix() {
		t.Error("the groups changed")
	}
}
