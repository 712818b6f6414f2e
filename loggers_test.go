package sluice_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// recording returns a handler that admits everything and what it is given.
func recording() (*sluice.Handler, *emittest.Recorder) {
	c := new(emittest.Recorder)
	return sluice.NewHandler(c, &sluice.HandlerOptions{Level: sluice.NotSet}), c
}

// tree returns loggers whose root has a recording handler and lets everything
// through.
func tree() (*sluice.Loggers, *emittest.Recorder) {
	h, c := recording()
	l := sluice.NewLoggers(nil)
	l.Set("", sluice.LoggerOptions{Level: new(sluice.NotSet), Handlers: []*sluice.Handler{h}})
	return l, c
}

// enabled gives those of Python's named levels that name's logger lets through.
func enabled(l *sluice.Loggers, name string) string {
	var names []string
	for _, level := range []sluice.Level{sluice.Debug, sluice.Info, sluice.Warning, sluice.Error, sluice.Critical} {
		admits := l.Handler(name).Admits(level)
		if admits != l.Logger(name).Enabled(context.Background(), level.Level()) {
			return "Admits and Enabled differ at " + level.String()
		}
		if admits {
			names = append(names, level.String())
		}
	}
	return strings.Join(names, " ")
}

const (
	fromDebug   = "DEBUG INFO WARNING ERROR CRITICAL"
	fromInfo    = "INFO WARNING ERROR CRITICAL"
	fromWarning = "WARNING ERROR CRITICAL"
	fromError   = "ERROR CRITICAL"
)

func TestLoggersLevels(t *testing.T) {
	l := sluice.NewLoggers(nil)
	check := func(name, want string) {
		t.Helper()
		if got := enabled(l, name); got != want {
			t.Errorf("%q lets through %s, want %s", name, got, want)
		}
	}
	check("", fromWarning)
	check("a.b.c", fromWarning)

	// An explicit level stands, whatever is above it.
	l.SetLevel("err", sluice.Error)
	l.SetLevel("err.deb", sluice.Debug)
	check("err", fromError)
	check("err.deb", fromDebug)
	check("err.deb.x.y", fromDebug)

	// A virtual parent that becomes a logger is inherited from by what is there.
	check("inf.x.und.grandchild", fromWarning)
	l.SetLevel("inf.x", sluice.Info)
	check("inf.x.und.grandchild", fromInfo)
	check("inf", fromWarning)
	check("inf.xx", fromWarning)

	l.SetLevel("inf.x", sluice.NotSet)
	check("inf.x.und.grandchild", fromWarning)
	l.SetLevel("root", sluice.NotSet)
	check("inf.x.und.grandchild", fromDebug)
	check("err", fromError)

	// Levels between those of slog.
	l.SetLevel("fine", 21)
	if l.Handler("fine").Admits(20) || !l.Handler("fine").Admits(21) {
		t.Error("a logger at 21 does not admit exactly 21 and above")
	}
	l.SetLevel("negative", -10)
	if got := l.EffectiveLevel("negative.child"); got != -10 {
		t.Errorf("a child of a logger at -10 goes by %d", int(got))
	}
}

func TestLoggersDisable(t *testing.T) {
	l, c := tree()
	l.SetLevel("err", sluice.Error)
	for _, step := range []struct {
		disable   sluice.Level
		root, err string
	}{
		{sluice.Warning, fromError, fromError},
		{sluice.Error, "CRITICAL", "CRITICAL"},
		{sluice.Critical, "", ""},
		{math.MaxInt, "", ""},
		{15, fromInfo, fromError},
		{sluice.NotSet, fromDebug, fromError},
	} {
		l.Disable(step.disable)
		if root, err := enabled(l, ""), enabled(l, "err"); root != step.root || err != step.err {
			t.Errorf("Disable(%v): root %q, err %q, want %q, %q", step.disable, root, err, step.root, step.err)
		}
	}
	if !l.Handler("").Admits(0) {
		t.Error("a root at NotSet does not admit NotSet when nothing is disabled")
	}
	l.Disable(sluice.Critical)
	_ = l.Emit(t.Context(), &sluice.Record{Name: "a", Level: sluice.Info, Message: "received"})
	if got := c.Messages(); !reflect.DeepEqual(got, []string{"received"}) {
		t.Errorf("handled %q, want what was received although levels are disabled", got)
	}
}

func TestLoggerDisabled(t *testing.T) {
	l, c := tree()
	l.Set("a", sluice.LoggerOptions{Disabled: true})
	if got := enabled(l, "a"); got != "" {
		t.Errorf("a disabled logger lets through %s", got)
	}
	if got := enabled(l, "a.b"); got != fromDebug {
		t.Errorf("the child of a disabled logger lets through %s", got)
	}
	for _, name := range []string{"a", "a.b", "a.unknown"} {
		if err := l.Emit(t.Context(), &sluice.Record{Name: name, Level: sluice.Critical, Message: name}); err != nil {
			t.Error(err)
		}
	}
	if got := c.Messages(); !reflect.DeepEqual(got, []string{"a.b", "a.unknown"}) {
		t.Errorf("handled %q, want all but the disabled logger's own", got)
	}
}

// TestLoggersHandlers: a record goes to the handlers of its logger and up the
// tree, each by its own level and filters.
func TestLoggersHandlers(t *testing.T) {
	l, root := tree()
	app, appGot := recording()
	l.Set("app", sluice.LoggerOptions{Handlers: []*sluice.Handler{app}, Level: new(sluice.Critical), Filters: []sluice.Filter{sluice.Under("nobody")}})
	strict := new(emittest.Recorder)
	l.Set("app.db", sluice.LoggerOptions{Level: new(sluice.Debug), Handlers: []*sluice.Handler{
		sluice.NewHandler(strict, &sluice.HandlerOptions{Level: sluice.Error}),
	}})
	log := l.Logger("app.db")
	log.Debug("quiet")
	log.Error("loud")
	l.Logger("").Info("root's own")
	l.Logger("app").Error("filtered")
	for _, c := range []struct {
		name string
		got  *emittest.Recorder
		want []string
	}{
		{"root", root, []string{"quiet", "loud", "root's own"}},
		{"app", appGot, []string{"quiet", "loud"}},
		{"app.db", strict, []string{"loud"}},
	} {
		if got := c.got.Messages(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s handled %q, want %q", c.name, got, c.want)
		}
	}
	if got := root.Records()[0].Name; got != "app.db" {
		t.Errorf("the record is named %q", got)
	}
	if got := root.Records()[2].Name; got != "root" {
		t.Errorf("the root's record is named %q, want Python's name", got)
	}
}

func TestLoggersPropagate(t *testing.T) {
	l, root := tree()
	h, got := recording()
	if l.HasHandlers("x") != true {
		t.Error("a logger below a root with a handler has none")
	}
	l.Set("a", sluice.LoggerOptions{Propagate: new(false)})
	l.Set("a.b", sluice.LoggerOptions{Handlers: []*sluice.Handler{h}})
	if l.HasHandlers("a") || !l.HasHandlers("a.b") || l.HasHandlers("a.c.unknown") {
		t.Error("HasHandlers looks past a logger that does not propagate")
	}
	l.Logger("a.b").Info("below")
	l.Logger("a.b.c").Info("further below")
	l.Logger("ab").Info("beside")
	if m := got.Messages(); !reflect.DeepEqual(m, []string{"below", "further below"}) {
		t.Errorf("a.b handled %q", m)
	}
	if m := root.Messages(); !reflect.DeepEqual(m, []string{"beside"}) {
		t.Errorf("the root handled %q", m)
	}
	l.Set("a", sluice.LoggerOptions{})
	l.Logger("a.b").Info("again")
	if m := root.Messages(); !reflect.DeepEqual(m, []string{"beside", "again"}) {
		t.Errorf("the root handled %q after a propagates again", m)
	}
}

func TestLoggersEmit(t *testing.T) {
	l, c := tree()
	l.SetLevel("a", sluice.Critical)
	l.Set("a.b", sluice.LoggerOptions{Filters: []sluice.Filter{sluice.MinLevel(sluice.Error)}})
	for _, r := range []sluice.Record{
		{Name: "a", Level: sluice.Debug, Message: "the logger's level is not asked"},
		{Name: "a.b", Level: sluice.Warning, Message: "its filters are"},
		{Name: "a.b.c", Level: sluice.Warning, Message: "those above are not"},
		{Name: "", Level: sluice.Debug, Message: "no name is the root's"},
		{Name: "root", Level: sluice.Debug, Message: "root"},
		{Name: strings.Repeat("x.", 1<<20), Level: sluice.Debug, Message: "long"},
	} {
		if err := l.Emit(t.Context(), &r); err != nil {
			t.Errorf("%s: %v", r.Message, err)
		}
	}
	want := []string{"the logger's level is not asked", "those above are not", "no name is the root's", "root", "long"}
	if got := c.Messages(); !reflect.DeepEqual(got, want) {
		t.Errorf("handled %q, want %q", got, want)
	}
	if got := l.Names(); !reflect.DeepEqual(got, []string{"a", "a.b"}) {
		t.Errorf("loggers %q: received records made some", got)
	}
}

func TestLoggersFilters(t *testing.T) {
	l, root := tree()
	more := func(s string) sluice.Filter {
		return func(_ context.Context, r *sluice.Record) *sluice.Record {
			r = r.Clone()
			r.Message += s
			return r
		}
	}
	own := new(emittest.Recorder)
	l.Set("a", sluice.LoggerOptions{
		Filters:  []sluice.Filter{more("1"), more("2")},
		Handlers: []*sluice.Handler{sluice.NewHandler(own, &sluice.HandlerOptions{Filters: []sluice.Filter{more("3")}})},
	})
	l.Logger("a").Info("m")
	if got := own.Messages(); !reflect.DeepEqual(got, []string{"m123"}) {
		t.Errorf("the handler with a filter got %q, want what all three filters made", got)
	}
	if got := root.Messages(); !reflect.DeepEqual(got, []string{"m12"}) {
		t.Errorf("the other handler got %q, want what the logger's filters made", got)
	}
	l.Set("a", sluice.LoggerOptions{})
	l.Logger("a").Info("m")
	if got := root.Messages()[1]; got != "m" {
		t.Errorf("got %q after the filters were removed", got)
	}
}

