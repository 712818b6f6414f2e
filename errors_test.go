package sluice_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// TestErrorIsReportedOnce: D6. Of three handlers behind a Tee two fail; each
// reports its own error to its own OnError, and the outer one nothing.
func TestErrorIsReportedOnce(t *testing.T) {
	reports := map[string][]error{}
	handler := func(name string, e sluice.Emitter) *sluice.Handler {
		return sluice.NewHandler(e, &sluice.HandlerOptions{OnError: func(_ context.Context, _ *sluice.Record, err error) {
			reports[name] = append(reports[name], err)
		}})
	}
	var a, b, c emittest.Recorder
	errA, errC := errors.New("a broke"), errors.New("c broke")
	a.Fail(errA)
	c.Fail(errC)
	outer := handler("outer", sluice.Tee(handler("a", &a), handler("b", &b), handler("c", &c)))
	err := outer.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0))
	if !errors.Is(err, errA) || !errors.Is(err, errC) {
		t.Errorf("Handle gave %v, want both errors", err)
	}
	if len(b.Messages()) != 1 {
		t.Error("the handler between the two got no record")
	}
	if len(reports["a"]) != 1 || len(reports["c"]) != 1 || len(reports["outer"]) != 0 {
		t.Errorf("reports %v, want one by a and one by c", reports)
	}
}

// TestUnreportedPartIsReported: an Emitter that joins a reported error and one
// of its own.
func TestUnreportedPartIsReported(t *testing.T) {
	var broken emittest.Recorder
	inner, own := errors.New("inner"), errors.New("own")
	broken.Fail(inner)
	var reports []error
	onError := func(_ context.Context, _ *sluice.Record, err error) { reports = append(reports, err) }
	h := sluice.NewHandler(&broken, &sluice.HandlerOptions{OnError: onError})
	both := emitterFunc(func(ctx context.Context, r *sluice.Record) error {
		return errors.Join(fmt.Errorf("first: %w", h.Emit(ctx, r)), own)
	})
	outer := sluice.NewHandler(both, &sluice.HandlerOptions{OnError: onError})
	if err := outer.Emit(t.Context(), &sluice.Record{}); !errors.Is(err, inner) || !errors.Is(err, own) {
		t.Errorf("Emit gave %v, want both errors", err)
	}
	if len(reports) != 2 || !errors.Is(reports[0], inner) || !errors.Is(reports[1], own) || errors.Is(reports[1], inner) {
		t.Errorf("reports %v, want inner, then own", reports)
	}
}

type emitterFunc func(context.Context, *sluice.Record) error

func (f emitterFunc) Emit(ctx context.Context, r *sluice.Record) error { return f(ctx, r) }
func (emitterFunc) Flush(context.Context) error                        { return nil }
func (emitterFunc) Close() error                                       { return nil }
