package sluice_test

import (
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

func TestWhere(t *testing.T) {
	is := func(want any) func(slog.Value) bool {
		return func(v slog.Value) bool { return v.Equal(slog.AnyValue(want)) }
	}
	var c emittest.Recorder
	l := slog.New(sluice.NewHandler(&c, nil)).With("top", 1).WithGroup("g").With("in", 2).WithGroup("h.i")
	l.Info("m", "k", 3, "k", 4, slog.Group("sub", "x", 5, "dot.ted", 6), "a.b", 7)
	l.Info("none")
	slog.New(sluice.NewHandler(&c, nil)).Info("plain", "k", 1)
	bound, none, plain := c.Records()[0], c.Records()[1], c.Records()[2]
	for _, test := range []struct {
		r     *sluice.Record
		path  string
		match func(slog.Value) bool
		keep  bool
	}{
		{plain, "k", nil, true},
		{plain, "k", is(1), true},
		{plain, "k", is(2), false},
		{plain, "x", nil, false},
		{plain, "", nil, false},
		{bound, "top", is(1), true},
		{bound, "g.in", is(2), true},
		{bound, "in", nil, false},
		{bound, "g", nil, false},
		{bound, "g.h.i.k", is(3), true},
		{bound, "g.h.i.k", is(4), true},
		{bound, "g.h.i.sub.x", is(5), true},
		{bound, "g.h.i.sub", nil, true},
		{bound, "g.h.i.sub.dot.ted", is(6), true},
		{bound, "g.h.i.a.b", is(7), true},
		{bound, "g.h.k", nil, false},
		{bound, "g.h.i.subx", nil, false},
		{none, "g.in", is(2), true},
		{none, "g.h.i.k", nil, false},
	} {
		got := sluice.Where(test.path, test.match)(t.Context(), test.r)
		if (got != nil) != test.keep || got != nil && got != test.r {
			t.Errorf("%s: Where(%q) gave %v, want it kept: %t", test.r.Message, test.path, got, test.keep)
		}
	}
}

func TestLevelFilters(t *testing.T) {
	for l := sluice.Level(19); l <= 21; l++ {
		r := &sluice.Record{Level: l}
		if kept := sluice.MinLevel(20)(t.Context(), r) == r; kept != (l >= 20) {
			t.Errorf("MinLevel(20) kept %d: %t", int(l), kept)
		}
		if kept := sluice.MaxLevel(20)(t.Context(), r) == r; kept != (l <= 20) {
			t.Errorf("MaxLevel(20) kept %d: %t", int(l), kept)
		}
	}
}

func TestFiltersAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	r := &sluice.Record{Name: "app.db", Attrs: []slog.Attr{slog.Group("request", slog.Int("status", 500)), slog.String("user", "ann")}}
	for name, f := range map[string]sluice.Filter{
		"Under":    sluice.Under("app"),
		"MinLevel": sluice.MinLevel(sluice.NotSet),
		"Where":    sluice.Where("request.status", func(v slog.Value) bool { return v.Int64() >= 500 }),
		"Redact":   sluice.Redact([]string{"password", "token"}, &sluice.RedactOptions{IgnoreCase: true}),
	} {
		if n := testing.AllocsPerRun(1000, func() {
			if f(t.Context(), r) != r {
				t.Fatal("the record was not kept as it is")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

func ExampleWhere() {
	h := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil)), &sluice.HandlerOptions{Filters: []sluice.Filter{
		sluice.Where("request.status", func(v slog.Value) bool { return v.Kind() == slog.KindInt64 && v.Int64() >= 500 }),
		withoutTime,
	}})
	log := slog.New(h).WithGroup("request")
	log.Info("served", "status", 200)
	log.Info("served", "status", 502)
	// Output: level=INFO msg=served request.status=502
}

func ExampleRedact() {
	h := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil)), &sluice.HandlerOptions{Filters: []sluice.Filter{
		sluice.Redact([]string{"password", "token"}, &sluice.RedactOptions{IgnoreCase: true, Replacement: "***"}),
		withoutTime,
	}})
	log := slog.New(h).With("Token", "4711")
	log.Info("login", slog.Group("user", "name", "ann", "password", "secret"))
	// Output: level=INFO msg=login Token=*** user.name=ann user.password=***
}

func ExampleNewRepeat() {
	stream := sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil))
	h := sluice.NewHandler(stream, &sluice.HandlerOptions{Filters: []sluice.Filter{withoutTime}})
	log := slog.New(sluice.NewHandler(sluice.NewRepeat(h, nil), nil))
	for range 4 {
		log.Error("no route to host", "host", "db-1")
	}
	log.Info("connected")
	fmt.Println(h.Close())
	// Output:
	// level=ERROR msg="no route to host" host=db-1
	// level=ERROR msg="last message repeated 3 times: no route to host" withheld=3
	// level=INFO msg=connected
	// <nil>
}

func ExampleNewRateLimit() {
	stream := sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil))
	limit := sluice.NewRateLimit(
		sluice.NewHandler(stream, &sluice.HandlerOptions{Filters: []sluice.Filter{withoutTime}}),
		&sluice.RateLimitOptions{Records: 2, Exempt: sluice.Error},
	)
	h := sluice.NewHandler(limit, nil)
	log := slog.New(h)
	for i := range 5 {
		log.Info("tick", "i", i)
	}
	fmt.Println(h.Close(), limit.Stats().Dropped)
	// Output:
	// level=INFO msg=tick i=0
	// level=INFO msg=tick i=1
	// level=WARNING msg="3 records withheld: rate limit" withheld=3
	// <nil> map[rate limit:3]
}

func ExampleNewSample() {
	stream := sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil))
	sample := sluice.NewSample(
		sluice.NewHandler(stream, &sluice.HandlerOptions{Filters: []sluice.Filter{withoutTime}}),
		&sluice.SampleOptions{First: 1, Every: 1000},
	)
	h := sluice.NewHandler(sample, nil)
	log := slog.New(h)
	for i := range 1000 {
		log.Info("cache miss", "i", i)
	}
	fmt.Println(h.Close(), sample.Stats().Delivered)
	// Output:
	// level=INFO msg="cache miss" i=0
	// level=WARNING msg="999 records withheld: sampling" withheld=999
	// <nil> 1
}
