package files

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
	_ "time/tzdata" // the zones are the same on every machine

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
	"github.com/sluicelog/sluice/rotate"
)

// hands are a clock that is set by hand. The file rolls over by it and not by the
// machine's, which a test cannot set without setting it for all.
type hands struct {
	rotate.Timed
	now   *time.Time
	since *time.Time
}

func (h hands) Due(s rotate.State, n int, _ time.Time) bool { return h.Timed.Due(s, n, *h.now) }

// Next is called when a period begins, and that is now. A File compares the result
// with the machine's clock, so all simulated years have passed.
func (h hands) Next(time.Time) time.Time {
	*h.since = *h.now
	return h.Timed.Next(*h.now)
}

func (h hands) Plan(s rotate.State, _ time.Time, taken func(string) bool) []rotate.Move {
	s.Since = *h.since
	return h.Timed.Plan(s, *h.now, taken)
}

// zones are 60 of all kinds: with and without summer time, by whole hours, halves
// and quarters, north and south, and some that have changed their rules or days.
func zones() []string {
	return []string{
		"Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Antarctica/Troll", "Europe/Dublin", "Africa/Casablanca",
		"America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "America/Havana", "America/Asuncion",
		"Asia/Beirut", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Asia/Gaza", "Asia/Amman", "Asia/Damascus",
		"Asia/Pyongyang", "Asia/Kabul", "Asia/Yangon", "Asia/Colombo", "Asia/Jerusalem", "Asia/Shanghai", "Asia/Dubai", "Asia/Manila",
		"Atlantic/Azores", "Atlantic/Reykjavik", "Atlantic/Cape_Verde", "Africa/Cairo", "Africa/Lagos", "Africa/Johannesburg", "Africa/El_Aaiun", "Africa/Juba",
		"Australia/Adelaide", "Australia/Sydney", "Australia/Perth", "Australia/Eucla", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Marquesas",
		"Pacific/Honolulu", "Pacific/Fiji", "Pacific/Norfolk", "Pacific/Easter", "America/Santiago", "America/Caracas", "America/Mexico_City", "America/Godthab",
		"America/Scoresbysund", "America/Anchorage", "Europe/London", "Europe/Moscow", "Europe/Istanbul", "Europe/Volgograd", "Indian/Mauritius", "UTC",
	}
}

// simulated are the years that are lived through.
type simulated struct {
	from  time.Time
	hours int
	// step sets the clock after a line; nil: it goes as it should.
	step func(r *rand.Rand, hour int) time.Duration
}

// threeYears begin with the one in which Apia left out a day.
func threeYears() simulated {
	return simulated{from: time.Date(2011, 6, 1, 0, 30, 0, 0, time.UTC), hours: 3 * 365 * 24}
}

// run writes a line an hour, in three zones for each seed.
func (y simulated) run(_ context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
	var sum balance.Result
	all := zones()
	for i := range e.Of(3, 1) {
		zone := all[(int(e.Seed-1)*3+i)%len(all)]
		r, err := y.zone(e, s, zone)
		if err != nil {
			return sum, fmt.Errorf("%s: %w", zone, err)
		}
		for j, broken := range r.Broken {
			r.Broken[j] = zone + ": " + broken
		}
		sum.Add(r)
	}
	return sum, nil
}

func (y simulated) zone(e *fault.Env, s writer.Spec, name string) (r balance.Result, err error) {
	in, err := time.LoadLocation(name)
	if err != nil {
		return r, err
	}
	s.Path = fmt.Sprintf("%s/%d/app.log", logDir(s), e.Rand.Uint64())
	if err := mkdir(s.Path); err != nil {
		return r, err
	}
	now, since := y.from, y.from
	f, err := rotate.Open(s.Path, &rotate.Options{
		Policy:    hands{rotate.Timed{When: "midnight", In: in}, &now, &since},
		Retention: rotate.Keep{Backups: s.Backups},
	})
	if err != nil {
		return r, err
	}
	defer func() { _ = f.Close() }() // again, if it ends early
	var l balance.Ledger
	var line []byte
	days := map[string]int{} // the last line of each
	var rolledAt []int       // the first line after each rollover
	hours := e.Of(y.hours, y.hours/3)
	for seq := range hours {
		days[now.In(in).Format("2006-01-02")] = seq
		before := f.Stats().Rolls
		line = balance.AppendLine(line[:0], balance.ID{Seq: seq}, 60)
		if _, err := f.Write(line); err != nil {
			return r, err
		}
		l.Accept(balance.ID{Seq: seq})
		if f.Stats().Rolls > before {
			rolledAt = append(rolledAt, seq)
		}
		now = now.Add(time.Hour)
		if y.step != nil {
			now = now.Add(y.step(e.Rand, seq))
		}
	}
	if err := f.Close(); err != nil {
		return r, err
	}
	files, err := l.ReadFiles(logDir(s), "app")
	if err != nil {
		return r, err
	}
	if s.Backups > 0 && len(rolledAt) > s.Backups {
		// So many backups stay: all lines since the rollover before them.
		for seq := range rolledAt[len(rolledAt)-s.Backups-1] {
			l.Destroy(balance.ID{Seq: seq})
		}
	}
	r = l.Balance(balance.Counters{})
	r.Equal("Stats().Rolls", int(f.Stats().Rolls), len(rolledAt))
	if s.Backups == 0 {
		r.Equal("Stats().Rolls, with files", int(f.Stats().Rolls), len(files)-1)
	} else if len(files)-1 != s.Backups {
		r.Break("%d backups", len(files)-1)
	}
	if y.step == nil && len(rolledAt) != len(days)-1 {
		r.Break("%d rollovers in %d days", len(rolledAt), len(days))
	}
	return r, nil
}

