package sluice_test

import (
	"log/slog"
	"os"

	"github.com/sluicelog/sluice"
)

// lines returns a handler that prints level and message.
func lines() *sluice.Handler {
	f, err := sluice.NewFormatter("%(levelname)s %(message)s", nil)
	if err != nil {
		panic(err)
	}
	return sluice.NewHandler(sluice.NewStream(os.Stdout, f), nil)
}

func ExampleNewMemory() {
	m := sluice.NewMemory(lines(), &sluice.MemoryOptions{Capacity: 100})
	h := sluice.NewHandler(m, &sluice.HandlerOptions{Level: sluice.Debug})
	defer h.Close()
	logger := slog.New(h)
	logger.Debug("connecting")
	logger.Info("retrying")
	os.Stdout.WriteString("nothing so far\n")
	logger.Error("refused")
	// Output:
	// nothing so far
	// DEBUG connecting
	// INFO retrying
	// ERROR refused
}

// What a program logs before it knows where to is held.
func ExampleMemory_SetTarget() {
	m := sluice.NewMemory(nil, &sluice.MemoryOptions{Limit: 10_000})
	logger := slog.New(sluice.NewHandler(m, nil))
	logger.Info("reading the configuration")

	m.SetTarget(lines())
	logger.Info("configured") // a Capacity of 0 hands on at once
	// Output:
	// INFO reading the configuration
	// INFO configured
}

// Each request by itself: the details of one that fails are told, those of others
// are not.
func ExampleNewFlightRecorder() {
	f := sluice.NewFlightRecorder(lines(), &sluice.FlightRecorderOptions{
		Capacity: 50,
		Key:      sluice.ByAttr("request"),
	})
	logger := slog.New(sluice.NewHandler(f, &sluice.HandlerOptions{Level: sluice.Debug}))
	one, two := logger.With("request", 1), logger.With("request", 2)
	one.Debug("one: cache miss")
	two.Debug("two: cache miss")
	one.Info("one: done")
	two.Error("two: no such item")
	// Output:
	// DEBUG two: cache miss
	// ERROR two: no such item
}

// A log file as ever, with the details in front of each error.
func ExampleNewFlightRecorder_tee() {
	out := lines()
	details := sluice.NewHandler(out, &sluice.HandlerOptions{Filters: []sluice.Filter{sluice.MaxLevel(sluice.Debug)}})
	recorder := sluice.NewHandler(sluice.NewFlightRecorder(details, nil), &sluice.HandlerOptions{Level: sluice.Debug})
	logger := slog.New(sluice.NewHandler(sluice.Tee(recorder, out), &sluice.HandlerOptions{Level: sluice.Debug}))

	logger.Debug("cache miss")
	logger.Info("asking the database")
	logger.Error("no such item")
	// Output:
	// INFO asking the database
	// DEBUG cache miss
	// ERROR no such item
}
