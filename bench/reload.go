package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sluicelog/sluice/config"
)

// What a configuration is changed under.
const (
	reloadGoroutines = 8
	reloadRecords    = 1_000_000
	reloadSmoke      = 20_000
	reloadEvery      = 10 * time.Millisecond
	reloadBurst      = 25
	reloadLimit      = 5 * time.Millisecond // of a call
)

// reloads logs records by several goroutines, with and without configurations that
// replace the file's handler, and counts what came of it.
func reloads(w io.Writer, o options) error {
	records := reloadRecords
	if o.rounds == 1 {
		records = reloadSmoke
	}
	fmt.Fprintf(w, "\n## Reload under load\n\n%d goroutines log %d records to a file, as fast as they can or %d each a millisecond; a configuration every %v "+
		"keeps its handler with another level and format, or makes it anew. As fast as they can, they take the processors from each other: "+
		"that is in their slowest calls.\n\n", reloadGoroutines, records, reloadBurst, reloadEvery)
	fmt.Fprint(w, "| load, configurations | reloads | lost | doubled | median call | 1 of 10 000 above | slowest call | calls above 5 ms |\n|---|---|---|---|---|---|---|---|\n")
	for _, paced := range []bool{false, true} {
		for _, every := range []time.Duration{0, reloadEvery} {
			if err := reloadRow(w, o.disk, records, paced, every); err != nil {
				return fmt.Errorf("config-reload: %w", err)
			}
		}
	}
	return nil
}

func reloadConfig(dir string, i int) []byte {
	options := ""
	if i%4 > 1 {
		options = ", delay: true" // another handler of the same file
	}
	level := []string{"DEBUG", "INFO"}[i%2]
	return fmt.Appendf(nil, `
version: 1
formatters: {f: {format: "%%(message)s"}}
handlers: {file: {class: logging.FileHandler, filename: %s/app.log, level: %s, formatter: f%s}}
root: {level: %s, handlers: [file]}
`, dir, level, options, level)
}

func reloadRow(w io.Writer, parent string, records int, paced bool, every time.Duration) (err error) {
	dir, err := os.MkdirTemp(parent, "sluice-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeAll(dir)) }()
	sys, err := config.Load("bench.yaml", reloadConfig(dir, 0), nil)
	if err != nil {
		return err
	}
	calls := make([][]time.Duration, reloadGoroutines)
	var wg sync.WaitGroup
	for g := range reloadGoroutines {
		log := sys.Logger(fmt.Sprintf("app.part%d", g))
		wg.Go(func() { calls[g] = logTimed(log, g, records/reloadGoroutines, paced) })
	}
	ended := make(chan struct{})
	go func() { wg.Wait(); close(ended) }()
	n, err := reloadUntil(ended, sys, dir, every)
	<-ended
	err = errors.Join(err, sys.Shutdown(context.Background()))
	if err != nil {
		return err
	}
	lost, doubled, err := countLines(filepath.Join(dir, "app.log"), records)
	if err != nil {
		return err
	}
	all := slices.Concat(calls...)
	slices.Sort(all)
	above := len(all) - slices.IndexFunc(append(all, 1<<62), func(d time.Duration) bool { return d > reloadLimit })
	name := "full, none"
	if paced {
		name = "paced, none"
	}
	if every > 0 {
		name = strings.Replace(name, "none", fmt.Sprintf("every %v", every), 1)
	}
	fmt.Fprintf(w, "| %s | %d | %d | %d | %v | %v | %v | %d |\n", name, n, lost, doubled,
		all[len(all)/2], all[len(all)-1-len(all)/10_000], all[len(all)-1].Round(10*time.Microsecond), max(0, above))
	return nil
}

func logTimed(log *slog.Logger, goroutine, records int, paced bool) []time.Duration {
	calls := make([]time.Duration, records)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for i := range records {
		if paced && i%reloadBurst == 0 {
			<-tick.C
		}
		message := fmt.Sprintf("%d/%d", goroutine, i)
		began := time.Now()
		log.Info(message)
		calls[i] = time.Since(began)
	}
	return calls
}

// reloadUntil loads configurations until ended is closed, and says how many.
func reloadUntil(ended chan struct{}, sys *config.System, dir string, every time.Duration) (int, error) {
	if every == 0 {
		return 0, nil
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ended:
			return n, nil
		case <-tick.C:
		}
		if err := sys.Reload(context.Background(), "bench.yaml", reloadConfig(dir, n+1)); err != nil {
			return n, err
		}
	}
}

// countLines says how many of the lines are not in the file, and how many are again.
func countLines(path string, records int) (lost, doubled int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	seen := make(map[string]bool, records)
	for in := bufio.NewScanner(f); in.Scan(); {
		if seen[in.Text()] {
			doubled++
		}
		seen[in.Text()] = true
	}
	return records - len(seen), doubled, nil
}
