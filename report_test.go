package sluice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// failing is an Emitter with an error to give.
type failing struct{ err error }

func (f *failing) Emit(context.Context, *Record) error { return f.err }
func (f *failing) Flush(context.Context) error         { return nil }
func (f *failing) Close() error                        { return nil }

func reported(t *testing.T, run func(e *failing, h *Handler)) string {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		e := &failing{}
		h := NewHandler(e, nil)
		h.core.errors.report.w = &out
		run(e, h)
	})
	return out.String()
}

func TestReport(t *testing.T) {
	full := errors.New("no space left on device")
	got := reported(t, func(e *failing, h *Handler) {
		for i := range 5 {
			e.err = &fs.PathError{Op: "write", Path: fmt.Sprintf("app.%d", i), Err: full}
			_ = h.Emit(t.Context(), &Record{})
		}
		e.err = errors.New("another\nkind")
		_ = h.Emit(t.Context(), &Record{})
		time.Sleep(time.Second)
		e.err = full
		_ = h.Emit(t.Context(), &Record{})
		_ = h.Emit(t.Context(), &Record{})
		e.err = nil
		_ = h.Emit(t.Context(), &Record{})
		_ = h.Emit(t.Context(), &Record{})
		e.err = full
		_ = h.Emit(t.Context(), &Record{})
		_ = h.Emit(t.Context(), &Record{})
		_ = h.Close()
	})
	want := `sluice: write app.0: no space left on device
sluice: another\nkind
sluice: no space left on device (4 more)
sluice: 1 more: no space left on device
sluice: recovered: 8 records were not delivered
sluice: no space left on device
sluice: 1 more: no space left on device
`
	if got != want {
		t.Errorf("reported:\n%s\nwant:\n%s", got, want)
	}
}

// TestReportIsBounded: a peer that causes ever new texts gets one line for each
// of 32 kinds and a count of the others.
func TestReportIsBounded(t *testing.T) {
	got := reported(t, func(e *failing, h *Handler) {
		for i := range 1000 {
			e.err = fmt.Errorf("%d %s", i, strings.Repeat("x", 2000))
			_ = h.Emit(t.Context(), &Record{})
		}
		_ = h.Close()
	})
	if n := strings.Count(got, "\n"); n != maxKinds+2 {
		t.Errorf("%d lines, want %d", n, maxKinds+2)
	}
	if len(got) > (maxKinds+2)*(maxReport+50) {
		t.Errorf("%d bytes", len(got))
	}
}

// TestHousekeepingIsNoLoss: an error without a record is reported and nothing
// recovers from it.
func TestHousekeepingIsNoLoss(t *testing.T) {
	got := reported(t, func(_ *failing, h *Handler) {
		h.HandleError(t.Context(), nil, errors.New("roll app.log: denied"))
		_ = h.Emit(t.Context(), &Record{})
	})
	if want := "sluice: roll app.log: denied\n"; got != want {
		t.Errorf("reported %q, want %q", got, want)
	}
}
