package config

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/rotate"
)

// System is loggers and handlers that configurations say. It is safe for concurrent
// use.
type System struct {
	o       Options
	loggers *sluice.Loggers
	before  map[string]sluice.LoggerOptions // of loggers that there were, by name; never changed

	loading sync.Mutex // held while a configuration is loaded, and over Shutdown

	mu      sync.RWMutex // guards what follows; held only to read or to write it
	slots   map[string]*slot
	order   []string // of slots: each behind those it hands records on to
	files   map[string]*rotate.File
	infos   map[string]HandlerInfo
	filters map[string][]FilterInfo // of loggers
	places  map[string]place        // of loggers that are named
	closed  bool
}

// Load makes a System of a configuration: JSON or YAML, named for errors; a name that
// ends in .json or .yaml says which. o may be nil. All that is wrong comes back as
// Errors, and then nothing was opened, or stays open. (Python: dictConfig.)
func Load(name string, data []byte, o *Options) (*System, error) {
	s := newSystem(o)
	if err := s.load(context.Background(), name, data, false); err != nil {
		return nil, err
	}
	return s, nil
}

func newSystem(o *Options) *System {
	s := &System{slots: map[string]*slot{}, before: map[string]sluice.LoggerOptions{}}
	if o != nil {
		s.o = *o
	}
	if s.loggers = s.o.Loggers; s.loggers == nil {
		s.loggers = sluice.NewLoggers(&sluice.LoggersOptions{Levels: s.o.Levels, OnError: s.o.OnError})
	}
	for _, name := range append(s.loggers.Names(), rootName) {
		s.before[name] = s.loggers.Options(name)
	}
	s.filters = map[string][]FilterInfo{}
	return s
}

// Load loads one more configuration on top of what there is, as a second dictConfig
// does in Python: loggers that there are and that it does not name are disabled,
// unless it says disable_existing_loggers: false; an incremental one only changes
// levels. If anything is wrong all stays as it was.
func (s *System) Load(ctx context.Context, name string, data []byte) error {
	return s.load(ctx, name, data, false)
}

// Reload puts a configuration in the place of the one that there is: afterwards all
// is as if it had been the first, and loggers that it does not name go by those above
// them. Handlers whose class and arguments are the same go on as they are, with
// another level, other filters and another formatter where these changed. If anything
// is wrong all stays as it was.
//
// A record that is logged meanwhile is handled by one configuration or the other.
// Handlers that are gone are closed when what they have in hand is delivered; when
// ctx is done they are not waited for any longer. What goes wrong with that is told
// to OnError.
func (s *System) Reload(ctx context.Context, name string, data []byte) error {
	return s.load(ctx, name, data, true)
}

// Logger returns the logger called name; see sluice.Loggers.
func (s *System) Logger(name string) *slog.Logger { return s.loggers.Logger(name) }

// Loggers returns the tree of loggers, an Emitter for records that were made
// elsewhere. Shutdown closes it.
func (s *System) Loggers() *sluice.Loggers { return s.loggers }

// Handler returns the handler called name; nil: there is none. It stays the same as
// long as configurations have one of that name. (Python: getHandlerByName.)
func (s *System) Handler(name string) *sluice.Handler {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if slot, ok := s.slots[name]; ok {
		return slot.handler
	}
	return nil
}

// File returns the file that the handler called name writes now, for Roll and Sync;
// nil if there is none.
func (s *System) File(name string) *rotate.File {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.files[name]
}

// Reopen opens all files anew, for those who move them away and then say so. (Python:
// reopenIfNeeded, of all handlers.)
func (s *System) Reopen() error {
	s.mu.RLock()
	files := maps.Clone(s.files)
	s.mu.RUnlock()
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		errs = append(errs, files[name].Reopen())
	}
	return errors.Join(errs...)
}

// Stats gives what became of the records of each handler that counts them.
func (s *System) Stats() map[string]sluice.Stats {
	s.mu.RLock()
	slots := maps.Clone(s.slots)
	s.mu.RUnlock()
	all := map[string]sluice.Stats{}
	for name, slot := range slots {
		if m := slot.made.Load(); m != nil && m.stats != nil {
			all[name] = m.stats()
		}
	}
	return all
}

// Tree describes what there is.
func (s *System) Tree() *Tree {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := &Tree{}
	names := map[*sluice.Handler]string{}
	for _, name := range slices.Sorted(maps.Keys(s.slots)) {
		slot := s.slots[name]
		info := s.infos[name]
		info.Level = slot.level.Get()
		t.Handlers = append(t.Handlers, info)
		names[slot.handler] = name
	}
	for _, name := range append([]string{rootName}, s.loggers.Names()...) {
		o := s.loggers.Options(name)
		at := s.places[name]
		i := LoggerInfo{
			Name: name, Level: valueOr(o.Level, sluice.NotSet), Propagate: o.Propagate == nil || *o.Propagate,
			Disabled: o.Disabled, Filters: s.filters[name], Line: at.line, Column: at.column,
		}
		if name == rootName && o.Level == nil {
			i.Level = sluice.Warning
		}
		for _, h := range o.Handlers {
			i.Handlers = append(i.Handlers, names[h])
		}
		t.Loggers = append(t.Loggers, i)
	}
	return t
}

// Flush flushes all handlers, each before those it hands records on to.
func (s *System) Flush(ctx context.Context) error {
	var errs []error
	for _, slot := range s.newestFirst() {
		errs = append(errs, slot.Flush(ctx))
	}
	return errors.Join(errs...)
}

func (s *System) newestFirst() []*slot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []*slot
	for _, name := range slices.Backward(s.order) {
		all = append(all, s.slots[name])
	}
	return all
}

// Shutdown refuses further records, waits for those that are being handled, and
// closes all handlers, each before those it hands records on to. When ctx is done it
// waits no longer. (Python: logging.shutdown.)
func (s *System) Shutdown(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return nil
	}
	errs := []error{s.loggers.Stop(ctx)}
	closed := make(chan error)
	go func() {
		defer close(closed)
		for _, slot := range s.newestFirst() {
			if err := slot.Close(); err != nil {
				select {
				case closed <- fmt.Errorf("close %s: %w", slot.name, err):
				case <-ctx.Done():
				}
			}
		}
	}()
	for {
		select {
		case err, more := <-closed:
			if more {
				errs = append(errs, err)
				continue
			}
			return errors.Join(append(errs, s.loggers.Shutdown(ctx))...)
		case <-ctx.Done():
			return errors.Join(append(errs, fmt.Errorf("close handlers: %w", ctx.Err()))...)
		}
	}
}
