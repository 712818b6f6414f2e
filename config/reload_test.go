package config_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/emittest"
)

func reload(t *testing.T, sys *config.System, dir, text string) {
	t.Helper()
	if err := sys.Reload(t.Context(), "logging.yaml", in(dir, text)); err != nil {
		t.Fatal(err)
	}
}

// What did not change keeps its file open, also when level, filters and formatter of
// the handler did.
func TestReloadKeeps(t *testing.T) {
	dir := t.TempDir()
	sys := load(t, dir, basic, nil)
	file, handler := sys.File("all"), sys.Handler("all")
	log := sys.Logger("app")
	log.Info("one")
	next := strings.Replace(basic, `"%(levelname)s:%(name)s:%(message)s"`, `"%(message)s"`, 1)
	next = strings.Replace(next, "formatter: plain}\n  db:", "formatter: plain, level: WARNING, filters: [app]}\n  db:", 1) + "filters: {app: {name: app}}\n"
	reload(t, sys, dir, next)
	if sys.File("all") != file || sys.Handler("all") != handler {
		t.Error("the file was opened anew")
	}
	log.Info("two")
	log.Warn("three")
	sys.Logger("other").Warn("four")
	if got, want := content(t, dir, "all.log"), "INFO:app:one\nthree\n"; got != want {
		t.Errorf("all.log has %q, want %q", got, want)
	}
}

// A handler that is made anew under its name takes over between two records, and the
// file that both write is not emptied: a reload is no restart.
func TestReloadReplaces(t *testing.T) {
	dir := t.TempDir()
	text := strings.Replace(basic, "filename: $TMP/all.log", "filename: $TMP/all.log, mode: w", 1)
	sys := load(t, dir, text, nil)
	file := sys.File("all")
	sys.Logger("app").Info("one")
	reload(t, sys, dir, strings.Replace(text, "mode: w", "mode: w, encoding: latin-1", 1))
	if sys.File("all") == file {
		t.Error("the file was not opened anew")
	}
	if _, err := file.Write([]byte("late")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the former file is open: %v", err)
	}
	sys.Logger("app").Info("é")
	if got, want := content(t, dir, "all.log"), "INFO:app:one\nINFO:app:\xe9\n"; got != want {
		t.Errorf("all.log has %q, want %q", got, want)
	}
}

// Loggers that the new configuration does not name go by those above them, whatever
// the former one said, and stay enabled.
func TestReloadForgets(t *testing.T) {
	made, classes := recorders()
	o := &config.Options{Classes: classes}
	sys := load(t, "", `
version: 1
handlers: {r: {class: test.Recorder}, s: {class: test.Recorder}}
loggers: {a: {level: ERROR, handlers: [s], propagate: no}}
root: {level: DEBUG, handlers: [r]}`, o)
	a, later := sys.Logger("a"), sys.Logger("later")
	a.Info("dropped")
	reload(t, sys, "", `
version: 1
handlers: {r: {class: test.Recorder}}
root: {level: INFO, handlers: [r]}`)
	a.Info("one")
	later.Info("two")
	later.Debug("dropped")
	if got := messages(made["r"]); got != "one two" {
		t.Errorf("r has %q", got)
	}
	if err := made["s"].Emit(t.Context(), &sluice.Record{}); !errors.Is(err, sluice.ErrClosed) {
		t.Errorf("the handler that is gone was not closed: %v", err)
	}
}

// What a handler that is gone still held goes to its target, also where that goes with
// it.
func TestReloadHandsOn(t *testing.T) {
	dir := t.TempDir()
	sys := load(t, dir, `
version: 1
handlers:
  queue: {class: logging.handlers.QueueHandler, handlers: [memory]}
  memory: {class: logging.handlers.MemoryHandler, capacity: 100, target: file}
  file: {class: logging.FileHandler, filename: $TMP/file.log}
root: {level: INFO, handlers: [queue]}`, nil)
	sys.Logger("a").Info("one")
	sys.Logger("a").Info("two")
	reload(t, sys, dir, "{version: 1, handlers: {other: {class: logging.NullHandler}}, root: {handlers: [other]}}")
	if got := content(t, dir, "file.log"); got != "one\ntwo\n" {
		t.Errorf("file.log has %q", got)
	}
}

