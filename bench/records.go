package main

import "io"

// records compares the whole way: slog.Logger, handler, rotating file.
func records(o options) suite {
	row := func(name string, h newHandler, open fileOpener) contender {
		return contender{name, func(c column) (subject, error) {
			return openIn(c, open, func(w io.Writer) func() { return logOp(h(w, false)) })
		}}
	}
	s := suite{
		name:    "records",
		title:   "slog record to rotating file",
		note:    "LogAttrs with the five attributes above, one write(2) a record, files as in the first table. A line has 187 bytes by slog and phuslu, 181 as sluice JSON (milliseconds), 160 as Logfmt.",
		base:    "slog.JSONHandler + lumberjack",
		columns: fileColumns(o),
		contenders: []contender{
			row("slog.JSONHandler + lumberjack", slogJSON, openLumberjack),
			row("phuslu slog + FileWriter", phusluSlog, openPhuslu),
			row("sluice JSON + rotate.File", sluiceJSON, openRotate),
			row("sluice Logfmt + rotate.File", sluiceLogfmt, openRotate),
		},
	}
	for _, c := range s.columns {
		if c.goroutines == 1 {
			this := cell{"sluice JSON + rotate.File", c.name}
			s.goals = append(s.goals,
				goal{this, cell{"slog.JSONHandler + lumberjack", c.name}, 0.77},
				goal{this, cell{"phuslu slog + FileWriter", c.name}, 1})
			continue
		}
		s.goals = append(s.goals, goal{cell{"sluice JSON + rotate.File", c.name}, cell{"slog.JSONHandler + lumberjack", c.name}, 0.4})
	}
	return s
}
