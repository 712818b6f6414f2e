//go:build !windows

package handlers_test

import (
	"errors"
	"fmt"
	"log"
	"log/slog"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
)

func ExampleNewNTEventLog() {
	h, err := handlers.NewNTEventLog("myapp", &handlers.NTEventLogOptions{
		Category: func(r *sluice.Record) uint16 { return uint16(r.Level / 10) },
	})
	if errors.Is(err, errors.ErrUnsupported) {
		fmt.Println("no event log here")
		return
	}
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Warn("disk full")
	// Output: no event log here
}
