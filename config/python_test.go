package config_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/queue"
)

// What CPython's ConfigDictTest wants to fail: where it is told.
func TestPythonFails(t *testing.T) {
	for name, c := range map[string]struct{ text, path string }{
		"stream":             {"handlers: {h: {class: logging.StreamHandler, stream: ext://sys.stdbout}}", "handlers.h.stream"},
		"level of a handler": {"handlers: {h: {class: logging.StreamHandler, level: NTOSET}}", "handlers.h.level"},
		"level of the root":  {"root: {level: WRANING}", "root.level"},
		"formatter":          {"handlers: {h: {class: logging.StreamHandler, formatter: misspelled_name}}", "handlers.h.formatter"},
		"identifier":         {"handlers: {h: {class: logging.StreamHandler, '9': invalid}}", "handlers.h.9"},
		"version missing":    {"version: null", "version"},
		"version 2":          {"version: 2", "version"},
		"format of style":    {"formatters: {f: {(): logging.Formatter, format: '{message}', style: $}}", "formatters.f.format"},
		"validate":           {"formatters: {f: {(): test.Short, format: x, validate: false}}", "formatters.f.validate"},
		"defaults":           {"formatters: {f: {(): test.Short, format: x, defaults: {a: 1}}}", "formatters.f.defaults"},
		"filter null":        {"loggers: {a: {filters: [null]}}", "loggers.a.filters[0]"},
		"filter number":      {"loggers: {a: {filters: [1]}}", "loggers.a.filters[0]"},
		"filter unknown":     {"loggers: {a: {filters: [x]}}", "loggers.a.filters"},
		"queue null":         {"handlers: {h: {class: logging.handlers.QueueHandler, queue: null}}", "handlers.h.queue"},
		"queue mapping":      {"handlers: {h: {class: logging.handlers.QueueHandler, queue: {maxsize: 3}}}", "handlers.h.queue"},
		"queue argument":     {"handlers: {h: {class: logging.handlers.QueueHandler, queue: {(): queue.Queue, size: 3}}}", "handlers.h.queue.size"},
		"queue of no class":  {"handlers: {h: {class: logging.handlers.QueueHandler, queue: test.Nothing}}", "handlers.h.queue"},
		"listener":           {"handlers: {h: {class: logging.handlers.QueueHandler, listener: logging.handlers.QueueHandler}}", "handlers.h.listener"},
		"listener null":      {"handlers: {h: {class: logging.handlers.QueueHandler, listener: null}}", "handlers.h.listener"},
		"queued for nobody":  {"handlers: {h: {class: logging.handlers.QueueHandler, handlers: [x]}}", "handlers.h.handlers[0]"},
		"cfg no key":         {"x: {a: 1}\nroot: {level: cfg://x.b}", "root.level"},
		"cfg no element":     {"x: [1]\nroot: {level: 'cfg://x[1]'}", "root.level"},
		"cfg text on list":   {"x: [1]\nroot: {level: 'cfg://x[a]'}", "root.level"},
		"cfg bracket":        {"x: [1]\nroot: {level: 'cfg://x[[0]]'}", "root.level"},
		"cfg syntax":         {"x: [1]\nroot: {level: 'cfg://!'}", "root.level"},
		"cfg rest":           {"x: {a: 1}\nroot: {level: 'cfg://x.a!'}", "root.level"},
		"() null":            {"formatters: {f: {(): null, format: '%(message)s'}}", "formatters.f.()"},
		"no encoding":        {"handlers: {h: {class: logging.FileHandler, filename: x.log, encoding: ''}}", "handlers.h.encoding"},
		"no mode":            {"handlers: {h: {class: logging.FileHandler, filename: x.log, mode: ''}}", "handlers.h.mode"},
		"no mode, no size":   {"handlers: {h: {class: logging.handlers.RotatingFileHandler, filename: x.log, mode: ''}}", "handlers.h.mode"},
		"no when":            {"handlers: {h: {class: logging.handlers.TimedRotatingFileHandler, filename: x.log, when: ''}}", "handlers.h.when"},
		"no directory":       {"handlers: {h: {class: logging.FileHandler, filename: no/x.log}}", "handlers.h.filename"},
	} {
		t.Run(name, func(t *testing.T) {
			text := c.text
			if !strings.HasPrefix(text, "version") {
				text = "version: 1\n" + text
			}
			o := &config.Options{Formatters: map[string]config.FormatterClass{"test.Short": short}}
			_, err := config.Load("x.yaml", []byte(text), o)
			var all config.Errors
			if !errors.As(err, &all) || len(all) != 1 || all[0].Path != c.path {
				t.Errorf("error %v, want one at %s", err, c.path)
			}
		})
	}
}

