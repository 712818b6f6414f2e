package rotate

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSizeAndTimePlan(t *testing.T) {
	since := time.Date(2026, 3, 12, 10, 0, 0, 0, time.UTC)
	many := map[string]bool{"log.2026-03-12": true}
	for n := 1; n <= 999; n++ {
		many[fmt.Sprintf("log.2026-03-12.%d", n)] = true
	}
	for _, c := range []struct {
		rule  string
		last  string
		taken map[string]bool
		want  string
	}{
		{"the first of a period", "", nil, "log.2026-03-12"},
		{"the second", "", map[string]bool{"log.2026-03-12": true}, "log.2026-03-12.1"},
		{"after the highest", "", map[string]bool{"log.2026-03-12": true, "log.2026-03-12.7": true}, "log.2026-03-12.8"},
		{"the first have gone", "", map[string]bool{"log.2026-03-12.2": true}, "log.2026-03-12.3"},
		{"the last has gone", "log.2026-03-12.4", nil, "log.2026-03-12.5"},
		{"others have made more", "log.2026-03-12", map[string]bool{"log.2026-03-12.1": true}, "log.2026-03-12.2"},
		{"the last is of another period", "log.2026-03-11.4", nil, "log.2026-03-12"},
		{"no number left", "", many, "log.2026-03-12"},
		{"no number left after the last", "log.2026-03-12.999", nil, "log.2026-03-12"},
	} {
		p := SizeAndTime{Timed: Timed{When: "midnight", UTC: true}}
		s := State{Base: "log", Since: since, Last: c.last}
		got := p.Plan(s, time.Time{}, func(name string) bool { return c.taken[name] })
		if len(got) != 1 || got[0] != (Move{"log", c.want}) {
			t.Errorf("%s: Plan = %v, want %s", c.rule, got, c.want)
		}
	}
}

func TestSizeAndTimeFile(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{
			Policy:    SizeAndTime{Size{MaxBytes: 10}, Timed{When: "H", UTC: true}},
			Retention: Keep{Backups: 3},
			OnError:   func(err error) { t.Error(err) },
		})
		write(t, f, "one\n", "two\n", "three\n") // 4+4, then 6 more would be 14
		time.Sleep(30 * time.Minute)
		write(t, f, "four\n")
		tree{"app.log.2026-03-12_10": "one\ntwo\n", "app.log.2026-03-12_10.1": "three\n", "app.log": "four\n"}.check(t, dir)
		if next := f.Stats().Next; next.Hour() != 11 || next.Minute() != 0 {
			t.Errorf("after rollovers by size the period ends at %v, want 11:00", next)
		}
		time.Sleep(30 * time.Minute)
		write(t, f, "11\n")
		time.Sleep(time.Hour)
		write(t, f, "12\n")
		tree{
			"app.log.2026-03-12_10.1": "three\n", "app.log.2026-03-12_10.2": "four\n",
			"app.log.2026-03-12_11": "11\n", "app.log": "12\n",
		}.check(t, dir)
	})
}

// With the first backups of the period removed, the newest is not taken for the
// oldest.
func TestSizeAndTimeKeepsTheNewest(t *testing.T) {
	for _, policy := range []Policy{
		SizeAndTime{Size{MaxBytes: 3}, Timed{When: "midnight", UTC: true}},
		Timed{When: "midnight", UTC: true},
	} {
		inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
			dir := t.TempDir()
			f := opened(t, dir, Options{Policy: policy, Retention: Keep{Backups: 2}, OnError: func(err error) { t.Error(err) }})
			for i := range 12 {
				write(t, f, fmt.Sprintf("%02d\n", i))
				if _, ok := policy.(Timed); ok && i < 11 {
					if err := f.Roll(); err != nil {
						t.Fatal(err)
					}
				}
			}
			tree{"app.log.2026-03-12.9": "09\n", "app.log.2026-03-12.10": "10\n", "app.log": "11\n"}.check(t, dir)
		})
	}
}

// The file that is there counts towards the size, opened late or not, and no
// backups need be asked for.
func TestSizeAndTimeStale(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		for _, delay := range []bool{false, true} {
			dir := t.TempDir()
			tree{"app.log": "0123456"}.make(t, dir)
			setAge(t, dir+"/app.log", time.Now())
			f := opened(t, dir, Options{Policy: SizeAndTime{Size{MaxBytes: 10}, Timed{When: "D", UTC: true}}, Delay: delay})
			write(t, f, "new\n")
			tree{"app.log.2026-03-12": "0123456", "app.log": "new\n"}.check(t, dir)
		}
	})
}

func TestSizeAndTimeOptions(t *testing.T) {
	for _, c := range []struct {
		policy Policy
		want   string
	}{
		{SizeAndTime{Size: Size{MaxBytes: 10}}, "when"},
		{SizeAndTime{Timed: Timed{When: "D", Interval: -1}}, "interval"},
	} {
		_, err := Open(t.TempDir()+"/app.log", &Options{Policy: c.policy})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open with %+v: %v", c.policy, err)
		}
	}
	f := opened(t, t.TempDir(), Options{Policy: SizeAndTime{Timed: Timed{When: "D"}}}) // no size: time alone
	write(t, f, strings.Repeat("x", 1000), strings.Repeat("x", 1000))
	if s := f.Stats(); s.Rolls != 0 {
		t.Errorf("without MaxBytes: %d rolls", s.Rolls)
	}
}

func TestSizeAndTimeBatch(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{Policy: SizeAndTime{Size{MaxBytes: 8}, Timed{When: "midnight", UTC: true}}})
		p, ends := join("11\n", "22\n", "33\n", "44\n", "55\n")
		if n, err := f.WriteBatch(p, ends); n != len(p) || err != nil {
			t.Fatalf("WriteBatch = %d, %v", n, err)
		}
		tree{"app.log.2026-03-12": "11\n22\n", "app.log.2026-03-12.1": "33\n44\n", "app.log": "55\n"}.check(t, dir)
	})
}
