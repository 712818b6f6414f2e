package sluice

import (
	"context"
	"errors"
	"sync"

	"github.com/sluicelog/sluice/internal/goroutine"
)

// ErrorFunc is told of an error once, by the innermost Handler that saw it
// (Python's handleError). r is the record that was not delivered, to be neither
// modified nor kept; it is nil where housekeeping failed and no record was lost.
// It may be called by several goroutines at once. What it logs through the same
// handler is delivered if it can be; errors of that are not reported again.
type ErrorFunc func(ctx context.Context, r *Record, err error)

// reportedError marks an error that a Handler has reported, so that the handlers
// around it pass it on and do not report it again.
type reportedError struct{ err error }

func (e *reportedError) Error() string { return e.err.Error() }
func (e *reportedError) Unwrap() error { return e.err }

// formatError says that a record could not be formatted. Permanent is for who would
// try again, as package queue's Listener.
type formatError struct{ err error }

func (e *formatError) Error() string   { return "format record: " + e.err.Error() }
func (e *formatError) Unwrap() error   { return e.err }
func (e *formatError) Permanent() bool { return true }

// unreported gives the part of err that no Handler has reported yet; nil: none.
func unreported(err error) error {
	var mark *reportedError
	if !errors.As(err, &mark) {
		return err
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var rest []error
	for _, e := range joined.Unwrap() {
		rest = append(rest, unreported(e))
	}
	return errors.Join(rest...)
}

// errorPolicy is what a Handler does with errors.
type errorPolicy struct {
	onError ErrorFunc
	report  *report // nil unless onError is its

	mu     sync.Mutex
	inside map[string]int // goroutines inside of onError, by id
}

// handle reports what of err is not reported yet and returns err, marked.
func (p *errorPolicy) handle(ctx context.Context, r *Record, err error) error {
	rest := unreported(err)
	if rest == nil {
		return err
	}
	if id := goroutine.ID(); p.enter(id) {
		defer p.leave(id)
		p.onError(ctx, r, rest)
	}
	return &reportedError{err}
}

// enter is false on a goroutine that is inside of onError already: it logged
// through this handler, and telling it again would never end.
func (p *errorPolicy) enter(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inside[id] > 0 {
		return false
	}
	if p.inside == nil {
		p.inside = map[string]int{}
	}
	p.inside[id]++
	return true
}

func (p *errorPolicy) leave(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.inside, id)
}

// delivered notes a success.
func (p *errorPolicy) delivered() {
	if p.report != nil && p.report.failing.Load() {
		p.report.recovered()
	}
}
