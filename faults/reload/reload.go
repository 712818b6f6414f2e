// Package reload has the faults of configurations that change under load.
//
// # Limits
//
// The load is paced, so that ten seconds of it fit on a disk: some twenty thousand
// records a second.
package reload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
)

// Faults are the rows of this package.
func Faults() []fault.Fault { return []fault.Fault{changing()} }

func changing() fault.Fault {
	return fault.Fault{
		ID: "F25", Case: "reload", Title: "100 configurations a second under load, a tenth of them broken; log files come and go",
		Injector: "a configuration file that is written, broken and removed; log files that are deleted when no configuration has them",
		Promise:  "A broken configuration changes nothing. Every record is in one file, once; no call waits for a reload.",
		Sluice:   run, Limit: 2 * time.Minute,
	}
}

const (
	every     = 10 * time.Millisecond // a reload
	producers = 4
	burst     = 5 // records a producer logs at once, each millisecond
	files     = 6 // that configurations choose from
)

func run(ctx context.Context, e *fault.Env) (r balance.Result, err error) {
	var l balance.Ledger
	c := &changes{e: e, path: filepath.Join(e.Dir, "logging.yaml"), ledger: &l}
	if err := os.WriteFile(c.path, []byte(c.good(0)), 0o600); err != nil {
		return r, err
	}
	sys, err := config.LoadFile(c.path, &config.Options{OnError: func(_ context.Context, _ *sluice.Record, err error) {
		c.reported.Add(1)
		c.last.Store(&err)
	}})
	if err != nil {
		return r, err
	}
	log := startLoad(ctx, sys, &l)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for range e.Of(1000, 60) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return r, ctx.Err()
		}
		if err := c.next(ctx, sys); err != nil {
			return r, err
		}
	}
	slowest := log.end()
	if err := sys.Shutdown(ctx); err != nil {
		return r, err
	}
	if _, err := l.ReadFiles(e.Dir, "app"); err != nil {
		return r, err
	}
	r = l.Balance(balance.Counters{})
	r.Runs = c.reloads
	r.Figure("ms the slowest call took", float64(slowest)/float64(time.Millisecond))
	r.Equal("broken configurations that were refused", c.refused, c.broken)
	if n := c.reported.Load(); n > 0 {
		r.Break("%d errors were reported, the last: %v", n, *c.last.Load())
	}
	return r, nil
}

// load is records that are logged as long as it lasts.
type load struct {
	stop chan struct{}
	wg   sync.WaitGroup

	mu      sync.Mutex
	slowest time.Duration
}

func startLoad(ctx context.Context, sys *config.System, l *balance.Ledger) *load {
	w := &load{stop: make(chan struct{})}
	for p := range producers {
		w.wg.Go(func() {
			slowest := w.produce(ctx, sys, l, p)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.slowest = max(w.slowest, slowest)
		})
	}
	return w
}

func (w *load) produce(ctx context.Context, sys *config.System, l *balance.Ledger, producer int) (slowest time.Duration) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for seq := 0; ; {
		select {
		case <-w.stop:
			return slowest
		case <-tick.C:
		}
		for range burst {
			id := balance.ID{Producer: producer, Seq: seq}
			seq++
			line := balance.AppendLine(nil, id, 80)
			began := time.Now()
			err := sys.Loggers().Emit(ctx, &sluice.Record{Time: began, Level: sluice.Info, Name: "app.part", Message: strings.TrimSuffix(string(line), "\n")})
			slowest = max(slowest, time.Since(began))
			if err == nil {
				l.Accept(id)
			} else {
				l.Refuse(id)
			}
		}
	}
}

// end ends the load and gives the time of the slowest call.
func (w *load) end() time.Duration {
	close(w.stop)
	w.wg.Wait()
	return w.slowest
}

// changes are the configurations, one after the other.
type changes struct {
	e      *fault.Env
	path   string
	ledger *balance.Ledger
	now    int // the file that the configuration of now writes

	reloads, broken, refused int
	reported                 atomic.Int64
	last                     atomic.Pointer[error]
}

