package sluice_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
)

// closing says in which order it was closed.
type closing struct {
	sluice.Null
	name  string
	order *[]string
	err   error
}

func (c *closing) Flush(context.Context) error { return c.err }

func (c *closing) Close() error {
	*c.order = append(*c.order, c.name)
	return errors.Join(c.err, c.Null.Close())
}

// closingTree returns loggers with the handlers "shared", attached first and to
// two loggers, "b" and "a", and the last resort "last".
func closingTree(failing map[string]error) (*sluice.Loggers, *[]string) {
	order := new([]string)
	handler := func(name string) *sluice.Handler {
		return sluice.NewHandler(&closing{name: name, order: order, err: failing[name]}, nil)
	}
	l := sluice.NewLoggers(&sluice.LoggersOptions{LastResort: handler("last"), OnError: func(context.Context, *sluice.Record, error) {}})
	shared := handler("shared")
	l.Set("x", sluice.LoggerOptions{Handlers: []*sluice.Handler{shared}})
	bound := shared.WithAttrs([]slog.Attr{slog.Int("k", 1)}).(*sluice.Handler)
	l.Set("b", sluice.LoggerOptions{Handlers: []*sluice.Handler{handler("removed")}})
	l.Set("b", sluice.LoggerOptions{Handlers: []*sluice.Handler{handler("b")}})
	l.Set("a", sluice.LoggerOptions{Handlers: []*sluice.Handler{handler("a"), bound}})
	return l, order
}

func TestLoggersClose(t *testing.T) {
	broken := map[string]error{"a": errors.New("a broke"), "shared": errors.New("shared broke")}
	for name, end := range map[string]func(*sluice.Loggers) error{
		"Close":               (*sluice.Loggers).Close,
		"Shutdown":            func(l *sluice.Loggers) error { return l.Shutdown(t.Context()) },
		"Close of the front":  func(l *sluice.Loggers) error { return l.Handler("a.b").Close() },
		"Close of the logger": func(l *sluice.Loggers) error { return l.Handler("").Emitter().Close() },
	} {
		t.Run(name, func(t *testing.T) {
			l, order := closingTree(broken)
			if err := l.Flush(t.Context()); !errors.Is(err, broken["a"]) || !errors.Is(err, broken["shared"]) {
				t.Errorf("Flush gave %v, want both errors", err)
			}
			if err := end(l); !errors.Is(err, broken["a"]) || !errors.Is(err, broken["shared"]) {
				t.Errorf("gave %v, want both errors", err)
			}
			if want := []string{"a", "b", "shared", "last"}; !reflect.DeepEqual(*order, want) {
				t.Errorf("closed %q, want each once, the newest first: %q", *order, want)
			}
			if err := end(l); err != nil || len(*order) != 4 {
				t.Errorf("the second time gave %v and closed %q", err, *order)
			}
			l.Set("late", sluice.LoggerOptions{Disabled: true})
			for _, name := range []string{"", "a", "late", "unknown"} {
				if err := l.Emit(t.Context(), &sluice.Record{Name: name}); !errors.Is(err, sluice.ErrClosed) {
					t.Errorf("Emit as %q gave %v, want ErrClosed", name, err)
				}
			}
		})
	}
}

func TestLoggersAfterCloseIsReported(t *testing.T) {
	var told []string
	l := sluice.NewLoggers(&sluice.LoggersOptions{OnError: func(_ context.Context, r *sluice.Record, err error) {
		if errors.Is(err, sluice.ErrClosed) {
			told = append(told, r.Message)
		}
	}})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l.Logger("a").Error("late")
	if !reflect.DeepEqual(told, []string{"late"}) {
		t.Errorf("OnError was told of %q", told)
	}
}

// blocking blocks Emit and Close until it is let go.
type blocking struct {
	sluice.Null
	entered, emit, close chan struct{}
	closed               atomic.Bool
}

func newBlocking() *blocking {
	return &blocking{entered: make(chan struct{}), emit: make(chan struct{}), close: make(chan struct{})}
}

