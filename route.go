package sluice

import (
	"context"
	"fmt"
	"sync/atomic"
)

// route is what a logger does with records: made anew for each change and never
// changed itself, so that a record takes all of one.
type route struct {
	closed   bool
	disabled bool
	filters  []Filter
	handlers tee

	users   atomic.Int64  // records on their way, and one for the logger whose route it is
	drained chan struct{} // closed when users comes to 0
}

// acquire gives n's route, to be released.
func (n *logger) acquire() *route {
	for {
		rt := n.route.Load()
		for v := rt.users.Load(); v > 0; v = rt.users.Load() {
			if rt.users.CompareAndSwap(v, v+1) {
				return rt
			}
		}
		// It was replaced and is drained: it must stay so.
	}
}

func (rt *route) release() {
	if rt.users.Add(-1) == 0 {
		close(rt.drained)
	}
}

func (rt *route) isDrained() bool {
	select {
	case <-rt.drained:
		return true
	default:
		return false
	}
}

// prune forgets the retired routes that are drained. The caller holds mu.
func (l *Loggers) prune() {
	kept := l.retired[:0]
	for _, rt := range l.retired {
		if !rt.isDrained() {
			kept = append(kept, rt)
		}
	}
	clear(l.retired[len(kept):])
	l.retired = kept
}

// Settle waits until all records that were being handled in a way that has been
// replaced since have been handled. Then a handler that Set took from all loggers
// can be closed without a record being lost:
//
//	loggers.Set("app", sluice.LoggerOptions{Handlers: []*sluice.Handler{next}})
//	if err := loggers.Settle(ctx); err != nil { ... }
//	err := former.Close()
//
// Called from within a handler or a filter it waits for itself, until ctx is done.
func (l *Loggers) Settle(ctx context.Context) error {
	l.mu.RLock()
	retired := append([]*route(nil), l.retired...)
	l.mu.RUnlock()
	for _, rt := range retired {
		select {
		case <-rt.drained:
		case <-ctx.Done():
			return fmt.Errorf("wait for records on their way: %w", ctx.Err())
		}
	}
	return nil
}
