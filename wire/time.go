package wire

import (
	"math"
	"time"
)

// The years 1 to 9999, in seconds.
const (
	minSeconds = -62135596800
	maxSeconds = 253402300800
)

// timeOf gives the time of a record's created, to the nanosecond; not ok if it is
// not in the years 1 to 9999.
func timeOf(created float64) (time.Time, bool) {
	if !(minSeconds <= created && created < maxSeconds) {
		return time.Time{}, false
	}
	whole, part := math.Modf(created)
	return time.Unix(int64(whole), int64(math.Round(part*1e9))), true
}

// created is the inverse of timeOf: as a float64 has no nanoseconds in this
// century, it is exact there.
func created(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }

// millis gives msecs as Python 3.13 does: whole, and cut off.
func millis(t time.Time) float64 { return float64(t.Nanosecond() / 1e6) }

// withMillis gives t, or the start of the millisecond msecs if that is as near to
// what created was made of: CPython takes msecs from the clock, while created may
// have been rounded to a time just before.
func withMillis(t time.Time, seconds, msecs float64) time.Time {
	if msecs != math.Trunc(msecs) || msecs < 0 || msecs > 999 {
		return t
	}
	exact := time.Unix(t.Unix(), int64(msecs)*1e6)
	if same(created(exact), seconds) {
		return exact
	}
	return t
}

// same compares bits: a NaN is the same as itself, and -0 is not 0.
func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
