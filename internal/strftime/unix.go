package strftime

import "time"

// unix is what %s shows: the seconds that mktime makes of the clock reading.
func (m *moment) unix() int64 {
	if !m.utc {
		return m.t.Unix()
	}
	// gmtime says that summer time is not in force, and mktime believes it.
	return mktime(m.t.Unix(), m.local)
}

// mktime gives the time at which clocks in local show what those in UTC show at
// reading, and summer time is not in force; -1 if it finds none. It is glibc's, in a
// process that has not called it before: where clocks are put back or forward,
// glibc's answer depends on the call before.
func mktime(reading int64, local *time.Location) int64 {
	at := reading
	before, last := at, at // the two guesses before
	for probes := 6; probes > 0; probes-- {
		t := time.Unix(at, 0).In(local)
		next := reading - offset(t)
		if next == at {
			if t.IsDST() {
				if standard, ok := nearestStandard(t); ok {
					return reading - offset(standard)
				}
			}
			return at
		}
		if at == before && at != last && t.IsDST() {
			// To and fro over a gap, which summer time begins or ends at.
			return at
		}
		before, last, at = last, at, next
	}
	return -1
}

// offset gives the seconds that local time is ahead of UTC.
func offset(t time.Time) int64 {
	_, seconds := t.Zone()
	return int64(seconds)
}

// nearestStandard finds a time near t at which summer time is not in force, in
// the steps that glibc's mktime takes.
func nearestStandard(t time.Time) (time.Time, bool) {
	const (
		step = 601200 * time.Second
		most = 536454000*time.Second/2 + step
	)
	for d := step; d < most; d += step {
		for _, at := range [...]time.Time{t.Add(-d), t.Add(d)} {
			if !at.IsDST() {
				return at, true
			}
		}
	}
	return time.Time{}, false
}
