package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/rotate"
)

// load reads a configuration and puts it into force. anew: as if it were the first.
func (s *System) load(ctx context.Context, name string, data []byte, anew bool) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	if s.closed {
		return fmt.Errorf("%s: %w", name, sluice.ErrClosed)
	}
	l := newLoading(name, &s.o)
	l.open = map[string]bool{}
	for _, f := range s.files {
		l.open[f.Name()] = true
	}
	if err := l.read(data, s.slots); err != nil {
		return err
	}
	if l.plan.incremental {
		s.increment(l)
		return nil
	}
	w, err := l.openAll(s.slots)
	if err != nil {
		return err
	}
	s.swap(ctx, l, w, anew)
	return nil
}

// opening is what has been opened for a configuration.
type opening struct {
	fresh   []string // names that there were not
	made    map[string]*made
	files   map[string]*rotate.File // of these
	created []string                // paths at which there was nothing
}

// openAll opens what is not open already. Names that there were not get their
// Emitter at once: nobody else knows them yet, and queues may have records for them.
func (l *loading) openAll(slots map[string]*slot) (*opening, error) {
	w := &opening{made: map[string]*made{}, files: map[string]*rotate.File{}}
	for _, h := range l.plan.handlers {
		now := h.slot.made.Load()
		if now != nil && now.print == h.print && now.print != (fingerprint{}) {
			continue
		}
		for _, path := range h.files {
			if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
				w.created = append(w.created, path)
			}
		}
		h.prepare(now == nil)
		e, stats, err := h.open()
		if err != nil {
			key := ""
			if len(h.files) > 0 {
				key = "filename"
			}
			h.Fail(key, err)
			w.undo()
			return nil, l.err()
		}
		m := newMade(e, stats, h.print)
		w.made[h.name] = m
		if h.rotating != nil {
			w.files[h.name] = h.rotating
		}
		if now == nil {
			w.fresh = append(w.fresh, h.name)
			h.slot.put(m)
		}
	}
	return w, nil
}

// prepare sets what a handler that nobody uses yet goes by.
func (h *handlerPlan) prepare(unused bool) {
	if unused {
		h.settle()
	}
}

// settle sets level, filters and formatter.
func (h *handlerPlan) settle() {
	h.slot.level.Set(valueOr(h.level, sluice.NotSet))
	h.slot.filters.Store(nil)
	if fs := filtersIn(h.filters); len(fs) > 0 {
		h.slot.filters.Store(&fs)
	}
	switch {
	case h.format != nil:
		h.slot.format.set(h.format.f)
	default:
		h.slot.format.set(h.fallback)
	}
}

// undo closes what was opened, and removes the files that nobody has written to.
func (w *opening) undo() {
	for _, m := range w.made {
		_ = m.Close()
	}
	for _, path := range w.created {
		if st, err := os.Lstat(path); err == nil && st.Mode().IsRegular() && st.Size() == 0 {
			_ = os.Remove(path)
		}
	}
}

// swap puts the plan into force. From here on nothing can fail.
func (s *System) swap(ctx context.Context, l *loading, w *opening, anew bool) {
	var gone []*made
	for _, h := range l.plan.handlers {
		h.settle()
		if m := w.made[h.name]; m != nil && !slices.Contains(w.fresh, h.name) {
			gone = append(gone, h.slot.put(m))
		}
	}
	s.loggers.SetAll(s.options(l, anew))
	// Records on their way may have found handlers that are no more.
	if err := s.loggers.Settle(ctx); err != nil {
		s.tell(ctx, nil, fmt.Errorf("%s: %w", l.file, err))
	}
	for _, m := range gone {
		s.close(ctx, l.file, m)
	}
	// Each in front of those it hands records on to: what it has left goes there.
	for _, slot := range s.remember(l, w, anew) {
		s.close(ctx, l.file, slot.put(nil))
	}
}

func (s *System) close(ctx context.Context, file string, m *made) {
	if err := m.close(ctx); err != nil {
		s.tell(ctx, nil, fmt.Errorf("%s: close a former handler: %w", file, err))
	}
}

