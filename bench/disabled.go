package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/sluicelog/sluice"
)

// disabled compares calls below the level that is logged.
func disabled() suite {
	const (
		jsonOff  = "slog.JSONHandler that is off"
		namedOff = "sluice named logger that is off"
		plain    = "message alone"
	)
	row := func(name string, log *slog.Logger) contender {
		return contender{name, func(c column) (subject, error) {
			op := logOp(log.Handler())
			if c.name == plain {
				ctx := context.Background()
				op = func() { log.LogAttrs(ctx, slog.LevelInfo, "request served") }
			}
			return operation(c.goroutines, op), nil
		}}
	}
	loggers := sluice.NewLoggers(nil) // a root of the level Warning
	s := suite{
		name:    "disabled",
		title:   "A call below the level",
		note:    "slog.Logger.LogAttrs at Info, of a handler and of a named logger that take Warning and above.",
		base:    jsonOff,
		columns: []column{{name: plain, goroutines: 1}, {name: fiveAttributes, goroutines: 1}},
		mixed:   true,
		contenders: []contender{
			row(jsonOff, slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}))),
			row("slog.DiscardHandler", slog.New(slog.DiscardHandler)),
			row(namedOff, loggers.Logger("app.db")),
		},
	}
	for _, c := range s.columns {
		s.goals = append(s.goals, goal{cell{namedOff, c.name}, cell{jsonOff, c.name}, 1.1})
	}
	return s
}
