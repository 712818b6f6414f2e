package rotate

import (
	"strconv"
	"time"
)

// Size rolls a file over before it would reach MaxBytes, as Python's
// RotatingFileHandler: app.log becomes app.log.1, app.log.1 becomes app.log.2
// and so on up to Keep.Backups; the last one is removed. Gaps stay, and files
// with a higher number are never touched.
//
// An empty file never rolls over, so a record longer than MaxBytes is written
// whole. Without backups there is nothing to roll over to, so the file just
// grows. MaxBytes 0 or less: never.
type Size struct {
	// MaxBytes is the size that a file does not reach. Unlike Python's it counts
	// bytes as written, not characters.
	MaxBytes int64
}

// Due reports whether n more bytes would bring the file to MaxBytes.
func (p Size) Due(s State, n int, _ time.Time) bool {
	return p.MaxBytes > 0 && s.Backups > 0 && s.Size > 0 && s.Size >= p.MaxBytes-int64(n)
}

// Next returns the zero time: a size is not bound to a time.
func (p Size) Next(time.Time) time.Time { return time.Time{} }

// Naming returns how the backups are named.
func (p Size) Naming(namer func(string) string) Naming { return Numbered{Namer: namer} }

// Plan moves every backup up by one, the highest first, and then the file. The
// last one is removed only if another takes its place; with State.Spare it moves
// up like the others.
func (p Size) Plan(s State, _ time.Time, taken func(name string) bool) []Move {
	if s.Backups <= 0 {
		return nil
	}
	name := func(i int) string { return s.Base + "." + strconv.Itoa(i) }
	last := s.Backups
	for s.Spare && taken(name(last)) {
		last++
	}
	var moves []Move
	move := func(from string, to int) {
		if to == last && taken(name(to)) {
			moves = append(moves, Move{From: name(to)})
		}
		moves = append(moves, Move{From: from, To: name(to)})
	}
	for i := last - 1; i >= 1; i-- {
		if taken(name(i)) {
			move(name(i), i+1)
		}
	}
	move(s.Base, 1)
	return moves
}
