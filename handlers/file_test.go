package handlers_test

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers"
)

func TestEmitters(t *testing.T) {
	for _, c := range classes() {
		for _, delay := range []bool{false, true} {
			name := c.name
			if delay {
				name += " with delay"
			}
			t.Run(name, func(t *testing.T) {
				emittest.Run(t, func(t *testing.T) emittest.Target {
					path := filepath.Join(t.TempDir(), "app.log")
					var reported reports
					h, err := c.open(path, common{delay: delay, Options: handlers.Options{OnError: reported.onError}})
					h = opened(t, h, err)
					return emittest.Target{
						Emitter:   h,
						Delivered: func() []string { return oldestFirst(t, path) },
						Reported:  func() int { return len(reported) },
					}
				})
			})
		}
	}
	t.Run("StreamHandler", func(t *testing.T) {
		emittest.Run(t, func(t *testing.T) emittest.Target {
			path := filepath.Join(t.TempDir(), "app.log")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = f.Close() })
			var reported reports
			return emittest.Target{
				Emitter:   handlers.NewStream(f, &handlers.Options{OnError: reported.onError}),
				Delivered: func() []string { return oldestFirst(t, path) },
				Reported:  func() int { return len(reported) },
			}
		})
	})
}

// What every class does with the options that all have.
func TestOptions(t *testing.T) {
	zero := "\x00"
	for _, c := range classes() {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "app.log")
			h, err := c.open(path, common{Options: handlers.Options{
				Level:      sluice.Level(25),
				Name:       "app.db",
				Filters:    []sluice.Filter{sluice.Under("app")},
				Formatter:  withoutTime{sluice.NewLogfmt(nil)},
				Terminator: &zero,
				OnError:    quiet(t),
				ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
					if a.Key == "secret" {
						a.Value = slog.StringValue("***")
					}
					return a
				},
			}})
			h = opened(t, h, err)
			l := slog.New(h)
			l.Info("below the level")
			l.Warn("not below app", sluice.Name("application"))
			l.Log(t.Context(), 2, "level 25", "secret", 7)
			l.Warn("warning", sluice.Name("app"))
			want := "level=\"Level 25\" logger=app.db msg=\"level 25\" secret=***\x00level=WARNING logger=app msg=warning\x00"
			if text, _ := os.ReadFile(path); string(text) != want {
				t.Errorf("the file has %q, want %q", text, want)
			}
		})
	}
}

// withoutTime leaves out what differs from run to run.
type withoutTime struct{ sluice.Formatter }

func (f withoutTime) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	r = r.Clone()
	r.Time = time.Time{}
	return f.Formatter.AppendRecord(dst, r)
}

// Without options: level INFO, key=value lines, a newline after each.
func TestDefaults(t *testing.T) {
	for name, open := range map[string]func(string) (*sluice.Handler, error){
		"File":     func(path string) (*sluice.Handler, error) { return handlers.NewFile(path, nil) },
		"Watched":  func(path string) (*sluice.Handler, error) { return handlers.NewWatchedFile(path, nil) },
		"Rotating": func(path string) (*sluice.Handler, error) { return handlers.NewRotatingFile(path, nil) },
		"Timed":    func(path string) (*sluice.Handler, error) { return handlers.NewTimedRotatingFile(path, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "app.log")
			put(t, path, "before\n")
			h, err := open(path)
			l := slog.New(opened(t, h, err))
			l.Debug("too low")
			l.Info("kept", "n", 1)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			before, line, _ := bytes.Cut(text, []byte("\n"))
			if string(before) != "before" || !bytes.HasPrefix(line, []byte("time=")) || !bytes.HasSuffix(line, []byte(" level=INFO msg=kept n=1\n")) {
				t.Errorf("the file has %q", text)
			}
		})
	}
}

func TestModes(t *testing.T) {
	for _, watched := range []bool{false, true} {
		open := handlers.NewFile
		if watched {
			open = handlers.NewWatchedFile
		}
		for _, c := range []struct{ mode, before, after string }{
			{"", "old\n", "old\none\ntwo\n"},
			{"a", "old\n", "old\none\ntwo\n"},
			{"w", "old\n", "one\ntwo\n"},
			{"x", "", "one\ntwo\n"},
		} {
			for _, delay := range []bool{false, true} {
				dir := t.TempDir()
				if c.before != "" {
					put(t, filepath.Join(dir, "app.log"), c.before)
				}
				h, err := open(filepath.Join(dir, "app.log"), &handlers.FileOptions{
					Mode: c.mode, Delay: delay, Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)},
				})
				emit(t, opened(t, h, err), "one", "two")
				if got := files(t, dir)["app.log"]; got != c.after {
					t.Errorf("watched %t, mode %q, delay %t: %q, want %q", watched, c.mode, delay, got, c.after)
				}
			}
		}
	}
}