func threeYearsKept() fault.Fault {
	y := threeYears()
	return fault.Fault{
		ID: "F10", Case: "zones-keep-all", Title: "3 years of rollovers at midnight, a line an hour, in 60 zones; all backups are kept", Injector: "a clock that is set by hand",
		Promise: "Nothing is overwritten; there is one rollover for each day that the zone's calendar has.",
		Sluice:  scenario(y.run).of(writer.Spec{Kind: writer.Sluice}),
		Peers:   timedPython(y, 0),
	}
}

func threeYearsPruned() fault.Fault {
	y := threeYears()
	return fault.Fault{
		ID: "F10", Case: "zones-keep-7", Title: "3 years of rollovers at midnight, a line an hour, in 60 zones; 7 backups are kept", Injector: "a clock that is set by hand",
		Promise: "The 7 newest backups are there, whole.",
		Sluice:  scenario(y.run).of(writer.Spec{Kind: writer.Sluice, Backups: 7}),
		Peers:   timedPython(y, 7),
	}
}

// smallSteps are those of summer time set by hand, of NTP, and of a wrong day.
func smallSteps() []time.Duration {
	return []time.Duration{-time.Hour, time.Hour, -90 * time.Minute, 500 * time.Millisecond, -500 * time.Millisecond, 36 * time.Hour, -36 * time.Hour}
}

// stepping is a clock that is wrong by one of steps at times, and is set right again.
func stepping(steps ...time.Duration) simulated {
	y := threeYears()
	y.from = y.from.AddDate(-3, 0, 0)
	var due time.Duration
	y.step = func(r *rand.Rand, hour int) time.Duration {
		switch {
		case hour == 0:
			due = 0
		case hour%50 != 0:
			return 0
		case due != 0:
			step := -due
			due = 0
			return step
		}
		due = steps[r.IntN(len(steps))]
		return due
	}
	return y
}

func clockSteps() fault.Fault {
	return fault.Fault{
		ID: "F10", Case: "steps-keep-all", Title: "the clock is set every 50 hours, by half a second to ten years, and back, for 3 years in 60 zones; all backups are kept", Injector: "a clock that is set by hand",
		Promise: "Nothing is overwritten.",
		Sluice:  scenario(stepping(append(smallSteps(), 10*365*24*time.Hour)...).run).of(writer.Spec{Kind: writer.Sluice}),
	}
}

func clockStepsPruned() fault.Fault {
	return fault.Fault{
		ID: "F10", Case: "steps-keep-7", Title: "the clock is set every 50 hours, by half a second to a day and a half, and back, for 3 years in 60 zones; 7 backups are kept", Injector: "a clock that is set by hand",
		Promise: "The 7 newest backups are there, whole. Backups are counted by the dates in their names, as Python's are: those of a clock that is ten years ahead stay for ten years, and take the places of others.",
		Sluice:  scenario(stepping(smallSteps()...).run).of(writer.Spec{Kind: writer.Sluice, Backups: 7}),
	}
}

// timedPython is CPython's TimedRotatingFileHandler in the same years.
func timedPython(y simulated, backups int) []fault.Peer {
	do := func(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
		return y.python(ctx, e, s)
	}
	return []fault.Peer{{
		Name: "CPython", As: "TimedRotatingFileHandler", Needs: []inject.Need{inject.Python()},
		Run: scenario(do).of(writer.Spec{Kind: writer.Timed, Backups: backups}),
	}}
}
