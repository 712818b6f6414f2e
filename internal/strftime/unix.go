package strftime

import "time"

// unix is what %s shows: the seconds that mktime makes of the clock reading.
func (m *moment) unix() int64 {
	if !m.utc {
		return m.t.Unix()
	}
	// gmtime says that summer time is not in force, and mktime believes it.
	guess := time.Date(m.year, m.month, m.day, m.hour, m.min, m.sec, 0, m.local)
	if guess.IsDST() {
		if standard, ok := nearestStandard(guess); ok {
			guess = standard
		}
	}
	_, offset := guess.Zone()
	return m.t.Unix() - int64(offset)
}

// nearestStandard finds a time near t at which summer time is not in force, in
// the steps that glibc's mktime takes.
func nearestStandard(t time.Time) (time.Time, bool) {
	const (
		step = 601200 * time.Second
		most = 536454000 * time.Second / 2
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
