package sluice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// batches is a BatchWriter that takes at most room bytes, whole records only, and
// then gives err.
type batches struct {
	out   bytes.Buffer
	calls []int // records of each WriteBatch
	room  int
	err   error
}

func (b *batches) Write(p []byte) (int, error) { return b.WriteBatch(p, []int{len(p)}) }

func (b *batches) WriteBatch(p []byte, ends []int) (n int, err error) {
	b.calls = append(b.calls, len(ends))
	start := 0
	for _, end := range ends {
		if b.err != nil && b.out.Len()+end-start > b.room {
			return n, b.err
		}
		b.out.Write(p[start:end])
		n, start = end, end
	}
	return n, nil
}

func emitAll(t *testing.T, s *sluice.Stream, messages ...string) []error {
	t.Helper()
	var errs []error
	for _, m := range messages {
		errs = append(errs, s.Emit(t.Context(), &sluice.Record{Message: m}))
	}
	return errs
}

func TestBufferedIsAnEmitter(t *testing.T) {
	for name, size := range map[string]int{"as it comes": 0, "one record": 1, "some": 300} {
		t.Run(name, func(t *testing.T) {
			emittest.Run(t, func(*testing.T) emittest.Target {
				var w batches
				return emittest.Target{
					Emitter: sluice.NewBuffered(&w, sluice.NewLogfmt(nil), size),
					Delivered: func() []string {
						return strings.FieldsFunc(w.out.String(), func(r rune) bool { return r == '\n' })
					},
				}
			})
		})
	}
}

func TestBufferedWrites(t *testing.T) {
	var w batches
	s := sluice.NewBuffered(&w, message, 8)
	steps := []struct {
		do   func() error
		out  string
		what string
	}{
		{func() error { return errors.Join(emitAll(t, s, "111", "222")...) }, "", "what fits waits"},
		{func() error { return errors.Join(emitAll(t, s, "333")...) }, "111\n222\n", "what does not fit writes the others"},
		{func() error { return s.Flush(t.Context()) }, "111\n222\n333\n", "Flush writes"},
		{func() error { return s.Flush(t.Context()) }, "111\n222\n333\n", "Flush of nothing"},
		{func() error { return errors.Join(emitAll(t, s, "4", "5555555555")...) }, "111\n222\n333\n4\n5555555555\n", "a long one goes alone, after the others"},
		{func() error { return errors.Join(emitAll(t, s, "6")...) }, "111\n222\n333\n4\n5555555555\n", "and waits again"},
		{s.Close, "111\n222\n333\n4\n5555555555\n6\n", "Close writes"},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.what, err)
		}
		if w.out.String() != step.out {
			t.Errorf("%s: written %q, want %q", step.what, w.out.String(), step.out)
		}
	}
	if got, want := fmt.Sprint(w.calls), "[2 1 1 1 1]"; got != want {
		t.Errorf("records of each write: %s, want %s", got, want)
	}
}

// Every record is written, or held, or its Emit has given the error.
func TestBufferedFull(t *testing.T) {
	full := errors.New("disk full")
	for room := range 30 {
		w := batches{room: room, err: full}
		s := sluice.NewBuffered(&w, message, 12)
		var messages []string
		for i := range 7 {
			messages = append(messages, fmt.Sprintf("%03d", i))
		}
		messages = append(messages, "long enough to be alone")
		var want strings.Builder
		for i, err := range emitAll(t, s, messages...) {
			if err == nil {
				want.WriteString(messages[i] + "\n")
			} else if !errors.Is(err, full) {
				t.Errorf("room for %d bytes: Emit(%q) = %v", room, messages[i], err)
			}
		}
		err := s.Flush(t.Context())
		if held := w.out.Len() < want.Len(); held != errors.Is(err, full) {
			t.Errorf("room for %d bytes: Flush = %v with %q written of %q", room, err, w.out.String(), want.String())
		}
		if !strings.HasPrefix(want.String(), w.out.String()) {
			t.Errorf("room for %d bytes: written %q of %q", room, w.out.String(), want.String())
		}
		w.err = nil // and all that was accepted comes
		if err := s.Flush(t.Context()); err != nil || w.out.String() != want.String() {
			t.Errorf("room for %d bytes, then more: Flush = %v, written %q, want %q", room, err, w.out.String(), want.String())
		}
	}
}

