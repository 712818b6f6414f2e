package handlers_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
)

func TestStream(t *testing.T) {
	var out bytes.Buffer
	none := ""
	h := handlers.NewStream(&out, &handlers.Options{Formatter: bare{}, Terminator: &none, OnError: quiet(t)})
	emit(t, h, "one", "two\n")
	if out.String() != "onetwo\n" {
		t.Errorf("wrote %q", out.String())
	}
	if handlers.File(h) != nil {
		t.Error("File of a StreamHandler is not nil")
	}
}

// Close leaves the writer open: it is the program's.
func TestStreamCloseLeavesOpen(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := handlers.NewStream(f, nil)
	slog.New(h).Info("one")
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.WriteString("two\n"); err != nil {
		t.Errorf("the writer was closed: %v", err)
	}
}

// No writer is standard error as it is when the handler is made.
func TestStreamOfNothingIsStandardError(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	saved := os.Stderr
	os.Stderr = f
	h := handlers.NewStream(nil, &handlers.Options{Formatter: bare{}, OnError: quiet(t)})
	os.Stderr = saved
	emit(t, h, "one")
	if text, _ := os.ReadFile(f.Name()); string(text) != "one\n" {
		t.Errorf("standard error got %q", text)
	}
}

// setStream, through the Stream behind the handler.
func TestSetStream(t *testing.T) {
	var first, second bytes.Buffer
	h := handlers.NewStream(&first, &handlers.Options{Formatter: bare{}})
	emit(t, h, "one")
	s := h.Emitter().(*sluice.Stream)
	if old := s.SetStream(&second); old != &first {
		t.Errorf("SetStream gave %v, want the old writer", old)
	}
	if old := s.SetStream(&second); old != nil {
		t.Errorf("SetStream of the same writer gave %v, want nil", old)
	}
	emit(t, h, "two")
	if first.String() != "one\n" || second.String() != "two\n" {
		t.Errorf("wrote %q and %q", first.String(), second.String())
	}
}

func TestNull(t *testing.T) {
	h := handlers.NewNull()
	if h.Enabled(t.Context(), slog.Level(1000)) {
		t.Error("a level is on")
	}
	if err := handle(t, h, "nothing"); err != nil {
		t.Errorf("Handle gave %v", err)
	}
	if err := h.Close(); err != nil {
		t.Errorf("Close gave %v", err)
	}
	if handlers.File(h) != nil {
		t.Error("File of a NullHandler is not nil")
	}
}

// What a handler started has ended when it was closed: a big backup that was
// removed is the case that starts something. The bubble itself fails the test if
// a goroutine waits for ever.
func TestNoGoroutineIsLeft(t *testing.T) {
	all := append(classes(), class{"RotatingFileHandler that removes", func(path string, o common) (*sluice.Handler, error) {
		return handlers.NewRotatingFile(path, &handlers.RotatingFileOptions{MaxBytes: 1 << 19, BackupCount: 1, Options: o.Options})
	}})
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, err := c.open(filepath.Join(t.TempDir(), "app.log"), common{Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)}})
				if err != nil {
					t.Fatal(err)
				}
				for range 4 {
					emit(t, h, strings.Repeat("x", 1<<19))
				}
				if err := h.Close(); err != nil {
					t.Fatal(err)
				}
				// One that has done its work may still be on its way out.
				synctest.Wait()
				buf := make([]byte, 1<<20)
				buf = buf[:runtime.Stack(buf, true)]
				for stack := range strings.SplitSeq(string(buf), "\n\n") {
					// Those of other tests, outside of the bubble, may be on their way out, too.
					if strings.Contains(stack, "synctest bubble") && strings.Contains(stack, "sluicelog/sluice/") && !strings.Contains(stack, "handlers_test.") {
						t.Errorf("left behind:\n%s", stack)
					}
				}
			})
		})
	}
}

// A formatter that fails costs its record only, and half of that is not written.
func TestFormatterFails(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range classes() {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			var reported reports
			h, err := c.open(filepath.Join(dir, "app.log"), common{Options: handlers.Options{Formatter: failsFor{"bad", broken}, OnError: reported.onError}})
			h = opened(t, h, err)
			emit(t, h, "one")
			if err := handle(t, h, "bad"); !errors.Is(err, broken) {
				t.Errorf("Handle gave %v, want the formatter's error", err)
			}
			emit(t, h, "two")
			expect(t, dir, map[string]string{"app.log": "one\ntwo\n"})
			if len(reported) != 1 || reported[0].message != "bad" {
				t.Errorf("reported %v, want the bad record once", reported)
			}
		})
	}
}

type failsFor struct {
	message string
	err     error
}

func (f failsFor) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	if r.Message == f.message {
		return append(dst, "half a rec"...), f.err
	}
	return append(dst, r.Message...), nil
}