// A handler in a round of handlers is told, and so is one that only hands on to such:
// CPython names the first that it cannot make, which may be any of them.
func TestPythonRounds(t *testing.T) {
	const memory, queued = "{class: logging.handlers.MemoryHandler, capacity: 1, target: %s}", "{class: logging.handlers.QueueHandler, handlers: [%s]}"
	for name, c := range map[string]struct{ handlers, want string }{
		"itself":        {"a: " + fmt.Sprintf(memory, "a"), "a.target: hands its records on to itself: a to a"},
		"two and one":   {"a: " + fmt.Sprintf(memory, "b") + ", b: " + fmt.Sprintf(queued, "c") + ", c: " + fmt.Sprintf(memory, "b"), "a.target: hands its records on to b, from where they come round; b.handlers: hands its records on to itself: b to c to b; c.target: hands its records on to itself: b to c to b"},
		"one, then two": {"a: " + fmt.Sprintf(memory, "b") + ", b: " + fmt.Sprintf(queued, "a") + ", c: " + fmt.Sprintf(memory, "b"), "a.target: hands its records on to itself: a to b to a; b.handlers: hands its records on to itself: a to b to a; c.target: hands its records on to b, from where they come round"},
		"two ways":      {"a: " + fmt.Sprintf(queued, "b, c") + ", b: " + fmt.Sprintf(memory, "d") + ", c: " + fmt.Sprintf(memory, "d") + ", d: " + fmt.Sprintf(memory, "a"), "a.handlers: hands its records on to itself: a to b to d to a; b.target: hands its records on to itself: a to b to d to a; c.target: hands its records on to d, from where they come round; d.target: hands its records on to itself: a to b to d to a"},
	} {
		_, err := config.Load("x.yaml", []byte("version: 1\nhandlers: {"+c.handlers+"}"), nil)
		var all config.Errors
		if !errors.As(err, &all) {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for _, e := range all {
			got = append(got, strings.TrimPrefix(e.Path, "handlers.")+": "+e.Message)
		}
		slices.Sort(got)
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// short is a formatter with one argument.
func short(b *config.Builder) (sluice.Formatter, error) {
	var a struct {
		Format string `json:"format"`
	}
	err := b.Decode(&a)
	return fixed(a.Format), err
}

type fixed string

func (f fixed) AppendRecord(dst []byte, _ *sluice.Record) ([]byte, error) {
	return append(dst, f...), nil
}

// What CPython's ConfigDictTest wants to work: what is in the file that the handler
// writes, after an info and an error of the logger compiler.parser.
func TestPython(t *testing.T) {
	const infoAndError = "INFO:root\nERROR:root\n"
	for name, c := range map[string]struct{ text, want string }{
		"root at WARNING": {"handlers: {h: $FILE}\nroot: {level: WARNING, handlers: [h]}", "e\n"},
		"child logger":    {"handlers: {h: $FILE}\nloggers: {compiler.parser: {level: DEBUG, handlers: [h]}}\nroot: {level: WARNING}", "i\ne\n"},
		"propagate":       {"handlers: {h: $FILE, n: {class: logging.NullHandler}}\nloggers: {compiler.parser: {propagate: 0, handlers: [n]}}\nroot: {level: INFO, handlers: [h]}", ""},
		"formatter by ()": {"formatters: {f: {(): test.Short, format: short}}\nhandlers: {h: {$IN, formatter: f}}\nroot: {level: INFO, handlers: [h]}", "short\nshort\n"},
		"formatter class": {"formatters: {f: {class: test.Short, format: short}}\nhandlers: {h: {$IN, formatter: f}}\nroot: {level: INFO, handlers: [h]}", "short\nshort\n"},
		"class null":      {"formatters: {f: {class: null, format: 'n:%(message)s'}, g: {class: '', format: '%(message)s'}}\nhandlers: {h: {$IN, formatter: f}, g: {class: logging.FileHandler, filename: $DIR/g.log, formatter: g}}\nroot: {level: INFO, handlers: [h, g]}", "n:i\nn:e\n"},
		"name filter":     {"filters: {f: {name: compiler.parser}, g: {name: compiler.lexer}}\nhandlers: {h: {$IN, filters: [f]}, g: {class: logging.FileHandler, filename: $DIR/g.log, filters: [g]}}\nroot: {level: INFO, handlers: [h, g]}", "i\ne\n"},
		"cfg":             {"true_formatters: {f: {format: '%(levelname)s:root'}}\nformatters: cfg://true_formatters\nhandler_configs: {'a b': {$IN, formatter: f}}\nhandlers: {h: 'cfg://handler_configs[a b]'}\nroot: {level: 'cfg://levels[1]', handlers: [h]}\nlevels: [DEBUG, INFO]", infoAndError},
		"cfg nested":      {"x: {'': [{'a.b!': INFO}]}\nhandlers: {h: $FILE}\nroot: {level: 'cfg://x[][0][a.b!]', handlers: [h]}", "i\ne\n"},
		"terminator":      {"handlers: {h: {$IN, '.': {foo: bar, terminator: \"!\\n\"}}}\nroot: {level: INFO, handlers: [h]}", "i!\ne!\n"},
		"defaults":        {"formatters: {f: {format: '%(message)s %(customfield)s', defaults: {customfield: 12}}}\nhandlers: {h: {$IN, formatter: f}}\nroot: {level: INFO, handlers: [h]}", "i own\ne 12\n"},
		"msec by .":       {"formatters: {f: {(): logging.Formatter, fmt: '%(asctime)s', '.': {default_time_format: at, default_msec_format: null}}}\nhandlers: {h: {$IN, formatter: f}}\nroot: {level: INFO, handlers: [h]}", "at\nat\n"},
		"no validation":   {"formatters: {f: {format: '{message}', validate: false}}\nhandlers: {h: {$IN, formatter: f}}\nroot: {level: INFO, handlers: [h]}", "{message}\n{message}\n"},
		"flushLevel":      {"handlers: {h: $FILE, m: {class: logging.handlers.MemoryHandler, capacity: 100, flushLevel: ERROR, target: h}, n: {class: logging.handlers.MemoryHandler, capacity: 100, flushLevel: CRITICAL, flushOnClose: false, target: h}}\nroot: {level: INFO, handlers: [m, n]}", "i\ne\n"},
		"dollar style":    {"formatters: {f: {(): logging.Formatter, format: '$levelname:root', style: $}}\nhandlers: {m: {class: logging.handlers.MemoryHandler, capacity: 1, target: h}, h: {$IN, formatter: f}}\nroot: {level: INFO, handlers: [m]}", infoAndError},
		"filter function": {"filters: {f: {(): test.OnlyErrors}}\nhandlers: {h: $FILE}\nloggers: {compiler.parser: {filters: [f]}}\nroot: {level: INFO, handlers: [h]}", "e\n"},
		"queue":           {"handlers: {q: {class: logging.handlers.QueueHandler, handlers: [h]}, h: $FILE}\nroot: {level: INFO, handlers: [q]}", "i\ne\n"},
		"queue own":       {"handlers: {q: {class: logging.handlers.QueueHandler, queue: test.Queue, listener: logging.handlers.QueueListener, handlers: [h]}, h: $FILE}\nroot: {level: INFO, handlers: [q]}", "i\ne\n"},
		"queue levels":    {"handlers: {q: {class: logging.handlers.QueueHandler, queue: {(): queue.Queue, maxsize: 9}, handlers: [h], respect_handler_level: true}, h: {$IN, level: ERROR}}\nroot: {level: INFO, handlers: [q]}", "e\n"},
		"spool":           {"handlers: {q: {class: logging.handlers.QueueHandler, queue: {(): spool, directory: $DIR/spool, perm: '0600'}, handlers: [h]}, h: $FILE}\nroot: {level: INFO, handlers: [q]}", "i\ne\n"},
		"cfg other words": {"größe: {é: INFO}\nhandlers: {h: $FILE}\nroot: {level: 'cfg://größe.é', handlers: [h]}", "i\ne\n"},
		"later directory": {"handlers: {h: $FILE, d: {class: logging.FileHandler, filename: $DIR/no/x.log, delay: true}}\nroot: {level: INFO, handlers: [h]}", "i\ne\n"},
		"mode and size":   {"handlers: {h: {class: logging.handlers.RotatingFileHandler, filename: $DIR/h.log, mode: '', maxBytes: 9000, backupCount: 1}}\nroot: {level: INFO, handlers: [h]}", "i\ne\n"},
		"custom keys":     {"handlers: {h: {class: test.Prefixed, filename: $DIR/h.log, prefix: '> '}}\nroot: {level: INFO, handlers: [h]}", "> i\n> e\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			text := strings.NewReplacer("$FILE", "{$IN}", "$DIR", "$TMP").Replace("version: 1\n" + c.text)
			text = strings.ReplaceAll(text, "$IN", "class: logging.FileHandler, filename: $TMP/h.log")
			sys := load(t, dir, text, &config.Options{
				Formatters: map[string]config.FormatterClass{"test.Short": short},
				Filters:    map[string]config.FilterClass{"test.OnlyErrors": onlyErrors},
				Queues:     map[string]config.QueueClass{"test.Queue": testQueue},
				Classes:    map[string]config.Class{"test.Prefixed": prefixed},
			})
			log := sys.Logger("compiler.parser")
			log.Info("i", "customfield", "own")
			log.Error("e")
			shut(t, sys)
			if got := content(t, dir, "h.log"); got != c.want {
				t.Errorf("the file has %q, want %q", got, c.want)
			}
		})
	}
}

func onlyErrors(*config.Builder) (sluice.Filter, error) { return sluice.MinLevel(sluice.Error), nil }

func testQueue(*config.Builder) (func() (queue.Queue, error), error) {
	return func() (queue.Queue, error) { return queue.NewRing(10, nil), nil }, nil
}

// prefixed is a class of handlers with arguments of its own.
func prefixed(b *config.Builder) (config.Open, error) {
	var a struct {
		Filename string `json:"filename" config:"required"`
		Prefix   string `json:"prefix"`
	}
	err := b.Decode(&a)
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		f, err := os.Create(a.Filename)
		return sluice.NewStreamCloser(f, prefix{a.Prefix, b.Formatter()}), nil, err
	}, err
}

type prefix struct {
	text string
	f    sluice.Formatter
}

func (p prefix) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	return p.f.AppendRecord(append(dst, p.text...), r)
}

