package sluice_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// message is the Formatter of Python's default: the bare message.
var message = formatterFunc(func(dst []byte, r *sluice.Record) ([]byte, error) { return append(dst, r.Message...), nil })

func TestEmitters(t *testing.T) {
	lines := func(b *bytes.Buffer) func() []string {
		return func() []string {
			return strings.FieldsFunc(b.String(), func(r rune) bool { return r == '\n' })
		}
	}
	targets := map[string]func(t *testing.T) emittest.Target{
		"Stream": func(*testing.T) emittest.Target {
			var out bytes.Buffer
			return emittest.Target{Emitter: sluice.NewStream(&out, sluice.NewLogfmt(nil)), Delivered: lines(&out)}
		},
		"Stream over bufio": func(*testing.T) emittest.Target {
			var out bytes.Buffer
			return emittest.Target{Emitter: sluice.NewStream(bufio.NewWriter(&out), sluice.NewJSON(nil)), Delivered: lines(&out)}
		},
		"Null": func(*testing.T) emittest.Target { return emittest.Target{Emitter: &sluice.Null{}} },
		"Tee": func(*testing.T) emittest.Target {
			var c emittest.Recorder
			h, reported := counting(&c)
			return emittest.Target{Emitter: sluice.Tee(h), Delivered: c.Messages, Reported: reported}
		},
		"Handler": func(*testing.T) emittest.Target {
			var c emittest.Recorder
			h, reported := counting(&c)
			return emittest.Target{Emitter: h, Delivered: c.Messages, Reported: reported}
		},
		"ToSlog": func(*testing.T) emittest.Target {
			var out bytes.Buffer
			return emittest.Target{Emitter: sluice.ToSlog(slog.NewTextHandler(&out, nil)), Delivered: lines(&out)}
		},
		"Recorder": func(*testing.T) emittest.Target {
			var c emittest.Recorder
			return emittest.Target{Emitter: &c, Delivered: c.Messages}
		},
	}
	for name, target := range targets {
		t.Run(name, func(t *testing.T) { emittest.Run(t, target) })
	}
}

// counting returns a Handler in front of e and the number of its reports.
func counting(e sluice.Emitter) (*sluice.Handler, func() int) {
	n := 0
	h := sluice.NewHandler(e, &sluice.HandlerOptions{OnError: func(context.Context, *sluice.Record, error) { n++ }})
	return h, func() int { return n }
}

func TestStreamWritesOnce(t *testing.T) {
	var calls []string
	w := writerFunc(func(p []byte) (int, error) { calls = append(calls, string(p)); return len(p), nil })
	s := sluice.NewStream(w, message)
	for _, m := range []string{"one", "two\n", ""} {
		if err := s.Emit(t.Context(), &sluice.Record{Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	s.SetTerminator("\x00")
	if err := s.Emit(t.Context(), &sluice.Record{Message: "three"}); err != nil {
		t.Fatal(err)
	}
	want := []string{"one\n", "two\n\n", "\n", "three\x00"}
	if strings.Join(calls, "|") != strings.Join(want, "|") {
		t.Errorf("wrote %q, want %q", calls, want)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestSetStream(t *testing.T) {
	var behind, next bytes.Buffer
	first := bufio.NewWriter(&behind)
	s := sluice.NewStream(first, message)
	_ = s.Emit(t.Context(), &sluice.Record{Message: "one"})
	if old := s.SetStream(first); old != nil {
		t.Errorf("setting the same writer gave %v, want nil", old)
	}
	if old := s.SetStream(&next); old != io.Writer(first) {
		t.Errorf("SetStream gave %v, want the old writer", old)
	}
	if behind.String() != "one\n" {
		t.Errorf("the old writer was not flushed: %q", behind.String())
	}
	_ = s.Emit(t.Context(), &sluice.Record{Message: "two"})
	if next.String() != "two\n" {
		t.Errorf("the new writer has %q", next.String())
	}
	// Writers that cannot be compared are never the same.
	a := uncomparable{nil, &next}
	s.SetStream(a)
	if old := s.SetStream(a); old == nil {
		t.Error("SetStream of an uncomparable writer gave nil")
	}
}

type uncomparable struct {
	_ []int
	io.Writer
}

func TestStreamErrors(t *testing.T) {
	broken := errors.New("broken")
	var err error
	short := false
	w := writerFunc(func(p []byte) (int, error) {
		if short {
			return len(p) - 1, nil
		}
		return 0, err
	})
	s := sluice.NewStream(w, message)
	err = broken
	if got := s.Emit(t.Context(), &sluice.Record{}); !errors.Is(got, broken) {
		t.Errorf("Emit gave %v, want the writer's error", got)
	}
	short = true
	if got := s.Emit(t.Context(), &sluice.Record{}); !errors.Is(got, io.ErrShortWrite) {
		t.Errorf("Emit gave %v after a short write, want ErrShortWrite", got)
	}
	bad := formatterFunc(func(dst []byte, _ *sluice.Record) ([]byte, error) { return append(dst, "half"...), broken })
	var out bytes.Buffer
	if got := sluice.NewStream(&out, bad).Emit(t.Context(), &sluice.Record{}); !errors.Is(got, broken) || out.Len() > 0 {
		t.Errorf("Emit gave %v and wrote %q, want the formatter's error and nothing", got, out.String())
	}
}

type closer struct {
	bytes.Buffer
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

func TestStreamCloser(t *testing.T) {
	var kept, owned closer
	for range 2 {
		_ = sluice.NewStream(&kept, message).Close()
	}
	s := sluice.NewStreamCloser(&owned, message)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if kept.closed != 0 || owned.closed != 1 {
		t.Errorf("closed %d and %d times, want 0 and 1", kept.closed, owned.closed)
	}
}
