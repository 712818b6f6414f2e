package rotate

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestTimedValidate(t *testing.T) {
	for _, c := range []struct {
		p    Timed
		want string // part of the error; empty: valid
	}{
		{Timed{When: "s"}, ""},
		{Timed{When: "midNight", Interval: 3}, ""},
		{Timed{When: "w6", AtTime: &TimeOfDay{23, 59, 59}}, ""},
		{Timed{}, `when ""`},
		{Timed{When: "X"}, `when "X" is none of`},
		{Timed{When: " S"}, `when " S" is none of`},
		{Timed{When: "W"}, `when "W" needs its day`},
		{Timed{When: "W10"}, `when "W10" needs its day`},
		{Timed{When: "w7"}, `when "w7" has no such day`},
		{Timed{When: "W０"}, `when "W０" has no such day`},
		{Timed{When: "H", Interval: -1}, "interval -1 is negative"},
		{Timed{When: "D", Interval: 1 << 30}, "interval 1073741824 is too long: at most 106751"},
		{Timed{When: "D", AtTime: &TimeOfDay{24, 0, 0}}, "at time 24:00:00"},
		{Timed{When: "D", AtTime: &TimeOfDay{0, -1, 0}}, "at time 00:-1:00"},
		{Timed{When: "D", AtTime: &TimeOfDay{0, 0, 60}}, "at time 00:00:60"},
	} {
		err := c.p.Validate()
		if c.want == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.p, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.p, err, c.want)
		}
		dir := t.TempDir()
		if _, err := Open(filepath.Join(dir, "app.log"), &Options{Policy: c.p}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open: %v, want %q", err, c.want)
		}
		tree{}.check(t, dir)
	}
}

// Not valid, but asked all the same: no panic, never due.
func TestTimedInvalidIsNeverDue(t *testing.T) {
	p := Timed{When: "X"}
	now := time.Now()
	s := State{Base: "app.log", Since: now, Next: p.Next(now)}
	if !s.Next.IsZero() || p.Due(s, 1, now.AddDate(9, 0, 0)) || p.Plan(s, now, nil) != nil {
		t.Error("Timed without a valid When has a plan")
	}
}

func TestTimedNext(t *testing.T) {
	const layout = "Mon 2006-01-02 15:04:05 -0700"
	for _, c := range []struct {
		rule, zone string
		p          Timed
		from, want string
	}{
		{"hours are not aligned", "UTC", Timed{When: "H"}, "Thu 2026-03-12 10:20:30 +0000", "Thu 2026-03-12 11:20:30 +0000"},
		{"days are 24 hours", "Europe/Berlin", Timed{When: "D"}, "Sat 2026-03-28 12:00:00 +0100", "Sun 2026-03-29 13:00:00 +0200"},
		{"midnight keeps the clock", "Europe/Berlin", Timed{When: "midnight", AtTime: &TimeOfDay{12, 0, 0}}, "Sat 2026-03-28 12:00:00 +0100", "Sun 2026-03-29 12:00:00 +0200"},
		{"the very time is the next day", "UTC", Timed{When: "midnight", AtTime: &TimeOfDay{0, 0, 0}}, "Thu 2026-03-12 00:00:00 +0000", "Fri 2026-03-13 00:00:00 +0000"},
		{"W0 is the end of Monday", "UTC", Timed{When: "W0"}, "Thu 2026-03-12 10:00:00 +0000", "Tue 2026-03-17 00:00:00 +0000"},
		{"W0 with a time is on Monday", "UTC", Timed{When: "W0", AtTime: &TimeOfDay{0, 0, 0}}, "Thu 2026-03-12 10:00:00 +0000", "Mon 2026-03-16 00:00:00 +0000"},
		{"the same weekday, later today", "UTC", Timed{When: "W3", AtTime: &TimeOfDay{11, 0, 0}}, "Thu 2026-03-12 10:00:00 +0000", "Thu 2026-03-12 11:00:00 +0000"},
		{"the same weekday, too late", "UTC", Timed{When: "W3", AtTime: &TimeOfDay{10, 0, 0}}, "Thu 2026-03-12 10:00:00 +0000", "Thu 2026-03-19 10:00:00 +0000"},
		{"two weeks", "UTC", Timed{When: "W3", AtTime: &TimeOfDay{10, 0, 0}, Interval: 2}, "Thu 2026-03-12 10:00:00 +0000", "Thu 2026-03-26 10:00:00 +0000"},
		{"a time in a gap moves by the gap", "Europe/Berlin", Timed{When: "midnight", AtTime: &TimeOfDay{2, 30, 0}}, "Sat 2026-03-28 12:00:00 +0100", "Sun 2026-03-29 03:30:00 +0200"},
		{"after the gap it is the next day's, though still ahead", "Europe/Berlin", Timed{When: "midnight", AtTime: &TimeOfDay{2, 30, 0}}, "Sun 2026-03-29 03:00:00 +0200", "Mon 2026-03-30 02:30:00 +0200"},
		{"an overlap: the first", "Europe/Berlin", Timed{When: "midnight", AtTime: &TimeOfDay{2, 30, 0}}, "Sat 2026-10-24 12:00:00 +0200", "Sun 2026-10-25 02:30:00 +0200"},
		{"the second pass does not count", "Europe/Berlin", Timed{When: "midnight", AtTime: &TimeOfDay{2, 30, 0}}, "Sun 2026-10-25 02:30:00 +0200", "Mon 2026-10-26 02:30:00 +0100"},
		{"in the second pass: what is still ahead", "Europe/Berlin", Timed{When: "midnight", AtTime: &TimeOfDay{2, 30, 0}}, "Sun 2026-10-25 02:10:00 +0100", "Sun 2026-10-25 02:30:00 +0100"},
		{"a gap of half an hour", "Australia/Lord_Howe", Timed{When: "midnight", AtTime: &TimeOfDay{2, 15, 0}}, "Sat 2026-10-03 12:00:00 +1030", "Sun 2026-10-04 02:45:00 +1100"},
		{"a gap of two hours", "Antarctica/Troll", Timed{When: "midnight", AtTime: &TimeOfDay{1, 30, 0}}, "Sat 2026-03-28 12:00:00 +0000", "Sun 2026-03-29 03:30:00 +0200"},
		{"a midnight that is left out", "America/Sao_Paulo", Timed{When: "midnight"}, "Sat 2018-11-03 12:00:00 -0300", "Sun 2018-11-04 01:00:00 -0200"},
		{"a day that is left out", "Pacific/Apia", Timed{When: "midnight", AtTime: &TimeOfDay{12, 0, 0}}, "Thu 2011-12-29 12:00:00 -1000", "Sat 2011-12-31 12:00:00 +1400"},
		{"winter is the time that is saved", "Europe/Dublin", Timed{When: "midnight"}, "Sat 2026-03-28 12:00:00 +0000", "Sun 2026-03-29 00:00:00 +0000"},
		{"last day of a leap year", "Europe/Berlin", Timed{When: "midnight"}, "Tue 2052-12-31 12:00:00 +0100", "Wed 2053-01-01 00:00:00 +0100"},
	} {
		from, err := time.Parse(layout, c.from)
		if err != nil {
			t.Fatal(err)
		}
		c.p.In = zoneOf(t, c.zone)
		if got := c.p.Next(from.Add(999 * time.Millisecond)).Format(layout); got != c.want {
			t.Errorf("%s: %s from %s: got %s, want %s", c.rule, c.zone, c.from, got, c.want)
		}
	}
}