// With Delay there is no file before the first record.
func TestDelay(t *testing.T) {
	for _, c := range classes() {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "app.log")
			h, err := c.open(path, common{delay: true, Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)}})
			h = opened(t, h, err)
			if err := handlers.File(h).Reopen(); err != nil {
				t.Error(err)
			}
			if err := h.Flush(t.Context()); err != nil {
				t.Error(err)
			}
			if !absent(path) {
				t.Error("there is a file before the first record")
			}
			emit(t, h, "one")
			if text, _ := os.ReadFile(path); string(text) != "one\n" {
				t.Errorf("the file has %q", text)
			}
		})
	}
}

// A file that cannot be opened when the first record comes costs that record:
// its error is returned and reported, and the next record tries again.
func TestDelayedOpenFails(t *testing.T) {
	for _, c := range classes() {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "later")
			var reported reports
			h, err := c.open(filepath.Join(dir, "app.log"), common{delay: true, Options: handlers.Options{Formatter: bare{}, OnError: reported.onError}})
			h = opened(t, h, err)
			if err := handle(t, h, "lost"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Handle gave %v, want ErrNotExist", err)
			}
			lost := 0
			for _, r := range reported {
				if r.message == "lost" {
					lost++
				}
			}
			if lost != 1 {
				t.Errorf("reported %v, want the lost record once", reported)
			}
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			emit(t, h, "kept")
			expect(t, dir, map[string]string{"app.log": "kept\n"})
		})
	}
}

// D15: a closed handler gives ErrClosed, reports each record that it did not
// take, and neither changes its file nor makes it anew.
func TestAfterClose(t *testing.T) {
	for _, c := range classes() {
		for _, gone := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, "app.log")
				var reported reports
				h, err := c.open(path, common{Options: handlers.Options{Formatter: bare{}, OnError: reported.onError}})
				h = opened(t, h, err)
				emit(t, h, "before")
				if err := h.Close(); err != nil {
					t.Fatal(err)
				}
				want := map[string]string{"app.log": "before\n"}
				if gone {
					if err := os.Remove(path); err != nil {
						t.Fatal(err)
					}
					want = nil
				}
				if err := handle(t, h, "after"); !errors.Is(err, sluice.ErrClosed) {
					t.Errorf("Handle gave %v, want ErrClosed", err)
				}
				slog.New(h).Error("after, through slog")
				if len(reported) != 2 || reported[0].message != "after" || !errors.Is(reported[1].err, sluice.ErrClosed) {
					t.Errorf("reported %v, want both records", reported)
				}
				f := handlers.File(h)
				for what, do := range map[string]func() error{"Roll": f.Roll, "Reopen": f.Reopen, "Sync": f.Sync} {
					if err := do(); !errors.Is(err, fs.ErrClosed) {
						t.Errorf("%s gave %v, want fs.ErrClosed", what, err)
					}
				}
				if err := h.Close(); err != nil {
					t.Errorf("the second Close gave %v", err)
				}
				expect(t, dir, want)
			})
		}
	}
}

// A file that is closed keeps what was written, in mode w, too.
func TestClosedInModeW(t *testing.T) {
	dir := t.TempDir()
	h, err := handlers.NewFile(filepath.Join(dir, "app.log"), &handlers.FileOptions{
		Mode: "w", Options: handlers.Options{Formatter: bare{}, OnError: (&reports{}).onError},
	})
	if err != nil {
		t.Fatal(err)
	}
	emit(t, h, "before")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	_ = handle(t, h, "after")
	expect(t, dir, map[string]string{"app.log": "before\n"})
}

// D6: a record that the disk refuses is returned as an error, and reported once.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs /dev/full")
	}
	for _, c := range classes() {
		t.Run(c.name, func(t *testing.T) {
			var reported reports
			h, err := c.open("/dev/full", common{Options: handlers.Options{OnError: reported.onError}})
			h = opened(t, h, err)
			if err := handle(t, h, "lost"); err == nil {
				t.Error("Handle gave no error")
			}
			if len(reported) != 1 || reported[0].message != "lost" {
				t.Errorf("reported %v, want the lost record once", reported)
			}
			if s := handlers.File(h).Stats(); s.Refused != 1 || s.Lines != 0 {
				t.Errorf("Stats() = %+v, want one refused", s)
			}
		})
	}
}

// A file's text is UTF-8, and nothing is put in front of it.
func TestTextIsUTF8(t *testing.T) {
	for _, c := range classes() {
		dir := t.TempDir()
		h, err := c.open(filepath.Join(dir, "app.log"), common{Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)}})
		emit(t, opened(t, h, err), "foo\u0080\u00e9\u20ac\U0001f600")
		if got, want := files(t, dir)["app.log"], "foo\xc2\x80\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n"; got != want {
			t.Errorf("%s: wrote %q, want %q", c.name, got, want)
		}
	}
}
