package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sluicelog/sluice/config"
)

//go:embed testdata/config.py
var configScript string

// How large the configuration is that is loaded.
const (
	configLoggers  = 200
	configHandlers = 50
)

// largeConfig has loggers and handlers of files in dir, some of them behind memories
// and queues.
func largeConfig(dir string) map[string]any {
	handlers, loggers := map[string]any{}, map[string]any{}
	for i := range configHandlers {
		h := map[string]any{
			"class": "logging.handlers.RotatingFileHandler", "filename": filepath.Join(dir, fmt.Sprintf("%d.log", i)),
			"maxBytes": maxBytes, "backupCount": backups, "formatter": fmt.Sprintf("f%d", i%5), "filters": []string{"app"}, "level": "INFO",
		}
		if i%10 == 9 {
			h = map[string]any{"class": "logging.handlers.MemoryHandler", "capacity": 100, "target": fmt.Sprintf("h%02d", i-1)}
		}
		handlers[fmt.Sprintf("h%02d", i)] = h
	}
	for i := range configLoggers {
		loggers[fmt.Sprintf("app.part%d.module%d", i%20, i)] = map[string]any{
			"level": "INFO", "handlers": []string{fmt.Sprintf("h%02d", i%configHandlers)}, "propagate": i%2 == 0,
		}
	}
	formatters := map[string]any{}
	for i := range 5 {
		formatters[fmt.Sprintf("f%d", i)] = map[string]any{"format": "%(asctime)s %(levelname)-8s %(name)s: %(message)s"}
	}
	return map[string]any{
		"version": 1, "formatters": formatters, "filters": map[string]any{"app": map[string]any{"name": "app"}},
		"handlers": handlers, "loggers": loggers, "root": map[string]any{"level": "WARNING", "handlers": []string{"h00"}},
	}
}

// loads compares what it takes to load a configuration, files opened and closed.
func loads(o options) suite {
	const jsonRow = "config.Load, JSON"
	return suite{
		name:  "config-load",
		title: "Loading a configuration",
		note: fmt.Sprintf("A dictConfig of %d loggers and %d handlers, which open their files; Load and Shutdown, "+
			"CPython's dictConfig with the text in json.loads. config.Check opens nothing.", configLoggers, configHandlers),
		base:    jsonRow,
		columns: []column{{name: "load", goroutines: 1, dir: o.disk}},
		contenders: []contender{
			{jsonRow, inDir(func(dir string, _ column) (subject, error) {
				return loading(dir, "config.json", json.Marshal, loadOnce)
			})},
			{"config.Load, YAML", inDir(func(dir string, _ column) (subject, error) {
				return loading(dir, "config.yaml", yaml.Marshal, loadOnce)
			})},
			{"config.Check, JSON", inDir(func(dir string, _ column) (subject, error) {
				return loading(dir, "config.json", json.Marshal, checkOnce)
			})},
			{"CPython dictConfig", inDir(pythonConfig)},
		},
		goals: []goal{{cell{jsonRow, "load"}, cell{"CPython dictConfig", "load"}, 1}},
	}
}

func loading(dir, name string, marshal func(any) ([]byte, error), once func(name string, data []byte) error) (subject, error) {
	data, err := marshal(largeConfig(dir))
	if err != nil {
		return subject{}, err
	}
	run := func(n int) (time.Duration, error) {
		start := time.Now()
		for range n {
			if err := once(name, data); err != nil {
				return 0, err
			}
		}
		return time.Since(start), nil
	}
	return subject{run: run, close: func() error { return nil }}, nil
}

func loadOnce(name string, data []byte) error {
	sys, err := config.Load(name, data, nil)
	if err != nil {
		return err
	}
	return sys.Shutdown(context.Background())
}

func checkOnce(name string, data []byte) error {
	_, err := config.Check(name, data, nil)
	return err
}

func pythonConfig(dir string, _ column) (subject, error) {
	data, err := json.Marshal(largeConfig(dir))
	path := filepath.Join(dir, "config.json")
	if err = errors.Join(err, os.WriteFile(path, data, 0o600)); err != nil {
		return subject{}, err
	}
	return openPython(configScript, path)
}