// A second Load is Python's second dictConfig.
func TestLoadAgain(t *testing.T) {
	made, classes := recorders()
	sys := load(t, "", "version: 1\nhandlers: {r: {class: test.Recorder}}\nroot: {level: DEBUG, handlers: [r]}", &config.Options{Classes: classes})
	old, child := sys.Logger("old"), sys.Logger("new.child")
	again := "version: 1\nhandlers: {r: {class: test.Recorder}}\nloggers: {new: {level: INFO}}\nroot: {handlers: [r]}\n"
	if err := sys.Load(t.Context(), "again.yaml", []byte(again)); err != nil {
		t.Fatal(err)
	}
	old.Error("disabled")
	child.Info("one")
	if err := sys.Load(t.Context(), "again.yaml", []byte(again+"disable_existing_loggers: false\n")); err != nil {
		t.Fatal(err)
	}
	old.Debug("two")
	if err := sys.Load(t.Context(), "inc.yaml", []byte("{version: 1, incremental: true, handlers: {r: {level: ERROR}}, root: {level: WARNING}}")); err != nil {
		t.Fatal(err)
	}
	old.Warn("below the handler's level")
	old.Error("three")
	if got := messages(made["r"]); got != "one two three" {
		t.Errorf("r has %q", got)
	}
}

// Whatever is wrong with the new one, the former goes on.
func TestReloadBad(t *testing.T) {
	dir := t.TempDir()
	sys := load(t, dir, basic, nil)
	before := fmt.Sprint(sys.Tree())
	for _, bad := range []string{
		"", "[", "version: 2", "version: 1\nhandlers: {x: {class: no}}",
		strings.Replace(basic, "db.log", "nowhere/db.log", 1),
		strings.Replace(basic, "all.log, ", "new.log, when: never, ", 1),
	} {
		if err := sys.Reload(t.Context(), "bad.yaml", in(dir, bad)); err == nil {
			t.Errorf("no error for %q", bad)
		}
		if after := fmt.Sprint(sys.Tree()); after != before {
			t.Errorf("%q changed the tree", bad)
		}
	}
	sys.Logger("app").Info("still")
	if got := content(t, dir, "all.log"); got != "INFO:app:still\n" {
		t.Errorf("all.log has %q", got)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("the directory has %v (%v)", left, err)
	}
}

// Under load each record is handled once by the handler that all configurations have,
// whether it stays, is made anew, moves to another logger or stands behind a queue and
// a memory.
func TestReloadUnderLoad(t *testing.T) {
	const goroutines, records = 8, 4000
	var all []*emittest.Recorder
	classes := map[string]config.Class{"test.Recorder": func(b *config.Builder) (config.Open, error) {
		var a struct {
			Generation int `json:"generation"`
		}
		err := b.Decode(&a)
		return func() (sluice.Emitter, func() sluice.Stats, error) {
			r := new(emittest.Recorder)
			all = append(all, r)
			return r, nil, nil
		}, err
	}}
	texts := []string{
		`{version: 1, handlers: {r: {class: test.Recorder, generation: %d}}, root: {level: INFO, handlers: [r]}}`,
		`{version: 1, handlers: {r: {class: test.Recorder, generation: %d}}, loggers: {app: {level: INFO, handlers: [r]}}}`,
		`{version: 1, handlers: {q: {class: logging.handlers.QueueHandler, handlers: [r]}, r: {class: test.Recorder, generation: %d}}, root: {level: INFO, handlers: [q]}}`,
		`{version: 1, handlers: {m: {class: logging.handlers.MemoryHandler, capacity: 7, target: r}, r: {class: test.Recorder, generation: %d}}, root: {level: INFO, handlers: [m]}}`,
	}
	sys := load(t, "", fmt.Sprintf(texts[0], 0), &config.Options{Classes: classes})
	log := sys.Logger("app.x")
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range records {
				log.Info(fmt.Sprint(g, " ", i))
			}
		})
	}
	ended := make(chan struct{})
	go func() { wg.Wait(); close(ended) }()
	for i := 1; ; i++ {
		select {
		case <-ended:
			shut(t, sys)
			seen := map[string]int{}
			for _, r := range all {
				for _, r := range r.Records() {
					seen[r.Message]++
				}
			}
			for m, n := range seen {
				if n != 1 {
					t.Fatalf("%q came %d times", m, n)
				}
			}
			if len(seen) != goroutines*records {
				t.Errorf("%d records came, want %d, after %d reloads", len(seen), goroutines*records, i)
			}
			return
		default:
		}
		text := fmt.Sprintf(texts[i%len(texts)], i/len(texts)/2)
		if i%10 == 9 {
			text = "version: broken"
		}
		if err := sys.Reload(context.Background(), "logging.yaml", []byte(text)); (err != nil) != (i%10 == 9) {
			t.Fatal(err)
		}
	}
}

func TestShutdownEndsReload(t *testing.T) {
	dir := t.TempDir()
	sys := load(t, dir, basic, nil)
	shut(t, sys)
	if err := sys.Reload(t.Context(), "logging.yaml", in(dir, basic)); !errors.Is(err, sluice.ErrClosed) {
		t.Errorf("Reload after Shutdown: %v", err)
	}
}