func TestTimedName(t *testing.T) {
	const layout = "2006-01-02 15:04:05 -0700"
	for _, c := range []struct {
		rule, zone  string
		p           Timed
		since, want string
	}{
		{"seconds", "UTC", Timed{When: "S", Interval: 90}, "2026-03-12 10:20:30 +0000", "2026-03-12_10-20-30"},
		{"minutes", "UTC", Timed{When: "M"}, "2026-03-12 10:20:30 +0000", "2026-03-12_10-20"},
		{"local time", "Asia/Kathmandu", Timed{When: "H"}, "2026-03-12 10:20:30 +0000", "2026-03-12_16"},
		{"UTC wins", "Asia/Kathmandu", Timed{When: "H", UTC: true}, "2026-03-12 10:20:30 +0000", "2026-03-12_10"},
		{"the first of a repeated hour", "Europe/Berlin", Timed{When: "H"}, "2026-10-25 02:20:30 +0200", "2026-10-25_02"},
		{"the second of it", "Europe/Berlin", Timed{When: "H"}, "2026-10-25 02:20:30 +0100", "2026-10-25_02"},
		{"midnight: the day that ends", "Europe/Berlin", Timed{When: "midnight"}, "2026-03-29 12:00:00 +0200", "2026-03-29"},
		{"at a time: the day before it", "Europe/Berlin", Timed{When: "midnight", AtTime: &TimeOfDay{6, 0, 0}}, "2026-03-29 05:00:00 +0200", "2026-03-28"},
		{"a week before", "UTC", Timed{When: "W0", AtTime: &TimeOfDay{6, 0, 0}}, "2026-03-12 05:00:00 +0000", "2026-03-09"},
		{"a midnight that is left out", "America/Sao_Paulo", Timed{When: "midnight"}, "2018-11-03 12:00:00 -0300", "2018-11-03"},
		{"before the day that is left out", "Pacific/Apia", Timed{When: "midnight"}, "2011-12-29 12:00:00 -1000", "2011-12-29"},
		{"the day that is left out has the two days before it", "Pacific/Apia", Timed{When: "midnight", Interval: 2}, "2011-12-28 12:00:00 -1000", "2011-12-28"},
	} {
		since, err := time.Parse(layout, c.since)
		if err != nil {
			t.Fatal(err)
		}
		c.p.In = zoneOf(t, c.zone)
		s := State{Base: "app.log", Since: since, Next: c.p.Next(since)}
		moves := c.p.Plan(s, s.Next, func(string) bool { return false })
		if len(moves) != 1 || moves[0] != (Move{"app.log", "app.log." + c.want}) {
			t.Errorf("%s: got %v, want %s", c.rule, moves, c.want)
		}
	}
}

func TestTimedNameTaken(t *testing.T) {
	since := time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
	p := Timed{When: "D", UTC: true}
	for _, c := range []struct {
		rule  string
		taken string
		want  string
	}{
		{"free", "", ""},
		{"taken", "0", ".1"},
		{"one more than the highest", "0 1 7", ".8"},
		{"numbers without a date do not matter", "3", ""},
		{"up to 999", "0 998", ".999"},
		{"no free name: the taken one, which File refuses", "0 999", ""},
	} {
		const name = "app.log.2026-03-12"
		taken := map[string]bool{}
		for _, n := range strings.Fields(c.taken) {
			taken[strings.TrimSuffix(name+"."+n, ".0")] = true
		}
		s := State{Base: "app.log", Since: since, Next: p.Next(since)}
		moves := p.Plan(s, s.Next, func(name string) bool { return taken[name] })
		if len(moves) != 1 || moves[0].To != name+c.want {
			t.Errorf("%s: got %v, want %s%s", c.rule, moves, name, c.want)
		}
	}
}
