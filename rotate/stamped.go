package rotate

import (
	"path/filepath"
	"strings"
	"time"
)

// Stamped rolls a file over before it would grow over MaxBytes, and names the
// backup after the time of the rollover: app.log becomes
// app-2026-03-29T02-30-00.000.log, as the Go package lumberjack does it. Package
// rotate/lumberjack has its type. Keep.Backups 0 removes nothing.
//
// A name is used once. A rollover in the same millisecond as another, or after
// the clock was set back, gets a later one: the names are in the order of the
// backups.
type Stamped struct {
	// MaxBytes is the size that a file may have. A longer record gets a file of its
	// own. 0 or less: never.
	MaxBytes int64
	// UTC names in UTC. It wins over In.
	UTC bool
	// In is the zone to name in; nil is time.Local.
	In *time.Location
}

const stampLayout = "2006-01-02T15-04-05.000"

// Due reports whether n more bytes would be too many.
func (p Stamped) Due(s State, n int, _ time.Time) bool {
	return p.MaxBytes > 0 && s.Size > 0 && s.Size > p.MaxBytes-int64(n)
}

// Next returns the zero time: a size is not bound to a time.
func (p Stamped) Next(time.Time) time.Time { return time.Time{} }

// Plan names the file after now.
func (p Stamped) Plan(s State, now time.Time, taken func(name string) bool) []Move {
	at := shown(now, Timed{UTC: p.UTC, In: p.In}.zone()).Truncate(time.Millisecond)
	if last, ok := stampOf(s.Base, filepath.Base(s.Last)); ok && !at.After(last) {
		at = last.Add(time.Millisecond)
	}
	const most = 1000 // a Namer may have only one name to give
	name := stamped(s.Base, at)
	for range most {
		if !taken(name) {
			break
		}
		at = at.Add(time.Millisecond)
		name = stamped(s.Base, at)
	}
	return []Move{{From: s.Base, To: name}}
}

// Naming returns how the backups are named, for finding the oldest.
func (p Stamped) Naming(namer func(string) string) Naming { return Stamps{Namer: namer} }

// Stamps is the Naming of Stamped: a hyphen and the time before base's extension,
// or what Namer makes of it.
type Stamps struct {
	Namer func(path string) string // as in Options; nil changes nothing
}

// Backup implements Naming.
func (d Stamps) Backup(base, name string) (order string, ok bool) {
	if d.Namer == nil {
		at, ok := stampOf(base, name)
		return at.Format(stampLayout), ok
	}
	for _, date := range datesIn(name, stampLayout) {
		at, err := time.Parse(stampLayout, date)
		if err == nil && filepath.Base(d.Namer(stamped(base, at))) == name {
			return date, true
		}
	}
	return "", false
}

func stamped(base string, at time.Time) string {
	ext := filepath.Ext(base)
	return strings.TrimSuffix(base, ext) + "-" + at.Format(stampLayout) + ext
}

// stampOf reads the time in a backup's name.
func stampOf(base, name string) (time.Time, bool) {
	base = filepath.Base(base)
	ext := filepath.Ext(base)
	stamp, ok := strings.CutPrefix(name, strings.TrimSuffix(base, ext)+"-")
	if !ok {
		return time.Time{}, false
	}
	if stamp, ok = strings.CutSuffix(stamp, ext); !ok {
		return time.Time{}, false
	}
	at, err := time.Parse(stampLayout, stamp)
	// time.Parse also takes what Format does not give: a comma, fewer digits.
	return at, err == nil && at.Format(stampLayout) == stamp
}
