package sluice_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// TestPassInHalves: Pass and then each of HandlersOf is what Emit does.
func TestPassInHalves(t *testing.T) {
	var recorders [2][3]emittest.Recorder
	var trees [2]*sluice.Loggers
	for i := range trees {
		tree := sluice.NewLoggers(&sluice.LoggersOptions{LastResort: sluice.NewHandler(&sluice.Null{}, nil)})
		handler := func(n int, level sluice.Level) *sluice.Handler {
			return sluice.NewHandler(&recorders[i][n], &sluice.HandlerOptions{Level: level})
		}
		root, app, alone := handler(0, sluice.Warning), handler(1, sluice.NotSet), handler(2, sluice.NotSet)
		mark := func(_ context.Context, r *sluice.Record) *sluice.Record {
			if r.Message == "drop" {
				return nil
			}
			marked := r.Clone()
			marked.Attrs = append(marked.Attrs, slog.Bool("marked", true))
			return marked
		}
		tree.SetAll(map[string]sluice.LoggerOptions{
			"":          {Handlers: []*sluice.Handler{root}},
			"app":       {Handlers: []*sluice.Handler{app, root}, Filters: []sluice.Filter{mark}},
			"app.alone": {Handlers: []*sluice.Handler{alone}, Propagate: new(bool)},
			"app.off":   {Disabled: true},
		})
		trees[i] = tree
	}
	for _, name := range []string{"", "app", "app.db", "app.alone", "app.alone.deep", "app.off", "other"} {
		for _, r := range []*sluice.Record{
			{Name: name, Message: "info", Level: sluice.Info}, {Name: name, Message: "error", Level: sluice.Error}, {Name: name, Message: "drop", Level: sluice.Error},
		} {
			if err := trees[0].Emit(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			passed, err := trees[1].Pass(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			for h := range trees[1].HandlersOf(name) {
				if passed != nil && h.Admits(passed.Level) {
					if err := h.Emit(t.Context(), passed); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	for n := range recorders[0] {
		var texts [2][]string
		for i := range recorders {
			for _, r := range recorders[i][n].Records() {
				texts[i] = append(texts[i], r.Name+" "+r.Message+" "+slog.GroupValue(r.Attrs...).String())
			}
		}
		if len(texts[0]) == 0 || !slices.Equal(texts[0], texts[1]) {
			t.Errorf("handler %d: in halves %q, want %q", n, texts[1], texts[0])
		}
	}
	for range sluice.NewLoggers(nil).HandlersOf("x") {
		t.Error("the last resort is among the handlers")
	}
	if err := trees[1].Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := trees[1].Pass(t.Context(), &sluice.Record{}); !errors.Is(err, sluice.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	for range trees[1].HandlersOf("app") {
		t.Error("a tree that is closed has handlers")
	}
}
