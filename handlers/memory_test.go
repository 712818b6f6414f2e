package handlers_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers"
)

func TestMemoryIsAnEmitter(t *testing.T) {
	emittest.Run(t, func(t *testing.T) emittest.Target {
		c := new(emittest.Recorder)
		h := handlers.NewMemory(c, &handlers.MemoryOptions{Capacity: 20, Options: handlers.Options{OnError: quiet(t)}})
		return emittest.Target{Emitter: h.Emitter(), Delivered: c.Messages}
	})
}

// The options have Python's names and defaults.
func TestMemoryOptions(t *testing.T) {
	for _, test := range []struct {
		options string
		log     []string // at INFO, WARNING and ERROR in turn
		want    []string // after these, and
		closed  []string // after Close
	}{
		{`{"capacity": 10}`, []string{"i", "w"}, nil, []string{"i", "w"}},
		{`{"capacity": 10}`, []string{"i", "w", "e", "i"}, []string{"i", "w", "e"}, []string{"i", "w", "e", "i"}},
		{`{"capacity": 2}`, []string{"i", "w", "e"}, []string{"i", "w", "e"}, []string{"i", "w", "e"}},
		{`{"capacity": 10, "flushLevel": 30}`, []string{"i", "w"}, []string{"i", "w"}, []string{"i", "w"}},
		{`{"capacity": 10, "flushLevel": 0}`, []string{"i"}, []string{"i"}, []string{"i"}},
		{`{"capacity": 10, "flushOnClose": false}`, []string{"i", "w"}, nil, nil},
		{`{"capacity": 10, "flushOnClose": true}`, []string{"i"}, nil, []string{"i"}},
		{`{}`, []string{"i"}, []string{"i"}, []string{"i"}},
	} {
		var o handlers.MemoryOptions
		if err := json.Unmarshal([]byte(test.options), &o); err != nil {
			t.Fatal(err)
		}
		c := new(emittest.Recorder)
		h := handlers.NewMemory(c, &o)
		logger := slog.New(h)
		for _, m := range test.log {
			logger.Log(t.Context(), map[string]slog.Level{"i": slog.LevelInfo, "w": slog.LevelWarn, "e": slog.LevelError}[m], m)
		}
		if got := c.Messages(); !slices.Equal(got, test.want) {
			t.Errorf("%s handed on %q, want %q", test.options, got, test.want)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if got := c.Messages(); !slices.Equal(got, test.closed) || c.Closed() {
			t.Errorf("%s closed: handed on %q, want %q", test.options, got, test.closed)
		}
	}
}

func TestMemoryDefaults(t *testing.T) {
	c := new(emittest.Recorder)
	h := handlers.NewMemory(c, nil)
	logger := slog.New(h)
	logger.Debug("below the level")
	logger.Info("at once")
	if got := c.Messages(); !slices.Equal(got, []string{"at once"}) {
		t.Errorf("handed on %q", got)
	}
	h = handlers.NewMemory(nil, &handlers.MemoryOptions{
		Limit:       2,
		ShouldFlush: func(_ int, r *sluice.Record) bool { return r.Message == "now" },
		Options:     handlers.Options{Name: "app"},
	})
	emit(t, h, "one", "two", "three")
	m := h.Emitter().(*sluice.Memory)
	m.SetTarget(c)
	emit(t, h, "now", "later")
	if got, want := c.Messages(), []string{"at once", "two", "three", "now"}; !slices.Equal(got, want) {
		t.Errorf("handed on %q, want %q", got, want)
	}
	if s := m.Stats(); s.Dropped["full"] != 1 || s.Held != 1 || c.Records()[1].Name != "app" {
		t.Errorf("stats %+v, name %q", s, c.Records()[1].Name)
	}
}

// A file that fails is told once, by its own handler.
func TestMemoryTargetReports(t *testing.T) {
	var p reports
	file := handlers.NewStream(brokenWriter{}, &handlers.Options{OnError: p.onError, Formatter: bare{}})
	h := handlers.NewMemory(file, &handlers.MemoryOptions{
		Capacity:   2,
		FlushLevel: new(sluice.Critical),
		Options:    handlers.Options{OnError: quiet(t)},
	})
	emit(t, h, "one")
	if err := handle(t, h, "two"); !errors.Is(err, errBroken) {
		t.Errorf("Handle gave %v", err)
	}
	if len(p) != 2 || p[0].message != "one" || p[1].message != "two" {
		t.Errorf("reported %v", p)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }
