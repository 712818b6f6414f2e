package handlers_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
)

// TestMain runs in a directory of its own: the examples write app.log, as a
// reader of theirs would.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "handlers")
	if err == nil {
		err = os.Chdir(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	// Windows removes no directory that a process stands in.
	_ = os.Chdir(os.TempDir())
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// class is one of the constructors that write a file, with what all of their
// options have in common.
type class struct {
	name string
	open func(path string, o common) (*sluice.Handler, error)
}

type common struct {
	delay bool
	handlers.Options
}

func classes() []class {
	return []class{
		{"FileHandler", func(path string, o common) (*sluice.Handler, error) {
			return handlers.NewFile(path, &handlers.FileOptions{Delay: o.delay, Options: o.Options})
		}},
		{"WatchedFileHandler", func(path string, o common) (*sluice.Handler, error) {
			return handlers.NewWatchedFile(path, &handlers.FileOptions{Delay: o.delay, Options: o.Options})
		}},
		{"RotatingFileHandler", func(path string, o common) (*sluice.Handler, error) {
			return handlers.NewRotatingFile(path, &handlers.RotatingFileOptions{
				MaxBytes: 4096, BackupCount: 100, Delay: o.delay, Options: o.Options,
			})
		}},
		{"TimedRotatingFileHandler", func(path string, o common) (*sluice.Handler, error) {
			return handlers.NewTimedRotatingFile(path, &handlers.TimedRotatingFileOptions{
				When: "D", Delay: o.delay, Options: o.Options,
			})
		}},
	}
}

// bare is a Formatter of the message alone, Python's default.
type bare struct{}

func (bare) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	return append(dst, r.Message...), nil
}

// reports are the calls of an OnError.
type reports []report

type report struct {
	message string // of the record; "-" for none
	err     error
}

func (p *reports) onError(_ context.Context, r *sluice.Record, err error) {
	message := "-"
	if r != nil {
		message = r.Message
	}
	*p = append(*p, report{message, err})
}

// quiet fails the test for every report.
func quiet(t *testing.T) sluice.ErrorFunc {
	return func(_ context.Context, r *sluice.Record, err error) { t.Errorf("reported %v about %v", err, r) }
}

// opened is h, closed when the test ends.
func opened(t *testing.T, h *sluice.Handler, err error) *sluice.Handler {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// emit logs messages at ERROR and fails the test for one that is not delivered.
func emit(t *testing.T, h *sluice.Handler, messages ...string) {
	t.Helper()
	for _, m := range messages {
		if err := handle(t, h, m); err != nil {
			t.Fatalf("Handle(%q): %v", m, err)
		}
	}
}

func handle(t *testing.T, h *sluice.Handler, message string) error {
	t.Helper()
	return h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelError, message, 0))
}

// files gives what lies in dir, by name; a directory is "<dir>".
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range entries {
		if e.IsDir() {
			got[e.Name()] = "<dir>"
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(content)
	}
	return got
}

// expect checks what lies in dir.
func expect(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := files(t, dir)
	for name, content := range want {
		if g, ok := got[name]; !ok {
			t.Errorf("%s: not there, want %q", name, content)
		} else if g != content {
			t.Errorf("%s: %q, want %q", name, g, content)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %q, want no such file", name, got[name])
		}
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func absent(path string) bool {
	_, err := os.Lstat(path)
	return os.IsNotExist(err)
}

// show prints a file's lines without their times, for the examples.
func show(names ...string) {
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			fmt.Println(err)
		}
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "time="); ok {
				_, line, _ = strings.Cut(rest, " ")
			}
			fmt.Print(line)
		}
	}
}

// oldestFirst gives the lines of path's backups, the highest number first, and
// then of path itself.
func oldestFirst(t *testing.T, path string) []string {
	t.Helper()
	names, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	sort.Slice(names, func(i, j int) bool {
		if len(names[i]) != len(names[j]) {
			return len(names[i]) > len(names[j])
		}
		return names[i] > names[j]
	})
	var all strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return strings.FieldsFunc(all.String(), func(r rune) bool { return r == '\n' })
}

// unixOnly skips a test of what others may do to an open file only on POSIX
// systems.
func unixOnly(t *testing.T) {
	t.Helper()
	if os.PathSeparator != '/' {
		t.Skip("needs POSIX files")
	}
}
