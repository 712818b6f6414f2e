package sluice

import (
	"context"
	"errors"
)

// tee is a fixed list of handlers.
type tee struct{ handlers []*Handler }

// Tee returns an Emitter that gives each record to every one of hs whose level
// admits it, through its filters: what a Python logger does with its handlers. An
// error of one keeps the record from none; errors are joined. Close closes all.
func Tee(hs ...*Handler) Emitter { return &tee{append([]*Handler(nil), hs...)} }

func (t *tee) Emit(ctx context.Context, r *Record) error {
	var errs []error
	for _, h := range t.handlers {
		if !h.Admits(r.Level) {
			continue
		}
		if err := h.Emit(ctx, r); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (t *tee) Flush(ctx context.Context) error {
	var errs []error
	for _, h := range t.handlers {
		errs = append(errs, h.Flush(ctx))
	}
	return errors.Join(errs...)
}

func (t *tee) Close() error {
	var errs []error
	for _, h := range t.handlers {
		errs = append(errs, h.Close())
	}
	return errors.Join(errs...)
}