// tell tells OnError what no handler can.
func (s *System) tell(ctx context.Context, r *sluice.Record, err error) {
	if s.o.OnError != nil {
		s.o.OnError(ctx, r, err)
		return
	}
	fmt.Fprintf(os.Stderr, "sluice: %v\n", err)
}

// remember writes down what there is now, and gives the handlers that are no more,
// each in front of those it hands records on to.
func (s *System) remember(l *loading, w *opening, anew bool) (gone []*slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Backward(s.order) {
		if _, stays := l.slots[name]; !stays {
			gone = append(gone, s.slots[name])
		}
	}
	files := map[string]*rotate.File{}
	s.slots, s.order, s.infos = l.slots, nil, map[string]HandlerInfo{}
	for _, h := range l.plan.handlers {
		s.order = append(s.order, h.name)
		s.infos[h.name] = *h.info
		switch {
		case w.made[h.name] == nil && s.files[h.name] != nil:
			files[h.name] = s.files[h.name]
		case w.files[h.name] != nil:
			files[h.name] = w.files[h.name]
		}
	}
	s.files = files
	if anew {
		s.filters = map[string][]FilterInfo{}
	}
	s.places = map[string]place{}
	for name, p := range l.plan.loggers {
		s.places[name] = p.at
		for _, f := range p.filters {
			s.filters[name] = append(s.filters[name], f.info)
		}
	}
	return gone
}

// options gives what each logger is to do. anew: as if the configuration were the
// first, else as Python does on top of what there is.
func (s *System) options(l *loading, anew bool) map[string]sluice.LoggerOptions {
	there := map[string]sluice.LoggerOptions{}
	for _, name := range append(s.loggers.Names(), rootName) {
		there[name] = s.loggers.Options(name)
	}
	all := map[string]sluice.LoggerOptions{}
	if anew {
		for name := range there {
			all[name] = sluice.LoggerOptions{} // one that came later and goes by those above it
		}
		there = s.before
	}
	for name, o := range there {
		_, named := l.plan.loggers[name]
		switch {
		case named, name == rootName:
		case l.plan.isChild(name):
			o.Level, o.Handlers, o.Propagate = nil, nil, nil
		default:
			o.Disabled = l.plan.disable
		}
		o.Handlers = slices.DeleteFunc(o.Handlers, func(h *sluice.Handler) bool { return s.closes(h, l) })
		all[name] = o
	}
	for name, p := range l.plan.loggers {
		o := all[name]
		if o.Disabled = false; p.level != nil {
			o.Level = p.level
		}
		if p.propagate != nil {
			o.Propagate = p.propagate
		}
		o.Handlers = nil
		for _, h := range p.handlers {
			o.Handlers = append(o.Handlers, l.slots[h].handler)
		}
		o.Filters = append(slices.Clip(o.Filters), filtersIn(p.filters)...)
		all[name] = o
	}
	return all
}

// closes says whether h is a handler of a former configuration that is no more.
func (s *System) closes(h *sluice.Handler, l *loading) bool {
	for name, slot := range s.slots {
		if slot.handler == h {
			_, stays := l.slots[name]
			return !stays
		}
	}
	return false
}

// increment changes levels alone.
func (s *System) increment(l *loading) {
	for _, h := range l.plan.handlers {
		if h.level != nil {
			h.slot.level.Set(*h.level)
		}
	}
	all := map[string]sluice.LoggerOptions{}
	for name, p := range l.plan.loggers {
		o := s.loggers.Options(name)
		if o.Disabled = false; p.level != nil {
			o.Level = p.level
		}
		if p.propagate != nil {
			o.Propagate = p.propagate
		}
		all[name] = o
	}
	s.loggers.SetAll(all)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.places = maps.Clone(s.places)
	for name, p := range l.plan.loggers {
		if s.places == nil {
			s.places = map[string]place{}
		}
		s.places[name] = p.at
	}
}