// Loggers that there are: those that are not named are disabled, but for the children
// of those that are; a sibling with a name that sorts between is no child.
func TestPythonExisting(t *testing.T) {
	loggers := sluice.NewLoggers(&sluice.LoggersOptions{LastResort: sluice.NewHandler(&sluice.Null{}, nil)})
	for _, name := range []string{"compiler.parser", "compiler", "compiler-hyphenated", "other"} {
		loggers.Logger(name)
	}
	made, classes := recorders()
	o := &config.Options{Loggers: loggers, Classes: classes, OnError: func(_ context.Context, _ *sluice.Record, err error) { t.Error(err) }}
	sys, err := config.Load("x.yaml", []byte("{version: 1, handlers: {r: {class: test.Recorder}}, loggers: {compiler: {level: DEBUG}}, root: {handlers: [r]}}"), o)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, sys)
	enabled := func(name string) bool { return sys.Logger(name).Enabled(t.Context(), slog.LevelError) }
	for name, want := range map[string]bool{"compiler": true, "compiler.parser": true, "compiler-hyphenated": false, "other": false} {
		if enabled(name) != want {
			t.Errorf("%s: enabled is %t", name, !want)
		}
	}
	again := func(text string) {
		t.Helper()
		if err := sys.Load(t.Context(), "x.yaml", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	again("{version: 1, loggers: {other: {level: INFO}}}")
	if !enabled("other") || enabled("compiler") {
		t.Error("other is named now, compiler is not")
	}
	again("version: 1")
	if enabled("other") {
		t.Error("a configuration that names nothing disables all")
	}
	again("{version: 1, disable_existing_loggers: false}")
	if !enabled("other") || !enabled("compiler-hyphenated") {
		t.Error("disable_existing_loggers: false enables all")
	}
	if made["r"] == nil {
		t.Error("the handler was not made")
	}
}

// Applying a configuration again leaves no file open beside the one that there is.
func TestPythonNoLeak(t *testing.T) {
	dir := t.TempDir()
	sys := load(t, dir, basic, nil)
	before := openFiles(t)
	for range 10 {
		if err := sys.Load(t.Context(), "again.yaml", in(dir, basic)); err != nil {
			t.Fatal(err)
		}
		reload(t, sys, dir, strings.Replace(basic, "filename: $TMP/db.log", "filename: $TMP/db.log, delay: false, encoding: ascii", 1))
	}
	if after := openFiles(t); after > before { // those of other tests may be closed meanwhile
		t.Errorf("%d files are open, %d were", after, before)
	}
}

// openFiles counts the files that the process has open; 0 where nobody tells.
func openFiles(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(names)
}
