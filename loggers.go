package sluice

import (
	"context"
	"iter"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// Loggers is a tree of loggers by dotted names, Python's Manager with its root
// logger: "app.db" is below "app", and that is below the root, whose names are ""
// and "root". A logger decides by its level, or that of the nearest one above
// that has a level, and by its filters; the record then goes to its handlers and
// to those of the loggers above it, up to the first that does not propagate, each
// by its own level and filters. Levels and filters of loggers above are not asked.
//
// Logger and Handler give the fronts that programs log with. Loggers itself is an
// Emitter for records that were made elsewhere. It is safe for concurrent use.
//
// Where no handler is found, a last resort prints the message alone to standard
// error, from Warning up; see LoggersOptions.
type Loggers struct {
	levels     *LevelNames
	lastResort []*Handler // one
	onError    ErrorFunc

	mu       sync.RWMutex // guards what follows, and the fields of logger that say so
	root     *logger
	disabled *Level     // by Disable; nil: nothing
	attached []*Handler // all that loggers have, each once, oldest first
	retired  []*route   // replaced, and perhaps still in use
	closed   bool
	taken    bool // handlers are closed, or being closed
}

// LoggersOptions are the options of NewLoggers. The zero LoggersOptions consists
// of defaults.
type LoggersOptions struct {
	// Levels names the levels that have no name of Python's, in records that carry
	// no level name; nil: none.
	Levels *LevelNames
	// LastResort handles the records for which there is no handler; nil prints the
	// message alone to os.Stderr, from Warning up. A handler of a Null turns it
	// off. (Python: logging.lastResort.)
	LastResort *Handler
	// OnError is told of what was logged after Close; see ErrorFunc. What handlers
	// fail to deliver they report themselves. nil prints to standard error, as in
	// HandlerOptions.
	OnError ErrorFunc
}

// LoggerOptions say what one logger does; see Loggers.Set.
type LoggerOptions struct {
	// Level is the least level that is logged. nil or NotSet: that of the nearest
	// logger above that has one. The root has nothing above: nil is Warning, and
	// NotSet lets everything through.
	Level *Level
	// Handlers are given what this logger and those below it log. A Handler may be
	// given to several loggers; a record that comes by two of them is handled twice.
	Handlers []*Handler
	// Filters decide in order about what is logged with this very logger; what one
	// of them returns goes to all handlers.
	Filters []Filter
	// Propagate says whether the handlers of the loggers above get the records as
	// well; nil: true.
	Propagate *bool
	// Disabled drops what is logged with this very logger.
	Disabled bool
}

// NewLoggers returns a tree with nothing but a root, which has no handlers and the
// level Warning as in Python. o may be nil.
func NewLoggers(o *LoggersOptions) *Loggers {
	if o == nil {
		o = &LoggersOptions{}
	}
	l := &Loggers{levels: o.Levels, onError: o.OnError}
	if l.levels == nil {
		l.levels = new(LevelNames)
	}
	if l.onError == nil {
		l.onError = (&report{w: os.Stderr}).onError
	}
	last := o.LastResort
	if last == nil {
		last = NewHandler(NewStream(stderr{}, bareMessage{}), &HandlerOptions{Level: Warning})
	}
	l.lastResort = []*Handler{last}
	l.root = l.newLogger(nil, rootName)
	l.root.exists = true
	l.root.update()
	return l
}

// stderr is what os.Stderr is at each write.
type stderr struct{}

func (stderr) Write(p []byte) (int, error) { return os.Stderr.Write(p) }

// bareMessage is the message alone.
type bareMessage struct{}

func (bareMessage) AppendRecord(dst []byte, r *Record) ([]byte, error) {
	return append(dst, r.Message...), nil
}

// Logger returns the logger called name, the same for each call; it comes into
// being with the first. Any name will do; dots in it place it in the tree. Its
// records carry the name. (Python: getLogger, and getChild with the parent's name
// and a dot in front.)
//
// Attributes made by Name change where in the tree a record is handled, but not
// whose level is asked.
func (l *Loggers) Logger(name string) *slog.Logger { return l.get(name).log }

// Handler returns the handler of Logger(name), which also answers on the finer
// scale of Level: Admits is Python's isEnabledFor.
func (l *Loggers) Handler(name string) *Handler { return l.get(name).handler }

// Set makes o what the logger called name does, all of it; it comes into being if
// there is none. A record that is being handled meanwhile is handled all by the
// former options or all by the new ones. Handlers that were replaced are left
// open: see Settle. (Python: setLevel, addHandler, removeHandler, addFilter,
// removeFilter, propagate, disabled.)
func (l *Loggers) Set(name string, o LoggerOptions) { l.SetAll(map[string]LoggerOptions{name: o}) }

// SetAll is Set for each of the loggers in all, in the order of their names, and at
// once: a record takes what all of them said before, or what all of them say now.
func (l *Loggers) SetAll(all map[string]LoggerOptions) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var added []*Handler
	var top *logger // of those that changed
	for _, name := range slices.Sorted(maps.Keys(all)) {
		n := l.create(name)
		n.o = all[name].clone()
		added = append(added, n.o.Handlers...)
		if top == nil {
			top = n
		} else if top != n {
			top = l.root
		}
	}
	if top != nil {
		top.update()
	}
	l.attach(added)
}

