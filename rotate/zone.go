package rotate

import "time"

// shown returns what a clock in loc shows at t, as a time in UTC.
func shown(t time.Time, loc *time.Location) time.Time {
	_, offset := t.In(loc).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// firstShown returns the first time after t at which a clock in loc shows
// reading, which must be later than what it shows at t. If the clock jumps over
// it, that is as much later than the jump as reading lies inside it.
//
// time.Date does not do: in an overlap it gives the time it likes, also one
// that has passed.
func firstShown(reading, t time.Time, loc *time.Location) time.Time {
	// No clock is set further than a day and some hours from UTC, nor jumps by more.
	const reach = 50 * time.Hour
	at := t
	if start := reading.Add(-reach); start.After(at) {
		at = start
	}
	for last := reading.Add(reach); !at.After(last); {
		ahead := reading.Sub(shown(at, loc))
		end := offsetEnd(at, loc, last)
		if due := at.Add(ahead); due.Before(end) {
			return due.In(loc)
		}
		if shown(end, loc).After(reading) {
			return at.Add(ahead).In(loc)
		}
		at = end
	}
	return t.Add(reading.Sub(shown(t, loc))).In(loc) // not reached: clocks go forward
}

// offsetEnd returns a time after t until which the offset of loc stays as it is
// at t. It may change there, or not.
func offsetEnd(t time.Time, loc *time.Location, last time.Time) time.Time {
	_, end := t.In(loc).ZoneBounds()
	switch {
	case end.IsZero():
		return last.Add(time.Hour)
	case !end.After(t):
		// ZoneBounds gives such ends on the last day of leap years.
		return t.Add(time.Hour)
	}
	return end
}