// Close says how many records it loses.
func TestBufferedCloseLoses(t *testing.T) {
	full := errors.New("disk full")
	w := batches{room: 4, err: full}
	s := sluice.NewBuffered(&w, message, 0)
	emitAll(t, s, "111", "222", "333")
	if err := s.Close(); !errors.Is(err, full) || !strings.Contains(err.Error(), "2 buffered records not written") {
		t.Errorf("Close = %v, want 2 records lost", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close again = %v", err)
	}
	if w.out.String() != "111\n" {
		t.Errorf("written %q", w.out.String())
	}
}

// What the old writer does not take goes to the new one, of whatever kind.
func TestBufferedSetStream(t *testing.T) {
	old := batches{room: 4, err: errors.New("disk full")}
	s := sluice.NewBuffered(&old, message, 0)
	emitAll(t, s, "111", "222", "333")
	var next []string
	s.SetStream(writerFunc(func(p []byte) (int, error) { next = append(next, string(p)); return len(p), nil }))
	emitAll(t, s, "444")
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if old.out.String() != "111\n" || strings.Join(next, "|") != "222\n|333\n|444\n" {
		t.Errorf("the old writer has %q, the new one %q", old.out.String(), next)
	}
	s.SetStream(writerFunc(func(p []byte) (int, error) { return 1, nil }))
	emitAll(t, s, "555")
	if err := s.Flush(t.Context()); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("Flush to a writer that takes one byte: %v", err)
	}
}

func TestBufferedAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s := sluice.NewBuffered(discardBatches{}, sluice.NewJSON(nil), 1000)
	h := sluice.NewHandler(s, nil)
	r := fiveAttrs()
	if n := testing.AllocsPerRun(1000, func() { _ = h.Handle(context.Background(), r) }); n != 0 {
		t.Errorf("%v allocations a record, want 0", n)
	}
}

type discardBatches struct{ io.Writer }

func (discardBatches) WriteBatch(p []byte, _ []int) (int, error) { return len(p), nil }

// A BatchWriter is written to by many at once; SetStream returns when the last of
// them is done.
func TestStreamSharesBatchWriter(t *testing.T) {
	w := &meeting{here: make(chan struct{}), leave: make(chan struct{})}
	s := sluice.NewStream(w, message)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := s.Emit(t.Context(), &sluice.Record{Message: "old"}); err != nil {
				t.Error(err)
			}
		})
	}
	<-w.here
	<-w.here // both are in Write
	var next bytes.Buffer
	wg.Go(func() {
		if old := s.SetStream(&next); old != io.Writer(w) {
			t.Errorf("SetStream gave %v", old)
		}
		if n := w.inside.Load(); n != 0 {
			t.Errorf("SetStream returned with %d in the old writer's Write", n)
		}
	})
	close(w.leave)
	wg.Wait()
	if err := s.Emit(t.Context(), &sluice.Record{Message: "new"}); err != nil || next.String() != "new\n" {
		t.Errorf("Emit after SetStream = %v, the new writer has %q", err, next.String())
	}
}

// meeting is a BatchWriter whose writers say that they are there, and stay.
type meeting struct {
	inside      atomic.Int32
	here, leave chan struct{}
}

func (w *meeting) Write(p []byte) (int, error) {
	w.inside.Add(1)
	defer w.inside.Add(-1)
	w.here <- struct{}{}
	<-w.leave
	return len(p), nil
}

func (w *meeting) WriteBatch(p []byte, _ []int) (int, error) { return w.Write(p) }

// Any other writer is written to by one at a time.
func TestStreamGuardsOtherWriters(t *testing.T) {
	var inside atomic.Int32
	s := sluice.NewStream(writerFunc(func(p []byte) (int, error) {
		if n := inside.Add(1); n != 1 {
			t.Errorf("%d in Write at once", n)
		}
		runtime.Gosched()
		inside.Add(-1)
		return len(p), nil
	}), message)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				_ = s.Emit(t.Context(), &sluice.Record{})
			}
		})
	}
	wg.Wait()
}

// spoiled takes all records but refuses those with an x for ever.
type spoiled struct{ taken []string }

func (w *spoiled) Write(p []byte) (int, error) { return w.WriteBatch(p, []int{len(p)}) }

func (w *spoiled) WriteBatch(p []byte, ends []int) (int, error) {
	var err error
	start := 0
	for _, end := range ends {
		if line := string(p[start:end]); strings.Contains(line, "x") {
			err = fmt.Errorf("refused %q", line)
		} else {
			w.taken = append(w.taken, line)
		}
		start = end
	}
	return len(p), err
}

// What w can never write is told by the next Flush, though another record's Emit
// has made the room.
func TestBufferedRefused(t *testing.T) {
	w := &spoiled{}
	s := sluice.NewBuffered(w, message, 8)
	ctx := context.Background()
	for _, m := range []string{"1", "x", "3", "4", "5", "6"} {
		if err := s.Emit(ctx, &sluice.Record{Message: m}); err != nil {
			t.Errorf("Emit(%s) = %v", m, err)
		}
	}
	if err := s.Flush(ctx); err == nil || !strings.Contains(err.Error(), `refused "x\n"`) {
		t.Errorf("Flush = %v", err)
	}
	if err := s.Flush(ctx); err != nil {
		t.Errorf("the second Flush = %v", err)
	}
	if err := s.Emit(ctx, &sluice.Record{Message: "xx"}); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), `refused "xx\n"`) {
		t.Errorf("Close = %v", err)
	}
	if got := strings.Join(w.taken, ""); got != "1\n3\n4\n5\n6\n" {
		t.Errorf("taken %q", got)
	}
}
