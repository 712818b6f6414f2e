package sluice

import (
	"fmt"
	"maps"
	"math/big"
	"sync"
	"sync/atomic"

	"github.com/sluicelog/sluice/pyval"
)

// LevelNames are the names of levels, for one program or one configuration: two
// tables, from levels to names and from names to levels, as in Python's logging
// module, where they are global. The zero LevelNames has Python's names: CRITICAL
// with its alias FATAL, ERROR, WARNING with its alias WARN, INFO, DEBUG and
// NOTSET. Names are case sensitive. It is safe for concurrent use and must not be
// copied.
type LevelNames struct {
	mu    sync.Mutex // held while a new table is made
	table atomic.Pointer[levelTable]
}

// levelTable is never changed. Python's own names are not in it: nil is a table.
type levelTable struct {
	names  map[Level]string
	levels map[string]Level
}

// builtinLevels are Python's name to level table.
func builtinLevels() map[string]Level {
	return map[string]Level{
		"CRITICAL": Critical, "FATAL": Critical, "ERROR": Error, "WARNING": Warning, "WARN": Warning,
		"INFO": Info, "DEBUG": Debug, "NOTSET": NotSet,
	}
}

// builtinLevel is builtinLevels()[name], without making the map.
func builtinLevel(name string) (Level, bool) {
	switch name {
	case "CRITICAL", "FATAL":
		return Critical, true
	case "ERROR":
		return Error, true
	case "WARNING", "WARN":
		return Warning, true
	case "INFO":
		return Info, true
	case "DEBUG":
		return Debug, true
	case "NOTSET":
		return NotSet, true
	}
	return 0, false
}

// Add makes name the name of l, and l the level of name. Nothing is removed: the
// former name of l still means l, and a level whose name is taken keeps printing
// it. (Python: addLevelName.)
func (n *LevelNames) Add(l Level, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := &levelTable{names: map[Level]string{}, levels: map[string]Level{}}
	if old := n.table.Load(); old != nil {
		maps.Copy(t.names, old.names)
		maps.Copy(t.levels, old.levels)
	}
	t.names[l], t.levels[name] = name, l
	n.table.Store(t)
}

// Name gives the name of l, "Level 25" where it has none. (Python: getLevelName
// of a number.)
func (n *LevelNames) Name(l Level) string {
	if name, ok := n.added(l); ok {
		return name
	}
	return l.String()
}

// added gives the name that Add gave to l.
func (n *LevelNames) added(l Level) (string, bool) {
	t := n.table.Load()
	if t == nil {
		return "", false
	}
	name, ok := t.names[l]
	return name, ok
}

// Parse gives the level of name; a name that is not in the table is an error.
// (Python: getLevelName of a name, and what setLevel does with one.)
func (n *LevelNames) Parse(name string) (Level, error) {
	if t := n.table.Load(); t != nil {
		if l, ok := t.levels[name]; ok {
			return l, nil
		}
	}
	if l, ok := builtinLevel(name); ok {
		return l, nil
	}
	return 0, fmt.Errorf("unknown level: %s", pyval.Repr(name))
}

// Check gives the level that the Python value v (package pyval) stands for where
// a configuration asks for one: any int, a bool, which is one, or a name in the
// table. (Python: setLevel, the level argument of Handler, and "level" under
// dictConfig.) An int beyond Go's is an error as well.
func (n *LevelNames) Check(v any) (Level, error) {
	switch v := v.(type) {
	case string:
		return n.Parse(v)
	case int64:
		if l := Level(v); int64(l) == v {
			return l, nil
		}
		return 0, fmt.Errorf("level out of range: %d", v)
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case *big.Int:
		return 0, fmt.Errorf("level out of range: %s", pyval.Repr(v))
	}
	return 0, fmt.Errorf("level not an integer or a valid string: %s", pyval.Repr(v))
}

// Mapping gives a copy of the table from names to levels, which may be changed.
// (Python: getLevelNamesMapping.)
func (n *LevelNames) Mapping() map[string]Level {
	m := builtinLevels()
	if t := n.table.Load(); t != nil {
		maps.Copy(m, t.levels)
	}
	return m
}
