//go:build !windows

package handlers_test

import (
	"log"
	"log/slog"
	"os"

	"github.com/sluicelog/sluice/handlers"
)

func ExampleNewWatchedFile() {
	h, err := handlers.NewWatchedFile("watched.log", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Info("one")
	// Here logrotate moves the file.
	if err := os.Rename("watched.log", "watched.log.1"); err != nil {
		log.Fatal(err)
	}
	logger.Info("two")

	show("watched.log.1", "watched.log")
	// Output:
	// level=INFO msg=one
	// level=INFO msg=two
}
