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

// Each destination has a cursor of its own.
func ExampleOpen() {
	parent, err := os.MkdirTemp("", "spool")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(parent) }()
	dir := filepath.Join(parent, "spool")
	one, other := sluice.NewHandler(&sluice.Null{}, nil), sluice.NewHandler(&sluice.Null{}, nil)

	q, err := spool.Open(dir, &spool.Options{MaxBytes: 1 << 30})
	if err != nil {
		fmt.Println(err)
		return
	}
	log := slog.New(queue.NewHandler(q, nil))
	to := []queue.Destination{{Name: "file", Handler: one}, {Name: "mail", Handler: other}}
	l := queue.NewListener(q, to, &queue.ListenerOptions{Retries: -1})

	if err := l.Start(); err != nil {
		fmt.Println(err)
	}
	log.Info("order received")
	if err := l.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(l.Stats()["mail"].Delivered)
	// Output: 1
}
