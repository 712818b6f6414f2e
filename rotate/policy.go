package rotate

import "time"

// A Policy says when a file rolls over and what becomes of its names. It is a
// value: it has no state, does no I/O and may be used by many Files at once.
// File moves, opens, removes and reports.
//
// A Policy that can be wrongly set has a method Validate() error, which Open
// asks. A Policy whose backups can be found by name has a method
// Naming(namer func(string) string) Naming; unless that is Numbered, the removal
// of the oldest is not its business.
type Policy interface {
	// Due reports whether the file must roll over before a record of n more
	// bytes is written at now. If it is due for n it is due for more, too.
	// A policy whose Next is zero is given the zero time as now.
	Due(s State, n int, now time.Time) bool
	// Next returns the time of the rollover that follows t by time alone, or
	// the zero time if time does not matter.
	Next(t time.Time) time.Time
	// Plan returns what becomes what when the file rolls over at now, in
	// order. Names are those before Options.Namer. Taken reports whether
	// there is something under such a name.
	Plan(s State, now time.Time, taken func(name string) bool) []Move
}

// State is what a Policy is told about a file.
//
// A period begins with Open (at the age of the file found there), with Roll, and
// with a rollover at or after Next. One that is due before Next, as by size,
// belongs to its period and leaves Since and Next as they are.
type State struct {
	Base    string    // path of the file that is written
	Size    int64     // its bytes; 0 for what is not a regular file
	Since   time.Time // begin of the running period
	Next    time.Time // end of the running period: the policy's Next(Since)
	Backups int       // Keep.Backups
	Spare   bool      // plan no removal: what is too many is found by name and removed after Options.BeforeRemove was asked
	Last    string    // path of the newest backup that this File has made, before Options.Namer; empty: none yet
}

// A Move renames From to To, or removes From if To is empty. To must be free
// when its turn comes: a rollover never replaces a file.
type Move struct{ From, To string }
