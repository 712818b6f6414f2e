package spool_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/spool"
)

// What was logged while nobody delivered is there when the program runs again.
func Example() {
	dir, err := os.MkdirTemp("", "spool")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	q, err := spool.Open(filepath.Join(dir, "spool"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	log := slog.New(queue.NewHandler(q, nil))
	log.Info("order received", "id", 7)
	if err := q.Close(); err != nil {
		fmt.Println(err)
	}

	q, err = spool.Open(filepath.Join(dir, "spool"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := sluice.NewFormatter("%(levelname)s %(message)s", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	out := sluice.NewHandler(sluice.NewStream(os.Stdout, text), nil)
	l := queue.NewListener(q, []queue.Destination{{Name: "out", Handler: out}}, nil)
	if err := l.Start(); err != nil {
		fmt.Println(err)
	}
	if err := l.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: INFO order received
}