func (b *blocking) Emit(ctx context.Context, r *sluice.Record) error {
	close(b.entered)
	<-b.emit
	if b.closed.Load() {
		return sluice.ErrClosed
	}
	return nil
}

func (b *blocking) Close() error {
	<-b.close
	b.closed.Store(true)
	return nil
}

// TestLoggersShutdownWaits: what is on its way is delivered before its handler is
// closed.
func TestLoggersShutdownWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBlocking()
		close(b.close)
		l := sluice.NewLoggers(nil)
		l.Set("", sluice.LoggerOptions{Handlers: []*sluice.Handler{sluice.NewHandler(b, nil)}})
		delivered := make(chan error, 1)
		go func() { delivered <- l.Emit(t.Context(), &sluice.Record{Level: sluice.Error}) }()
		<-b.entered
		ended := make(chan error, 1)
		go func() { ended <- l.Shutdown(t.Context()) }()
		synctest.Wait()
		if b.closed.Load() {
			t.Error("the handler was closed while a record was on its way")
		}
		close(b.emit)
		if err := <-delivered; err != nil {
			t.Errorf("the record on its way got %v", err)
		}
		if err := <-ended; err != nil || !b.closed.Load() {
			t.Errorf("Shutdown gave %v, closed the handler: %t", err, b.closed.Load())
		}
	})
}

// TestLoggersShutdownEnds: a handler that hangs does not hold up the end.
func TestLoggersShutdownEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBlocking()
		l := sluice.NewLoggers(nil)
		l.Set("", sluice.LoggerOptions{Handlers: []*sluice.Handler{sluice.NewHandler(b, nil)}})
		go func() { _ = l.Emit(t.Context(), &sluice.Record{Level: sluice.Error}) }()
		<-b.entered
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		err := l.Shutdown(ctx)
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != 5*time.Second {
			t.Errorf("Shutdown gave %v after %v, want the deadline after 5 s", err, took)
		}
		close(b.emit)
		close(b.close)
		synctest.Wait()
		if !b.closed.Load() {
			t.Error("the handler was never closed")
		}
	})
}

func TestLoggersSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBlocking()
		l := sluice.NewLoggers(nil)
		if err := l.Settle(t.Context()); err != nil {
			t.Errorf("Settle with nothing to wait for gave %v", err)
		}
		l.Set("a", sluice.LoggerOptions{Handlers: []*sluice.Handler{sluice.NewHandler(b, nil)}})
		go l.Logger("a").Error("m")
		<-b.entered
		l.Set("a", sluice.LoggerOptions{})
		l.SetLevel("a", sluice.Info)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Settle(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Settle gave %v while a record is on its way", err)
		}
		close(b.emit)
		if err := l.Settle(t.Context()); err != nil {
			t.Errorf("Settle gave %v", err)
		}
	})
}

// TestLoggersSettleAfterPanic: a filter that panics holds up nothing afterwards.
func TestLoggersSettleAfterPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := sluice.NewLoggers(nil)
		l.Set("", sluice.LoggerOptions{Filters: []sluice.Filter{func(context.Context, *sluice.Record) *sluice.Record { panic("broken") }}})
		func() {
			defer func() { _ = recover() }()
			_ = l.Emit(t.Context(), &sluice.Record{})
			t.Error("the panic did not reach the caller")
		}()
		l.Set("", sluice.LoggerOptions{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Settle(ctx); err != nil {
			t.Errorf("Settle gave %v", err)
		}
	})
}

func TestLastResortIsStandardError(t *testing.T) {
	l := sluice.NewLoggers(nil)
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer func(old *os.File) {
		os.Stderr = old
		_ = file.Close()
	}(os.Stderr)
	os.Stderr = file
	l.SetLevel("", sluice.NotSet)
	l.Logger("a").Info("too low")
	l.Logger("a").Warn("the message", "k", 1)
	got, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	if want := "the message\n"; string(got) != want {
		t.Errorf("wrote %q, want the message alone: %q", got, want)
	}
}
