package main

import (
	"log/slog"

	_ "embed"

	"github.com/sluicelog/sluice"
)

//go:embed testdata/memory.py
var memoryScript string

// buffering compares what keeps records in memory and hands them on together.
func buffering() suite {
	const (
		clones   = "a slice of slog.Record clones"
		memory   = "sluice.Memory"
		recorder = "sluice.FlightRecorder"
		cpython  = "CPython MemoryHandler"
		capacity = 1024
	)
	row := func(name string, e func() sluice.Emitter) contender {
		return contender{name, func(c column) (subject, error) {
			h := sluice.NewHandler(e(), nil)
			s := operation(c.goroutines, handleOp(h))
			s.close = h.Close
			return s, nil
		}}
	}
	return suite{
		name:  "memory",
		title: "Records kept in memory",
		note: "Handle of a record with five attributes; 1024 of them are handed on together, to a destination that does nothing. " +
			"The slice is no handler: it has no lock, and nobody flushes it. The flight recorder keeps the last 1024 and hands on none. CPython's record has its attributes in the message.",
		base:    clones,
		columns: []column{{name: fiveAttributes, goroutines: 1}},
		mixed:   true,
		contenders: []contender{
			{clones, func(c column) (subject, error) {
				kept, r := make([]slog.Record, 0, capacity), record()
				return operation(c.goroutines, func() {
					if kept = append(kept, r.Clone()); len(kept) == capacity {
						kept = kept[:0]
					}
				}), nil
			}},
			row(memory, func() sluice.Emitter {
				return sluice.NewMemory(&sluice.Null{}, &sluice.MemoryOptions{Capacity: capacity})
			}),
			row(recorder, func() sluice.Emitter {
				return sluice.NewFlightRecorder(&sluice.Null{}, &sluice.FlightRecorderOptions{Capacity: capacity})
			}),
			{cpython, func(column) (subject, error) { return openPython(memoryScript) }},
		},
		goals: []goal{{cell{memory, fiveAttributes}, cell{cpython, fiveAttributes}, 1.0 / 20}},
	}
}