// SetLevel changes only the level of the logger called name, which comes into
// being if there is none. (Python: setLevel.)
func (l *Loggers) SetLevel(name string, level Level) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.create(name)
	n.o.Level = &level
	n.update()
}

// Options returns what Set and SetLevel said of the logger called name; the zero
// LoggerOptions if there is no such logger.
func (l *Loggers) Options(name string) LoggerOptions {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if n, found := l.find(name); found {
		return n.o.clone()
	}
	return LoggerOptions{}
}

// Names gives the names of the loggers that there are, in order, without the
// root.
func (l *Loggers) Names() []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var names []string
	l.root.walk(func(n *logger) {
		if n.exists && n != l.root {
			names = append(names, n.name)
		}
	})
	slices.Sort(names)
	return names
}

// EffectiveLevel gives the level that a logger called name goes by, whether there
// is one or not. (Python: getEffectiveLevel.)
func (l *Loggers) EffectiveLevel(name string) Level {
	l.mu.RLock()
	defer l.mu.RUnlock()
	n, _ := l.find(name)
	return n.effective
}

// HasHandlers says whether a logger called name has a handler, or one above that
// its records propagate to. (Python: hasHandlers.)
func (l *Loggers) HasHandlers(name string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	n, _ := l.find(name)
	return len(n.handlers) > 0
}

// Disable keeps all loggers from logging records of level and below, whatever
// their own level; NotSet ends that. Emit does not ask it. (Python:
// logging.disable; there, NotSet goes on keeping out levels of 0 and less.)
func (l *Loggers) Disable(level Level) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.disabled = &level
	if level == NotSet {
		l.disabled = nil
	}
	l.root.update()
}

// Emit hands r to the logger called r.Name, whatever its level, as Python's
// receivers do with Logger.handle. If there is no such logger, one is not made: r
// is handled as by a new one.
func (l *Loggers) Emit(ctx context.Context, r *Record) error {
	l.mu.RLock()
	n, found := l.find(r.Name)
	l.mu.RUnlock()
	return n.emit(ctx, r, found)
}

// Pass is the first half of Emit: what the filters of the logger called r.Name make of
// r; nil: they drop it. The second half is to hand that to each of HandlersOf(r.Name)
// that admits its level, which may be done later, as by a queue that has a cursor for
// each of them.
func (l *Loggers) Pass(ctx context.Context, r *Record) (*Record, error) {
	l.mu.RLock()
	n, found := l.find(r.Name)
	l.mu.RUnlock()
	rt := n.acquire()
	defer rt.release()
	return n.pass(ctx, rt, r, found)
}

// HandlersOf gives the handlers of the logger called name, there or not, and of those
// above it that its records propagate to. Of a tree that is closed, or where there is
// none, there are none: the last resort is not among them.
func (l *Loggers) HandlersOf(name string) iter.Seq[*Handler] {
	return func(yield func(*Handler) bool) {
		l.mu.RLock()
		n, _ := l.find(name)
		none := len(n.handlers) == 0
		l.mu.RUnlock()
		rt := n.acquire()
		defer rt.release()
		if rt.closed || none {
			return
		}
		for _, h := range rt.handlers.handlers {
			if !yield(h) {
				return
			}
		}
	}
}

// get gives the logger called name, which it makes if there is none.
func (l *Loggers) get(name string) *logger {
	l.mu.RLock()
	n, found := l.find(name)
	found = found && n.exists
	l.mu.RUnlock()
	if found {
		return n
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.create(name)
}

// find gives the logger called name, or the nearest above it that there is. The
// time it takes goes with the length of the name, which may be a stranger's. The
// caller holds mu.
func (l *Loggers) find(name string) (n *logger, found bool) {
	n = l.root
	if name == "" || name == rootName {
		return n, true
	}
	for rest, more := name, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, ".")
		child := n.children[part]
		if child == nil {
			return n, false
		}
		n = child
	}
	return n, true
}

// create makes the logger called name, and what joins it to the root, if there is
// none. The caller holds mu.
func (l *Loggers) create(name string) *logger {
	n := l.root
	if name == "" || name == rootName {
		return n
	}
	for end := 0; end <= len(name); end++ {
		part, _, _ := strings.Cut(name[end:], ".")
		end += len(part)
		child := n.children[part]
		if child == nil {
			child = l.newLogger(n, name[:end])
			n.children[part] = child
			child.update()
		}
		n = child
	}
	n.exists = true
	return n
}
