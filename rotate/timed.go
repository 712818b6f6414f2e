package rotate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Timed rolls a file over when a period ends, as Python's
// TimedRotatingFileHandler: app.log becomes app.log.2026-03-29, named after the
// local time at which the period began. It rolls with the first record after
// the end; periods without a record leave no file.
//
// S, M, H and D count from the last rollover, or from the modification time of
// the file that Open finds; they are not aligned to the clock. MIDNIGHT and W0
// to W6 keep the wall-clock time of the zone, whatever its clocks do: a time
// that is left out when they go forward moves later by as much, one that comes
// twice is the first that is still ahead.
//
// If the name is taken, ".1" is added, or one more than the highest number in
// use, up to 999.
type Timed struct {
	// When is S (seconds), M (minutes), H (hours), D (days of 24 hours),
	// MIDNIGHT or W0 (Monday) to W6 (Sunday), in any case. It has no default.
	When string
	// Interval is how many of them make a period; 0 is 1.
	Interval int
	// AtTime is the time of day at which MIDNIGHT and W0 to W6 roll over. Nil is
	// the end of the day: W0 rolls when Monday ends.
	AtTime *TimeOfDay
	// UTC counts and names in UTC. It wins over In.
	UTC bool
	// In is the zone to count and name in; nil is time.Local.
	In *time.Location
}

// TimeOfDay is what a clock on the wall shows.
type TimeOfDay struct{ Hour, Minute, Second int }

const day = 24 * time.Hour

// unit is what Timed.When stands for.
type unit struct {
	length   time.Duration
	layout   string // of the date in a backup's name
	calendar bool   // follows the wall clock
	weekday  int    // 0 Monday to 6 Sunday; -1 every day
}

func parseWhen(when string) (unit, error) {
	w := strings.ToUpper(when)
	switch {
	case w == "S":
		return unit{time.Second, "2006-01-02_15-04-05", false, -1}, nil
	case w == "M":
		return unit{time.Minute, "2006-01-02_15-04", false, -1}, nil
	case w == "H":
		return unit{time.Hour, "2006-01-02_15", false, -1}, nil
	case w == "D":
		return unit{day, "2006-01-02", false, -1}, nil
	case w == "MIDNIGHT":
		return unit{day, "2006-01-02", true, -1}, nil
	case !strings.HasPrefix(w, "W"):
		return unit{}, fmt.Errorf("when %q is none of S, M, H, D, MIDNIGHT, W0 to W6", when)
	case utf8.RuneCountInString(w) != 2:
		return unit{}, fmt.Errorf("when %q needs its day: W0 (Monday) to W6 (Sunday)", when)
	case w[1] < '0' || w[1] > '6':
		return unit{}, fmt.Errorf("when %q has no such day: W0 is Monday, W6 is Sunday", when)
	}
	return unit{7 * day, "2006-01-02", true, int(w[1] - '0')}, nil
}

// Validate reports what is wrong with p, naming field and value.
func (p Timed) Validate() error {
	u, err := parseWhen(p.When)
	if err != nil {
		return err
	}
	if p.Interval < 0 {
		return fmt.Errorf("interval %d is negative", p.Interval)
	}
	if most := int64(1<<63-1) / int64(u.length); int64(p.Interval) > most {
		return fmt.Errorf("interval %d is too long: at most %d for when %q", p.Interval, most, p.When)
	}
	if t := p.AtTime; t != nil && (t.Hour < 0 || t.Hour > 23 || t.Minute < 0 || t.Minute > 59 || t.Second < 0 || t.Second > 59) {
		return fmt.Errorf("at time %02d:%02d:%02d is no time of day", t.Hour, t.Minute, t.Second)
	}
	return nil
}

func (p Timed) zone() *time.Location {
	switch {
	case p.UTC:
		return time.UTC
	case p.In != nil:
		return p.In
	}
	return time.Local
}

func (p Timed) interval() int { return max(p.Interval, 1) }

// Due reports whether the period has ended.
func (p Timed) Due(s State, _ int, now time.Time) bool {
	return !s.Next.IsZero() && !now.Before(s.Next)
}

// Next returns the end of the period that begins at t, which is cut to whole
// seconds. A Timed that is not valid never ends.
func (p Timed) Next(t time.Time) time.Time {
	u, err := parseWhen(p.When)
	if err != nil {
		return time.Time{}
	}
	t = t.Truncate(time.Second)
	if !u.calendar {
		return t.Add(time.Duration(p.interval()) * u.length).In(p.zone())
	}
	return firstShown(p.reading(u, t), t, p.zone())
}

// reading returns what the clock is to show when the period that begins at t
// ends, as a time in UTC.
func (p Timed) reading(u unit, t time.Time) time.Time {
	now := shown(t, p.zone())
	at := TimeOfDay{Hour: 24}
	if p.AtTime != nil {
		at = *p.AtTime
	}
	y, m, d := now.Date()
	next := time.Date(y, m, d, at.Hour, at.Minute, at.Second, 0, time.UTC)
	weekday := (int(now.Weekday()) + 6) % 7
	days := p.interval() - 1
	if !next.After(now) {
		next = next.AddDate(0, 0, 1)
		weekday++
	}
	if u.weekday >= 0 {
		days = (u.weekday-weekday+7)%7 + 7*days
	}
	return next.AddDate(0, 0, days)
}

// Plan names the file after the begin of its period.
func (p Timed) Plan(s State, _ time.Time, taken func(name string) bool) []Move {
	name, ok := p.dated(s)
	if !ok {
		return nil
	}
	if taken(name) || within(s.Last, name) {
		name = numbered(name, s.Last, taken)
	}
	return []Move{{From: s.Base, To: name}}
}

// dated returns the name of a backup of the period that ends.
func (p Timed) dated(s State) (string, bool) {
	u, err := parseWhen(p.When)
	if err != nil {
		return "", false
	}
	began := s.Since.Truncate(time.Second)
	if u.calendar {
		// The period that ends is named by the calendar: one interval before the
		// scheduled reading, whenever the clock was last set.
		days := p.interval() * int(u.length/day)
		began = p.reading(u, began).AddDate(0, 0, -days)
	} else {
		began = shown(began, p.zone())
	}
	return s.Base + "." + began.Format(u.layout), true
}

// Naming returns how the backups are named, for finding the oldest.
func (p Timed) Naming(namer func(string) string) Naming {
	return Dated{When: p.When, Namer: namer}
}

const (
	highestNumber = 999
	highestDigits = 3
)

// numbered gives name the number after the highest in use, none if there is no
// such file at all, or returns name itself, which is taken, if no number is left.
// Last is the newest backup, if known: then the numbers before it need not be
// looked at, and what was removed since is not used again.
func numbered(name, last string, taken func(string) bool) string {
	if within(last, name) {
		first, _ := number(strings.TrimPrefix(last[len(name):], "."), highestDigits)
		for n := first + 1; n <= highestNumber; n++ {
			if next := name + "." + strconv.Itoa(n); !taken(next) {
				return next
			}
		}
		return name
	}
	for n := highestNumber; n >= 1; n-- {
		if taken(name + "." + strconv.Itoa(n)) {
			if n == highestNumber {
				return name
			}
			return name + "." + strconv.Itoa(n+1)
		}
	}
	if taken(name) {
		return name + ".1"
	}
	return name
}

// within reports whether backup is name or has a number after it.
func within(backup, name string) bool {
	rest, ok := strings.CutPrefix(backup, name)
	if !ok || rest == "" {
		return ok
	}
	_, ok = number(rest[1:], highestDigits)
	return ok && rest[0] == '.'
}
