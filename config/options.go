package config

import (
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/queue"
)

// Options are the options of Load and Check: what a configuration may name beside
// what this package knows, under any name, such as the one that Python imports it
// by. A name of the package's own can be given another meaning. The zero Options
// consists of defaults.
type Options struct {
	// Classes are those of handlers: "class", or "()", in handlers.
	Classes map[string]Class
	// Formatters are classes of formatters: "class" or "()" in formatters.
	Formatters map[string]FormatterClass
	// Filters are classes of filters: "()" in filters.
	Filters map[string]FilterClass
	// Queues are classes of queues: "queue" of a QueueHandler.
	Queues map[string]QueueClass
	// Streams are what ext:// may name beside sys.stdout and sys.stderr. They are
	// not closed.
	Streams map[string]io.Writer
	// Namers and Rotators are what the attributes namer and rotator of rotating
	// files may name by ext://; see handlers.RotatingFileOptions.
	Namers   map[string]func(path string) string
	Rotators map[string]func(source, dest string) error
	// CharName names characters for the error policy namereplace, as charname.Of of
	// package charset/charname does. nil: they have no names.
	CharName charset.Namer

	// FilePerm are the permissions of files for which a configuration says none; 0:
	// 0666 before umask, as Python's.
	FilePerm fs.FileMode

	// Loggers is the tree to be configured; nil: a new one. Loggers that are in it
	// already are Python's existing loggers.
	Loggers *sluice.Loggers
	// Levels are the names of levels; nil: Python's.
	Levels *sluice.LevelNames
	// OnError is told of each record that a handler did not deliver, and of
	// housekeeping that failed; see sluice.ErrorFunc. nil prints to standard error.
	OnError sluice.ErrorFunc
}

// Class makes handlers of a class. It decodes and checks its arguments, and leaves
// the world as it is: what it returns is called when the whole configuration is
// known to be good, and opens what there is to open. It may be called without that,
// and what it returns not at all. An error that Builder.Decode gave is told already;
// any other is told with the handler's place.
type Class func(b *Builder) (Open, error)

// Open makes an Emitter, around which package config puts a Handler with level and
// filters. The second result gives its Stats; nil: it has none.
type Open func() (sluice.Emitter, func() sluice.Stats, error)

// FormatterClass makes a formatter; nothing is opened.
type FormatterClass func(b *Builder) (sluice.Formatter, error)

// FilterClass makes a filter; nothing is opened.
type FilterClass func(b *Builder) (sluice.Filter, error)

// QueueClass makes queues as a Class makes handlers.
type QueueClass func(b *Builder) (func() (queue.Queue, error), error)

// known is what a configuration may name.
type known struct {
	classes    map[string]Class
	formatters map[string]FormatterClass
	filters    map[string]FilterClass
	queues     map[string]QueueClass
	streams    map[string]io.Writer
	constants  map[string]node
}

func (o *Options) known() *known {
	k := &known{
		classes: classes(), formatters: formatterClasses(), filters: filterClasses(), queues: queueClasses(),
		streams:   map[string]io.Writer{"sys.stdout": os.Stdout, "sys.stderr": os.Stderr},
		constants: constants(),
	}
	maps.Copy(k.classes, o.Classes)
	maps.Copy(k.formatters, o.Formatters)
	maps.Copy(k.filters, o.Filters)
	maps.Copy(k.queues, o.Queues)
	maps.Copy(k.streams, o.Streams)
	return k
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
