package sluice

import (
	"log/slog"
	"sync/atomic"
)

// LevelVar is a Level that may change while handlers ask it, as slog.LevelVar is
// for slog's levels: on Python's finer scale. The zero LevelVar is NotSet, which
// admits all but negative levels. It is safe for concurrent use and must not be copied.
// (Python: Handler.setLevel.)
type LevelVar struct{ v atomic.Int64 }

// Get returns the Level.
func (v *LevelVar) Get() Level { return Level(v.v.Load()) }

// Set changes the Level.
func (v *LevelVar) Set(l Level) { v.v.Store(int64(l)) }

// Level gives the Level on slog's scale, as Level.Level does.
func (v *LevelVar) Level() slog.Level { return v.Get().Level() }

// String gives the Level's name.
func (v *LevelVar) String() string { return v.Get().String() }