func TestLoggersCustomLevels(t *testing.T) {
	names := new(sluice.LevelNames)
	for l := sluice.Level(111); l <= 120; l++ {
		names.Add(l, fmt.Sprintf("CUSTOM%d", int(l)))
	}
	names.Add(sluice.Info, "Information")
	l := sluice.NewLoggers(&sluice.LoggersOptions{Levels: names})
	h, c := recording()
	l.Set("", sluice.LoggerOptions{Level: new(sluice.Level(116)), Handlers: []*sluice.Handler{h}})
	for level := sluice.Level(111); level <= 120; level++ {
		if l.Handler("x").Admits(level) {
			_ = l.Emit(t.Context(), &sluice.Record{Name: "x", Level: level})
		}
	}
	l.SetLevel("", sluice.NotSet)
	l.Logger("").Info("m")
	_ = l.Emit(t.Context(), &sluice.Record{Level: 120, LevelName: "from afar"})
	_ = l.Emit(t.Context(), &sluice.Record{Level: 99})
	var got []string
	for _, r := range c.Records() {
		got = append(got, r.LevelText())
	}
	want := []string{"CUSTOM116", "CUSTOM117", "CUSTOM118", "CUSTOM119", "CUSTOM120", "Information", "from afar", "Level 99"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("levels %q, want %q", got, want)
	}
}

func TestLoggersLastResort(t *testing.T) {
	last, c := recording()
	l := sluice.NewLoggers(&sluice.LoggersOptions{LastResort: last})
	l.Logger("a").Warn("nobody else")
	h, other := recording()
	l.Set("a", sluice.LoggerOptions{Handlers: []*sluice.Handler{h}})
	l.Logger("a").Warn("handled")
	l.Set("b", sluice.LoggerOptions{Propagate: new(false)})
	l.Logger("b").Warn("nobody again")
	if got := c.Messages(); !reflect.DeepEqual(got, []string{"nobody else", "nobody again"}) {
		t.Errorf("the last resort got %q", got)
	}
	if got := other.Messages(); !reflect.DeepEqual(got, []string{"handled"}) {
		t.Errorf("the handler got %q", got)
	}
}

func TestLoggersNames(t *testing.T) {
	l := sluice.NewLoggers(nil)
	if l.Logger("") != l.Logger("root") {
		t.Error("\"\" and \"root\" are two loggers")
	}
	if a, b := l.Logger("a.b"), l.Logger("a.b"); a != b {
		t.Error("a logger is another one each time")
	}
	if l.Logger("a.b").Handler() != slog.Handler(l.Handler("a.b")) {
		t.Error("Handler is not the logger's")
	}
	for _, name := range []string{"root.x", ".", "..", "a.", ".a", " ", "\xff", "a..b"} {
		l.Logger(name)
	}
	l.SetLevel("set", sluice.Info)
	want := []string{" ", ".", "..", ".a", "a.", "a..b", "a.b", "root.x", "set", "\xff"}
	if got := l.Names(); !reflect.DeepEqual(got, want) {
		t.Errorf("names %q, want %q: placeholders are no loggers", got, want)
	}
	if l.Logger("a"); len(l.Names()) != len(want)+1 {
		t.Errorf("names %q: a placeholder that is asked for becomes a logger", l.Names())
	}
	// The root's name is no parent's.
	l.SetLevel("root", sluice.Error)
	if got := l.Options("root.x"); got.Level != nil {
		t.Errorf("root.x has the options %+v", got)
	}
	if got := l.Options("nobody"); !reflect.DeepEqual(got, sluice.LoggerOptions{}) {
		t.Errorf("a logger that is not there has the options %+v", got)
	}
	o := l.Options("set")
	*o.Level = sluice.Critical
	if got := *l.Options("set").Level; got != sluice.Info {
		t.Errorf("the level is %v after a copy of the options was changed", got)
	}
}

// TestLoggersNameAttr: With(Name(...)) places a record elsewhere in the tree.
func TestLoggersNameAttr(t *testing.T) {
	l, root := tree()
	h, c := recording()
	l.Set("b", sluice.LoggerOptions{Handlers: []*sluice.Handler{h}, Propagate: new(false)})
	l.Logger("a").With(sluice.Name("b")).WithGroup("g").Info("m", "k", 1)
	if len(root.Records()) != 0 || len(c.Records()) != 1 {
		t.Fatalf("the root got %q, b got %q", root.Messages(), c.Messages())
	}
	if r := c.Records()[0]; r.Name != "b" || r.Scope.Prefix() != "g." {
		t.Errorf("got the name %q and groups %q", r.Name, r.Scope.Prefix())
	}
}
