package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/config"
)

// TestConfiguredStream: the queue of a QueueHandler can be a stream, and what is in
// it when a program ends is handed on by the next one.
func TestConfiguredStream(t *testing.T) {
	address := startNATS(t)
	file := filepath.Join(t.TempDir(), "x.log")
	text := fmt.Sprintf(`{
		"version": 1,
		"handlers": {
			"file": {"class": "logging.FileHandler", "filename": %q},
			"queue": {"class": "logging.handlers.QueueHandler", "handlers": ["file"],
				"queue": {"()": "nats", "servers": %q, "stream": "app", "max_bytes": 1000000, "ack_wait": "1m"}}
		},
		"root": {"level": "INFO", "handlers": ["queue"]}
	}`, file, address)
	load := func() *config.System {
		sys, err := config.Load("x.json", []byte(text), configOptions())
		if err != nil {
			t.Fatal(err)
		}
		return sys
	}
	for i := range 2 {
		sys := load()
		sys.Logger("app").Info(fmt.Sprintf("run %d", i))
		if err := sys.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sys := load()
	const want = "run 0\nrun 1\n"
	until(t, "both are in the file", func() bool { return len(read(t, file)) >= len(want) })
	if err := sys.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := string(read(t, file)); got != want {
		t.Errorf("the file has %q", got)
	}
}

// TestConfiguredStreamMistakes: they are told with their place, and nothing is
// connected to by a check.
func TestConfiguredStreamMistakes(t *testing.T) {
	text := `{"version": 1, "handlers": {"q": {"class": "logging.handlers.QueueHandler",
		"queue": {"()": "nats", "servers": "nats://127.0.0.1:1", "replica": 3, "tls": {"ca_file": "none.pem"}}}}}`
	_, err := config.Check("x.json", []byte(text), configOptions())
	if err == nil || !strings.Contains(err.Error(), "replica") || !strings.Contains(err.Error(), "handlers.q.queue") {
		t.Errorf("got %v", err)
	}
	good := strings.ReplaceAll(text, `"replica": 3, "tls": {"ca_file": "none.pem"}`, `"replicas": 3`)
	if _, err := config.Check("x.json", []byte(good), configOptions()); err != nil {
		t.Errorf("got %v", err)
	}
}
