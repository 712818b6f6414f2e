package sluice

import (
	"log/slog"
	"strconv"
)

// Level is a severity on Python's scale, on which the levels between the named
// ones are free for programs to use. It implements slog.Leveler.
type Level int

// The levels of Python's logging module.
const (
	NotSet   Level = 0
	Debug    Level = 10
	Info     Level = 20
	Warning  Level = 30
	Error    Level = 40
	Critical Level = 50
)

// LevelOf gives the Level of a slog level: 20 + floor(5l/2). slog's four named
// levels become Python's of the same name, and every slog level survives the
// round trip through Level.Level.
func LevelOf(l slog.Level) Level {
	return Level(20 + 5*int(l)>>1) // shifting rounds down
}

// Level gives the slog level of l: the least one that LevelOf takes to l, or to
// the next above l where there is none.
func (l Level) Level() slog.Level {
	n := 2 * (int(l) - 20)
	if n > 0 {
		n += 4
	}
	return slog.Level(n / 5)
}

// String gives Python's name of l, "Level 25" where it has none.
func (l Level) String() string {
	switch l {
	case NotSet:
		return "NOTSET"
	case Debug:
		return "DEBUG"
	case Info:
		return "INFO"
	case Warning:
		return "WARNING"
	case Error:
		return "ERROR"
	case Critical:
		return "CRITICAL"
	}
	return "Level " + strconv.Itoa(int(l))
}
