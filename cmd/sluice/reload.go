package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/sluicelog/sluice/config"
)

const (
	// quiet is how long nothing must happen to a configuration before it is read: an
	// editor writes in several steps.
	quiet = 100 * time.Millisecond
	// restless is the longest that such steps are waited for.
	restless = 2 * time.Second
	// reloadTimeout is how long handlers that are no more may take to close.
	reloadTimeout = 30 * time.Second
)

// reloader loads a configuration again when its file changes, and by SIGHUP.
type reloader struct {
	path   string
	sys    *config.System
	say    io.Writer
	report func(error)
	before func(*config.Tree) // called before another one is loaded
	loaded func() error       // called when one was, or was not
	last   []byte             // what was loaded, or tried to be
}

// watch begins, and returns what ends it. If the file cannot be watched, that is an
// error, and there is still SIGHUP.
func (r *reloader) watch() (stop func(), err error) {
	r.last, _ = config.ReadFile(r.path)
	w, err := fsnotify.NewWatcher()
	if err == nil {
		err = r.follow(w)
	}
	var events chan fsnotify.Event
	var errs chan error
	if w != nil {
		events, errs = w.Events, w.Errors
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	end := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		var first time.Time // of the events that wait; zero: there are none
		wait := time.NewTimer(time.Hour)
		defer wait.Stop()
		for {
			select {
			case <-end:
				return
			case <-hup:
				if err := r.sys.Reopen(); err != nil {
					r.report(fmt.Errorf("open anew: %w", err))
				}
				r.load(true)
			case <-events:
				if first.IsZero() {
					first = time.Now()
				}
				wait.Reset(max(0, min(quiet, restless-time.Since(first))))
			case err := <-errs:
				r.report(fmt.Errorf("watch %s: %w", r.path, err))
			case <-wait.C:
				first = time.Time{}
				if err := r.follow(w); err != nil {
					r.report(fmt.Errorf("watch %s: %w", r.path, err))
				}
				r.load(false)
			}
		}
	})
	return func() {
		signal.Stop(hup)
		close(end)
		wg.Wait()
		if w != nil {
			_ = w.Close()
		}
	}, err
}

// follow watches the directories of the path and of what it leads to: files are
// replaced by renaming, and links, such as those of a config map, are replaced whole.
func (r *reloader) follow(w *fsnotify.Watcher) error {
	if w == nil {
		return nil
	}
	dirs := []string{filepath.Dir(r.path)}
	if real, err := filepath.EvalSymlinks(r.path); err == nil && filepath.Dir(real) != dirs[0] {
		dirs = append(dirs, filepath.Dir(real))
	}
	var errs []error
	for _, dir := range dirs {
		errs = append(errs, w.Add(dir)) // once more is fine
	}
	return errors.Join(errs...)
}

// load loads the file if it has changed, or must.
func (r *reloader) load(must bool) {
	data, err := config.ReadFile(r.path)
	if !must && (errors.Is(err, fs.ErrNotExist) || err == nil && bytes.Equal(data, r.last)) {
		return // it is being replaced, or was only looked at
	}
	if err == nil {
		r.last = data
		ctx, cancel := context.WithTimeout(context.Background(), reloadTimeout)
		defer cancel()
		if next, err := config.Check(r.path, data, configOptions()); err == nil {
			r.before(next.Tree)
		}
		err = r.sys.Reload(ctx, r.path, data)
		if err := r.loaded(); err != nil {
			r.report(fmt.Errorf("queue: %w", err))
		}
	}
	if err != nil {
		fmt.Fprintf(r.say, "sluice: %v\nsluice: %s was not loaded: all goes on as it was\n", err, r.path)
		return
	}
	fmt.Fprintf(r.say, "sluice: %s was loaded again\n", r.path)
}
