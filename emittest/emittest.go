// Package emittest is to sluice's Emitters what testing/slogtest is to slog's
// handlers: the contract, as tests that an implementer runs against his own. It
// also has a Recorder, an Emitter for the tests of programs that log.
//
// # Limits
//
// Run can see that an Emitter modifies a record, keeps its memory or loses it to
// a canceled context; it cannot see a data race: run it with -race.
package emittest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
)

// Target is an Emitter under test and its destination.
type Target struct {
	Emitter sluice.Emitter
	// Delivered gives the text of each record that has reached the destination,
	// oldest first. It is called after Flush. Each text must contain the record's
	// message. nil: the Emitter delivers nowhere that could be read.
	Delivered func() []string
	// Reported gives the number of errors that Handlers inside of the Emitter
	// have reported. nil: there are none inside.
	Reported func() int
}

// Run checks that the Emitters that make returns keep the Emitter contract. make
// is called for each check and registers what is to be cleaned up with its t.
func Run(t *testing.T, make func(t *testing.T) Target) {
	t.Run("delivers", func(t *testing.T) { delivers(t, make(t)) })
	t.Run("leaves the record alone", func(t *testing.T) { leavesAlone(t, make(t)) })
	t.Run("keeps nothing of the record", func(t *testing.T) { keepsNothing(t, make(t)) })
	t.Run("a canceled context loses nothing", func(t *testing.T) { canceled(t, make(t)) })
	t.Run("concurrent use", func(t *testing.T) { concurrent(t, make(t)) })
	t.Run("close", func(t *testing.T) { closes(t, make(t)) })
	t.Run("an error is reported once", func(t *testing.T) { reportsOnce(t, make(t)) })
}

func record(message string) *sluice.Record {
	return &sluice.Record{
		Time:    time.Date(2026, 11, 20, 9, 30, 0, 123456789, time.UTC),
		Level:   sluice.Critical,
		Name:    "emit.test",
		Message: message,
		Attrs:   []slog.Attr{slog.Int("n", 1), slog.String("s", "text")},
		ExcText: "Error: broken",
		Source:  &slog.Source{Function: "f", File: "file.go", Line: 7},
		Origin:  &sluice.Origin{Process: 7, ProcessName: "main"},
	}
}

func emit(t *testing.T, ctx context.Context, e sluice.Emitter, r *sluice.Record) {
	t.Helper()
	if err := e.Emit(ctx, r); err != nil {
		t.Fatalf("Emit(%q): %v", r.Message, err)
	}
}

// expect checks that what was delivered is the messages, in order.
func expect(t *testing.T, target Target, messages ...string) {
	t.Helper()
	if err := target.Emitter.Flush(t.Context()); err != nil {
		t.Fatalf("Flush: %v", err)
	}
	if target.Delivered == nil {
		return
	}
	got := target.Delivered()
	if len(got) != len(messages) {
		t.Fatalf("delivered %d records, want %d: %q", len(got), len(messages), got)
	}
	for i, m := range messages {
		if !strings.Contains(got[i], m) {
			t.Errorf("record %d is %q, want the message %q in it", i, got[i], m)
		}
	}
}

func delivers(t *testing.T, target Target) {
	var want []string
	for i := range 10 {
		m := fmt.Sprintf("message-%d-end", i)
		emit(t, t.Context(), target.Emitter, record(m))
		want = append(want, m)
	}
	expect(t, target, want...)
	if err := target.Emitter.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func leavesAlone(t *testing.T, target Target) {
	r := record("untouched")
	emit(t, t.Context(), target.Emitter, r)
	if want := record("untouched"); !reflect.DeepEqual(r, want) {
		t.Errorf("Emit changed the record to %+v, want %+v", r, want)
	}
}

func keepsNothing(t *testing.T, target Target) {
	r := record("first-message")
	emit(t, t.Context(), target.Emitter, r)
	// What the caller does with its memory after Emit is its own business.
	other := record("second-message")
	r.Attrs[0], r.Attrs[1] = slog.Int("overwritten", 9), slog.Int("overwritten", 9)
	r.Source.File, r.Origin.ProcessName = "overwritten", "overwritten"
	attrs := r.Attrs
	*r = *other
	r.Attrs = append(attrs[:0], other.Attrs...)
	emit(t, t.Context(), target.Emitter, r)
	expect(t, target, "first-message", "second-message")
	if target.Delivered == nil {
		return
	}
	for _, text := range target.Delivered() {
		if strings.Contains(text, "overwritten") {
			t.Errorf("%q shows memory that the caller changed after Emit", text)
		}
	}
}

func canceled(t *testing.T, target Target) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	emit(t, ctx, target.Emitter, record("canceled-message"))
	expect(t, target, "canceled-message")
}

func concurrent(t *testing.T, target Target) {
	const writers, each = 8, 50
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := target.Emitter.Emit(t.Context(), record(fmt.Sprintf("writer-%d-message-%d-end", w, i))); err != nil {
					t.Errorf("Emit: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if err := target.Emitter.Flush(t.Context()); err != nil {
		t.Fatalf("Flush: %v", err)
	}
	if target.Delivered == nil {
		return
	}
	got := target.Delivered()
	if len(got) != writers*each {
		t.Fatalf("delivered %d records, want %d", len(got), writers*each)
	}
	next := [writers]int{}
	for _, text := range got {
		for w := range writers {
			if strings.Contains(text, fmt.Sprintf("writer-%d-message-", w)) {
				if !strings.Contains(text, fmt.Sprintf("message-%d-end", next[w])) {
					t.Errorf("%q is not message %d of writer %d: records of one goroutine changed places", text, next[w], w)
				}
				next[w]++
			}
		}
	}
}

func closes(t *testing.T, target Target) {
	emit(t, t.Context(), target.Emitter, record("before-close"))
	for i := range 2 {
		if err := target.Emitter.Close(); err != nil {
			t.Errorf("Close number %d: %v", i+1, err)
		}
	}
	if err := target.Emitter.Emit(t.Context(), record("after-close")); !errors.Is(err, sluice.ErrClosed) {
		t.Errorf("Emit after Close gave %v, want ErrClosed", err)
	}
	if target.Delivered == nil {
		return
	}
	if got := target.Delivered(); len(got) != 1 || !strings.Contains(got[0], "before-close") {
		t.Errorf("delivered after Close: %q, want the one record from before it", got)
	}
}

// reportsOnce puts two Handlers around the Emitter: the error of a record that
// was not delivered comes back from the outer one and is reported once in all.
func reportsOnce(t *testing.T, target Target) {
	if err := target.Emitter.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	var reports []error
	options := &sluice.HandlerOptions{OnError: func(_ context.Context, r *sluice.Record, err error) {
		if r == nil || r.Message != "lost" {
			t.Errorf("OnError was given the record %+v, want the one that was lost", r)
		}
		reports = append(reports, err)
	}}
	inner := sluice.NewHandler(target.Emitter, options)
	outer := sluice.NewHandler(sluice.Tee(inner), options)
	err := outer.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelError, "lost", 0))
	if !errors.Is(err, sluice.ErrClosed) {
		t.Errorf("Handle gave %v, want ErrClosed", err)
	}
	total := len(reports)
	if target.Reported != nil {
		total += target.Reported()
	}
	if total != 1 {
		t.Errorf("reported %d times (%v), want once", total, reports)
	}
	for _, err := range reports {
		if !errors.Is(err, sluice.ErrClosed) {
			t.Errorf("reported %v, want ErrClosed", err)
		}
	}
}
