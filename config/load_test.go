package config_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/emittest"
)

// load loads text, in which $TMP is dir, and shuts down at the end of the test.
func load(t *testing.T, dir, text string, o *config.Options) *config.System {
	t.Helper()
	if o == nil {
		o = &config.Options{}
	}
	if o.OnError == nil {
		o.OnError = func(_ context.Context, _ *sluice.Record, err error) { t.Error(err) }
	}
	sys, err := config.Load("logging.yaml", in(dir, text), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, sys) })
	return sys
}

func in(dir, text string) []byte { return []byte(strings.ReplaceAll(text, "$TMP", dir)) }

func shut(t *testing.T, sys *config.System) {
	t.Helper()
	if err := sys.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func content(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

// recorders are a class of handlers that record: one Recorder for each handler.
func recorders() (map[string]*emittest.Recorder, map[string]config.Class) {
	all := map[string]*emittest.Recorder{}
	return all, map[string]config.Class{"test.Recorder": func(b *config.Builder) (config.Open, error) {
		var a struct {
			Generation int `json:"generation"`
		}
		err := b.Decode(&a)
		return func() (sluice.Emitter, func() sluice.Stats, error) {
			r := new(emittest.Recorder)
			all[b.Name()] = r
			return r, nil, nil
		}, err
	}}
}

func messages(r *emittest.Recorder) string {
	var all []string
	for _, r := range r.Records() {
		all = append(all, r.Message)
	}
	return strings.Join(all, " ")
}

const basic = `
version: 1
formatters:
  plain: {format: "%(levelname)s:%(name)s:%(message)s"}
handlers:
  all: {class: logging.FileHandler, filename: $TMP/all.log, formatter: plain}
  db: {class: logging.FileHandler, filename: $TMP/db.log, level: ERROR, formatter: plain}
loggers:
  app.db: {level: DEBUG, handlers: [db], propagate: yes}
root: {level: INFO, handlers: [all]}
`

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	sys := load(t, dir, basic, nil)
	sys.Logger("app").Debug("no")
	sys.Logger("app").Info("one")
	sys.Logger("app.db").Debug("two")
	sys.Logger("app.db.pool").Error("three")
	if got, want := content(t, dir, "all.log"), "INFO:app:one\nDEBUG:app.db:two\nERROR:app.db.pool:three\n"; got != want {
		t.Errorf("all.log has %q, want %q", got, want)
	}
	if got, want := content(t, dir, "db.log"), "ERROR:app.db.pool:three\n"; got != want {
		t.Errorf("db.log has %q, want %q", got, want)
	}
	if st := sys.Stats()["all"]; st.Delivered != 3 {
		t.Errorf("Stats of all: %+v", st)
	}
	if sys.File("db") == nil || sys.Handler("db") == nil || sys.Handler("nobody") != nil {
		t.Error("File or Handler does not know what there is")
	}
}

// Memory, queue and what they hand on to come in any order.
func TestAnyOrder(t *testing.T) {
	dir := t.TempDir()
	sys := load(t, dir, `
version: 1
handlers:
  a: {class: logging.handlers.QueueHandler, handlers: [m], queue: {"()": queue.Queue, maxsize: 100}}
  m: {class: logging.handlers.MemoryHandler, capacity: 100, flushLevel: CRITICAL, target: z}
  z: {class: logging.FileHandler, filename: $TMP/z.log}
root: {level: INFO, handlers: [a]}
`, nil)
	sys.Logger("x").Info("one")
	sys.Logger("x").Info("two")
	shut(t, sys)
	if got := content(t, dir, "z.log"); got != "one\ntwo\n" {
		t.Errorf("z.log has %q", got)
	}
}

// Whatever is wrong, nothing was opened, and all of it is told.
func TestErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := config.Load("logging.yaml", in(dir, `
version: 1
formatters:
  plain: {format: "{message}"}
handlers:
  file:
    class: logging.handlers.RotatingFileHandler
    filename: $TMP/all.log
    maxBytes: 10 MB
    backupCout: 3
  mail: {class: logging.handlers.RotatingFile, filename: $TMP/b.log}
loggers:
  app: {level: INFOO, handlers: [fiel]}
`), nil)
	want := []string{
		`logging.yaml:4:19: formatters.plain.format: format "{message}": ValueError: Invalid format '{message}' for '%' style`,
		`logging.yaml:9:15: handlers.file.maxBytes: "10 MB" is not an integer`,
		`logging.yaml:10:5: handlers.file.backupCout: unknown key; did you mean backupCount?`,
		`logging.yaml:11:17: handlers.mail.class: no handler is known as "logging.handlers.RotatingFile"; did you mean logging.handlers.RotatingFileHandler?`,
		`logging.yaml:13:16: loggers.app.level: "INFOO" is not a level: a number, or a name such as INFO; did you mean INFO?`,
		`logging.yaml:13:34: loggers.app.handlers: there is no handler "fiel"; did you mean file?`,
	}
	if err == nil {
		t.Fatal("no error")
	}
	if got := err.Error(); got != strings.Join(want, "\n") {
		t.Errorf("told\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// A file that turns out not to open leaves none of the others behind.
func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	text := strings.Replace(basic, "filename: $TMP/db.log", "filename: $TMP/db.log, noFollow: true", 1)
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "db.log")); err != nil {
		t.Skip(err)
	}
	_, err := config.Load("logging.yaml", in(dir, text), nil)
	var all config.Errors
	if !errors.As(err, &all) || len(all) != 1 || all[0].Path != "handlers.db.filename" {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