// next loads another configuration, which may be broken.
func (c *changes) next(ctx context.Context, sys *config.System) error {
	c.reloads++
	if c.e.Rand.IntN(10) == 0 {
		c.broken++
		if err := c.breakIt(); err != nil {
			return err
		}
		if sys.ReloadFile(ctx, c.path) != nil {
			c.refused++
		}
		return nil
	}
	file := c.e.Rand.IntN(files)
	if err := os.WriteFile(c.path, []byte(c.good(file)), 0o600); err != nil {
		return err
	}
	if err := sys.ReloadFile(ctx, c.path); err != nil {
		return err
	}
	c.now = file
	return c.vanish()
}

// vanish counts and removes the files of a configuration that is no more.
func (c *changes) vanish() error {
	gone := c.e.Rand.IntN(files)
	if gone == c.now {
		return nil
	}
	names, err := filepath.Glob(filepath.Join(c.e.Dir, fmt.Sprintf("app%d.log*", gone)))
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := c.ledger.ReadFile(name); err != nil {
			return err
		}
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// breakIt breaks the configuration in one of many ways.
func (c *changes) breakIt() error {
	good := c.good(c.e.Rand.IntN(files))
	switch c.e.Rand.IntN(6) {
	case 0:
		if err := os.Remove(c.path); !errors.Is(err, os.ErrNotExist) { // it may be gone since the one before
			return err
		}
		return nil
	case 1:
		good = good[:c.e.Rand.IntN(len(good))] + "\n[" // half of it was written
	case 2:
		good += "  nobody: {handlers: [missing]}\n"
	case 3:
		good = fmt.Sprintf("version: 1\nhandlers: {f: {class: logging.FileHandler, filename: %s/nowhere/app.log}}\n", c.e.Dir)
	case 4:
		// The first file opens, the second one is a directory.
		good = fmt.Sprintf("version: 1\nhandlers: {a: {class: logging.FileHandler, filename: %s/new.log}, b: {class: logging.FileHandler, filename: %s}}\n", c.e.Dir, c.e.Dir)
	default:
		good = "version: 2\n"
	}
	return os.WriteFile(c.path, []byte(good), 0o600)
}

// good is a configuration by which each record comes into file, by one of several
// ways.
func (c *changes) good(file int) string {
	path := filepath.Join(c.e.Dir, fmt.Sprintf("app%d.log", file))
	name := "file"
	if c.e.Rand.IntN(2) == 0 {
		name = fmt.Sprintf("file%d", file) // one that goes on, and one that is made anew
	}
	options := [...]string{"class: logging.FileHandler", "class: logging.handlers.WatchedFileHandler",
		"class: logging.handlers.RotatingFileHandler, maxBytes: 100000, backupCount: 1000"}[c.e.Rand.IntN(3)]
	handlers := fmt.Sprintf("  %s: {%s, filename: %s, formatter: bare}\n", name, options, path)
	first := name
	if c.e.Rand.IntN(3) == 0 {
		handlers += fmt.Sprintf("  memory: {class: logging.handlers.MemoryHandler, capacity: %d, target: %s}\n", 1+c.e.Rand.IntN(20), first)
		first = "memory"
	}
	if c.e.Rand.IntN(3) == 0 {
		handlers += fmt.Sprintf("  queue: {class: logging.handlers.QueueHandler, queue: {(): ring, size: 500}, handlers: [%s]}\n", first)
		first = "queue"
	}
	loggers := fmt.Sprintf("root: {level: INFO, handlers: [%s]}\nloggers:\n  other: {level: DEBUG}\n", first)
	if c.e.Rand.IntN(2) == 0 {
		loggers = fmt.Sprintf("loggers:\n  app: {level: INFO, handlers: [%s], propagate: no}\n", first)
	}
	return "version: 1\nformatters: {bare: {format: '%(message)s'}}\nhandlers:\n" + handlers + loggers
}
