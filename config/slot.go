package config

import (
	"context"
	"sync/atomic"

	"github.com/sluicelog/sluice"
)

// slot is what goes by the name of a handler: one Handler for as long as there is
// one of that name, and behind it, one after the other, the Emitters that
// configurations make. It is an Emitter itself.
type slot struct {
	name    string
	handler *sluice.Handler
	level   sluice.LevelVar
	filters atomic.Pointer[[]sluice.Filter]
	format  formatVar
	made    atomic.Pointer[made]
}

// made is an Emitter, and those who are using it.
type made struct {
	sluice.Emitter
	stats   func() sluice.Stats // nil: it has none
	print   fingerprint
	users   atomic.Int64  // that are in it, and one for the slot
	drained chan struct{} // closed when users comes to 0
}

func newMade(e sluice.Emitter, stats func() sluice.Stats, f fingerprint) *made {
	m := &made{Emitter: e, stats: stats, print: f, drained: make(chan struct{})}
	m.users.Store(1)
	return m
}

func (m *made) release() {
	if m.users.Add(-1) == 0 {
		close(m.drained)
	}
}

func newSlot(name string, onError sluice.ErrorFunc) *slot {
	s := &slot{name: name}
	s.format.set(nil)
	s.handler = sluice.NewHandler(s, &sluice.HandlerOptions{
		Level: &s.level, Filters: []sluice.Filter{s.filter}, OnError: onError,
	})
	return s
}

// filter passes r through the filters that there are now.
func (s *slot) filter(ctx context.Context, r *sluice.Record) *sluice.Record {
	filters := s.filters.Load()
	if filters == nil {
		return r
	}
	for _, f := range *filters {
		if r = f(ctx, r); r == nil {
			return nil
		}
	}
	return r
}

// acquire gives the Emitter of now, to be released; nil: there is none.
func (s *slot) acquire() *made {
	for {
		m := s.made.Load()
		if m == nil {
			return nil
		}
		for v := m.users.Load(); v > 0; v = m.users.Load() {
			if m.users.CompareAndSwap(v, v+1) {
				return m
			}
		}
		// It was replaced and is drained: it must stay so.
	}
}

// put makes m the Emitter, and returns the former one, which may be nil.
func (s *slot) put(m *made) *made {
	old := s.made.Swap(m)
	if old != nil {
		old.release()
	}
	return old
}

func (s *slot) Emit(ctx context.Context, r *sluice.Record) error {
	m := s.acquire()
	if m == nil {
		return sluice.ErrClosed
	}
	defer m.release() // deferred: one that panics must not be waited for
	return m.Emit(ctx, r)
}

func (s *slot) Flush(ctx context.Context) error {
	m := s.acquire()
	if m == nil {
		return nil
	}
	defer m.release()
	return m.Flush(ctx)
}

// Close closes the Emitter and leaves it in its place: it gives ErrClosed.
func (s *slot) Close() error {
	if m := s.made.Load(); m != nil {
		return m.Close()
	}
	return nil
}

// close waits until m, which no slot has any more, is not in use, and closes it.
// When ctx is done it does not wait.
func (m *made) close(ctx context.Context) error {
	var err error
	select {
	case <-m.drained:
	case <-ctx.Done():
		err = ctx.Err()
	}
	closed := make(chan error, 1)
	go func() { closed <- m.Close() }()
	select {
	case e := <-closed:
		return e
	case <-ctx.Done():
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// formatVar is a Formatter that can be replaced while it is in use.
type formatVar struct {
	f atomic.Pointer[sluice.Formatter]
}

// set makes f the Formatter; nil is Python's, the message alone.
func (v *formatVar) set(f sluice.Formatter) {
	if f == nil {
		f = bare()
	}
	v.f.Store(&f)
}

func (v *formatVar) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	return (*v.f.Load()).AppendRecord(dst, r)
}

// bare is Python's formatter of handlers that have none.
func bare() sluice.Formatter {
	f, err := sluice.NewFormatter("", nil)
	if err != nil {
		panic(err) // an empty format is a good one
	}
	return f
}
