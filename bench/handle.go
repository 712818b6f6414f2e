package main

import (
	"io"
	"log/slog"
)

const (
	fiveAttributes = "five attributes"
	namedFormat    = "sluice %(asctime)s %(levelname)s %(name)s %(message)s"
)

// handle compares handlers without slog.Logger in front.
func handle() suite {
	row := func(name string, h newHandler) contender { return discarding(name, h, handleOp) }
	s := suite{
		name:    "handle",
		title:   "Handle alone: a record to its line",
		note:    "A string, an int, a float, a duration and an error; the line goes to io.Discard. The named format has none of them in it.",
		base:    "slog.JSONHandler",
		columns: settings,
		mixed:   true,
		contenders: []contender{
			row("slog.JSONHandler", slogJSON),
			row("slog.TextHandler", slogText),
			row("phuslu slog", phusluSlog),
			row("sluice JSON", sluiceJSON),
			row("sluice Logfmt", sluiceLogfmt),
			row(namedFormat, sluiceNamed),
		},
		goals: []goal{{cell{namedFormat, fiveAttributes}, cell{"slog.JSONHandler", fiveAttributes}, 0.5}},
	}
	for _, name := range []string{"sluice JSON", "sluice Logfmt"} {
		plain := cell{name, fiveAttributes}
		s.goals = append(s.goals,
			goal{plain, cell{"slog.JSONHandler", fiveAttributes}, 0.4},
			goal{plain, cell{"phuslu slog", fiveAttributes}, 1},
			goal{cell{name, "five more by With"}, plain, 1.1},
			goal{cell{name, "with source"}, plain, 1.15},
		)
	}
	return s
}

// logger compares whole calls of slog.Logger.LogAttrs.
func logger() suite {
	row := func(name string, h newHandler) contender { return discarding(name, h, logOp) }
	eight := settings[0]
	eight.name, eight.goroutines = "eight goroutines", 8
	return suite{
		name:    "logger",
		title:   "slog.Logger.LogAttrs to io.Discard",
		note:    "The same record logged as a program does. No handler can be faster than the first row.",
		base:    "slog.JSONHandler",
		columns: append(settings[:len(settings):len(settings)], eight),
		mixed:   true,
		contenders: []contender{
			row("a handler that does nothing", func(io.Writer, bool) slog.Handler { return nothing{} }),
			row("slog.JSONHandler", slogJSON),
			row("slog.TextHandler", slogText),
			row("phuslu slog", phusluSlog),
			row("sluice JSON", sluiceJSON),
			row("sluice Logfmt", sluiceLogfmt),
		},
	}
}
