package rotate

import "time"

// SizeAndTime rolls a file over when a period ends, and within a period before
// the file would reach a size. Python has no such handler; it does what Size and
// Timed do, with the names of Timed: the first backup of a period is
// app.log.2026-03-29, the next ones are app.log.2026-03-29.1, .2 and so on, up
// to 999; from then on the file grows until the period ends.
//
// A rollover by size does not change when the period ends. It does not need
// Keep.Backups either: with 0 nothing is removed.
type SizeAndTime struct {
	Size
	Timed
}

// Due reports whether the period has ended or n more bytes would bring the file
// to MaxBytes.
func (p SizeAndTime) Due(s State, n int, now time.Time) bool {
	s.Backups = 1 // a dated backup takes no other's place
	return p.Timed.Due(s, n, now) || p.Size.Due(s, n, now)
}

// Next returns the end of the period, as Timed does.
func (p SizeAndTime) Next(t time.Time) time.Time { return p.Timed.Next(t) }

// Naming returns how the backups are named, as Timed does.
func (p SizeAndTime) Naming(namer func(string) string) Naming { return p.Timed.Naming(namer) }

// Plan names the file after the begin of its period and numbers it after all
// that are there of the same period, also if the first of them have gone.
func (p SizeAndTime) Plan(s State, _ time.Time, taken func(name string) bool) []Move {
	name, ok := p.dated(s)
	if !ok {
		return nil
	}
	return []Move{{From: s.Base, To: numbered(name, s.Last, taken)}}
}
