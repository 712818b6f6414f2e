package rotate

import (
	"math/rand/v2"
	"testing"
	"time"
)

// zones are those with the oddest clocks of the last fifty years, and some
// without.
var zones = []string{
	"Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Johannesburg", "Africa/Juba", "Africa/Monrovia", "Africa/Tripoli", "Africa/Windhoek",
	"America/Adak", "America/Argentina/San_Luis", "America/Asuncion", "America/Bogota", "America/Caracas", "America/Danmarkshavn", "America/Godthab", "America/Havana",
	"America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Noronha", "America/Port-au-Prince", "America/Santiago", "America/Sao_Paulo", "America/St_Johns",
	"Antarctica/Casey", "Antarctica/Macquarie", "Antarctica/Troll",
	"Asia/Amman", "Asia/Anadyr", "Asia/Baku", "Asia/Beirut", "Asia/Dhaka", "Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata",
	"Asia/Pyongyang", "Asia/Seoul", "Asia/Shanghai", "Asia/Tehran", "Asia/Tokyo", "Asia/Ulaanbaatar",
	"Atlantic/Azores", "Australia/Adelaide", "Australia/Eucla", "Australia/Lord_Howe", "Australia/Sydney",
	"Europe/Berlin", "Europe/Chisinau", "Europe/Dublin", "Europe/Istanbul", "Europe/Lisbon", "Europe/London", "Europe/Moscow", "Europe/Volgograd",
	"Pacific/Apia", "Pacific/Chatham", "Pacific/Easter", "Pacific/Fakaofo", "Pacific/Kiritimati", "Pacific/Kwajalein", "Pacific/Norfolk", "Pacific/Tongatapu",
	"UTC",
}

// TestTimedInEveryZone compares Timed with somebody who looks at the clock on
// the wall until it shows what is on the calendar.
func TestTimedInEveryZone(t *testing.T) {
	each := 30
	if testing.Short() {
		each = 5
	}
	for i, name := range zones {
		zone := zoneOf(t, name)
		random := rand.New(rand.NewPCG(uint64(i), 5))
		changes := changesOf(zone)
		for range each {
			from := time.Unix(random.Int64N(2_800_000_000), 0)
			if len(changes) > 0 && random.IntN(4) > 0 {
				// Most of them near a change of the clock.
				from = changes[random.IntN(len(changes))].Add(time.Duration(random.IntN(3*86400)-2*86400) * time.Second)
			}
			p := Timed{When: []string{"midnight", "W0", "W3", "W6"}[random.IntN(4)], Interval: 1 + random.IntN(2), In: zone}
			if random.IntN(4) > 0 {
				// Most changes are in the first hours of the day.
				p.AtTime = &TimeOfDay{random.IntN([]int{4, 24}[random.IntN(2)]), 15 * random.IntN(4), 0}
			}
			wall := expectedReading(p, from)
			want := lookUntil(wall, from, zone)
			if got := p.Next(from); !got.Equal(want) {
				t.Fatalf("%s: %+v from %v: got %v, want %v", name, p, from.In(zone), got, want.In(zone))
			}
			days := p.Interval
			if p.When != "midnight" {
				days *= 7
			}
			name := "app.log." + wall.AddDate(0, 0, -days).Format(time.DateOnly)
			s := State{Base: "app.log", Since: from, Next: want}
			if moves := p.Plan(s, want, func(string) bool { return false }); moves[0].To != name {
				t.Fatalf("%s: %+v from %v: got %v, want %s", name, p, from.In(zone), moves, name)
			}
		}
	}
}

// changesOf finds when the clocks of a zone are set, by trying every hour and
// then every second.
func changesOf(zone *time.Location) []time.Time {
	var changes []time.Time
	offset := func(s int64) int {
		_, o := time.Unix(s, 0).In(zone).Zone()
		return o
	}
	for s := int64(0); s < 2_800_000_000; s += 12 * 3600 {
		if offset(s) == offset(s+12*3600) {
			continue
		}
		at := s
		for step := int64(3600); step > 0; step /= 60 {
			for offset(at+step) == offset(s) {
				at += step
			}
		}
		changes = append(changes, time.Unix(at+1, 0))
	}
	return changes
}

// expectedReading walks through the calendar for the reading at which p rolls
// over next.
func expectedReading(p Timed, from time.Time) time.Time {
	local := from.In(p.In)
	now := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
	for d := 0; ; d++ {
		date := time.Date(now.Year(), now.Month(), now.Day()+d, 0, 0, 0, 0, time.UTC)
		at := date.AddDate(0, 0, 1) // the end of the day
		if p.AtTime != nil {
			at = date.Add(time.Duration(p.AtTime.Hour)*time.Hour + time.Duration(p.AtTime.Minute)*time.Minute)
		}
		if !at.After(now) {
			continue
		}
		if p.When == "midnight" {
			return at.AddDate(0, 0, p.Interval-1)
		}
		if int(p.When[1]-'0') == (int(date.Weekday())+6)%7 {
			return at.AddDate(0, 0, 7*(p.Interval-1))
		}
	}
}

// lookUntil looks at the clock every quarter, near the end every minute, then
// every second, until it shows reading or has jumped over it.
func lookUntil(reading, from time.Time, zone *time.Location) time.Time {
	want := reading.Unix()
	shows := func(s int64) int64 {
		_, offset := time.Unix(s, 0).In(zone).Zone()
		return s + int64(offset)
	}
	s := from.Unix()
	for _, step := range []int64{900, 60} { // no clock changes back twice within a quarter
		for shows(s+step) < want {
			s += step
		}
	}
	for shows(s+1) < want {
		s++
	}
	if shows(s+1) == want {
		return time.Unix(s+1, 0)
	}
	before := shows(s) - s
	return time.Unix(want-before, 0)
}
