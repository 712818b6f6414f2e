package handlers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
	"github.com/sluicelog/sluice/rotate"
)

// inBubble runs test at a time of its own.
func inBubble(t *testing.T, at time.Time, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(at))
		test(t)
	})
}

func TestTimedRotatingFile(t *testing.T) {
	start := time.Date(2026, 3, 12, 10, 20, 30, 0, time.UTC)
	for _, c := range []struct {
		rule string
		o    handlers.TimedRotatingFileOptions
		step time.Duration
		want map[string]string
	}{
		{"hours are the default", handlers.TimedRotatingFileOptions{}, time.Hour, map[string]string{
			"app.log": "3\n", "app.log.2026-03-12_10": "0\n", "app.log.2026-03-12_11": "1\n", "app.log.2026-03-12_12": "2\n",
		}},
		{"the oldest go", handlers.TimedRotatingFileOptions{When: "m", BackupCount: 2}, time.Minute, map[string]string{
			"app.log": "3\n", "app.log.2026-03-12_10-21": "1\n", "app.log.2026-03-12_10-22": "2\n",
		}},
		{"several units", handlers.TimedRotatingFileOptions{When: "S", Interval: 2}, time.Second, map[string]string{
			"app.log": "2\n3\n", "app.log.2026-03-12_10-20-30": "0\n1\n",
		}},
		{"midnight", handlers.TimedRotatingFileOptions{When: "Midnight"}, 12 * time.Hour, map[string]string{
			"app.log": "2\n3\n", "app.log.2026-03-12": "0\n1\n",
		}},
		{"a time of day", handlers.TimedRotatingFileOptions{When: "midnight", AtTime: &rotate.TimeOfDay{Hour: 11}}, 12 * time.Hour, map[string]string{
			"app.log": "3\n", "app.log.2026-03-11": "0\n", "app.log.2026-03-12": "1\n2\n",
		}},
		{"a weekday", handlers.TimedRotatingFileOptions{When: "W4", AtTime: &rotate.TimeOfDay{}}, 24 * time.Hour, map[string]string{
			"app.log": "1\n2\n3\n", "app.log.2026-03-06": "0\n",
		}},
		{"with Delay", handlers.TimedRotatingFileOptions{When: "D", Delay: true}, 36 * time.Hour, map[string]string{
			"app.log": "3\n", "app.log.2026-03-12": "0\n", "app.log.2026-03-13": "1\n", "app.log.2026-03-15": "2\n",
		}},
		{"a namer", handlers.TimedRotatingFileOptions{When: "H", BackupCount: 1, Namer: func(p string) string { return p + ".log" }}, time.Hour, map[string]string{
			"app.log": "3\n", "app.log.2026-03-12_12.log": "2\n",
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			inBubble(t, start, func(t *testing.T) {
				dir := t.TempDir()
				c.o.UTC, c.o.Formatter, c.o.OnError = true, bare{}, quiet(t)
				path := filepath.Join(dir, "app.log")
				if !c.o.Delay {
					// A file has the time of the real clock, not of the bubble's.
					put(t, path, "")
					if err := os.Chtimes(path, start, start); err != nil {
						t.Fatal(err)
					}
				}
				h, err := handlers.NewTimedRotatingFile(path, &c.o)
				h = opened(t, h, err)
				for _, message := range []string{"0", "1", "2", "3"} {
					emit(t, h, message)
					time.Sleep(c.step)
				}
				expect(t, dir, c.want)
			})
		})
	}
}

// D2: a name that is taken gets a number instead of stopping all rollovers.
func TestTimedRotatingFileNameTaken(t *testing.T) {
	start := time.Date(2026, 3, 12, 10, 0, 0, 0, time.UTC)
	inBubble(t, start, func(t *testing.T) {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "app.log.2026-03-12_10"), "theirs\n")
		h, err := handlers.NewTimedRotatingFile(filepath.Join(dir, "app.log"), &handlers.TimedRotatingFileOptions{
			UTC: true, Delay: true, Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)},
		})
		h = opened(t, h, err)
		emit(t, h, "10")
		time.Sleep(time.Hour)
		emit(t, h, "11")
		expect(t, dir, map[string]string{
			"app.log": "11\n", "app.log.2026-03-12_10": "theirs\n", "app.log.2026-03-12_10.1": "10\n",
		})
	})
}

// CPython's test_compute_files_to_delete: handlers whose files lie in one
// directory, with names that begin alike, each remove their own oldest only.
func TestBackupsOfNeighbours(t *testing.T) {
	inBubble(t, time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC), func(t *testing.T) {
		dir := t.TempDir()
		swapped := func(path string) string { // app.2026-03-12.log of app.log.2026-03-12
			base, date, _ := strings.Cut(filepath.Base(path), ".log.")
			return filepath.Join(filepath.Dir(path), base+"."+date+".log")
		}
		zipped := func(path string) string { return path + ".gz" }
		all := map[string]func(string) string{"a.log": nil, "a.b.log": nil, "a.log.b": nil, "b.log": swapped, "b.a.log": zipped}
		var hs []*sluice.Handler
		for name, namer := range all {
			h, err := handlers.NewTimedRotatingFile(filepath.Join(dir, name), &handlers.TimedRotatingFileOptions{
				When: "D", UTC: true, Delay: true, BackupCount: 7, Namer: namer,
				Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)},
			})
			hs = append(hs, opened(t, h, err))
		}
		for range 11 {
			for _, h := range hs {
				emit(t, h, "day")
			}
			time.Sleep(24 * time.Hour)
		}
		want := map[string]string{}
		for name, namer := range all {
			want[name] = "day\n"
			for day := 15; day <= 21; day++ { // of the 10 from the 12th on
				backup := fmt.Sprintf("%s.2026-03-%d", name, day)
				if namer != nil {
					backup = filepath.Base(namer(filepath.Join(dir, backup)))
				}
				want[backup] = "day\n"
			}
		}
		expect(t, dir, want)
	})
}

// CPython's test_compute_rollover_weekly_attime: noon of each weekday, seen from
// midnight, just before noon, noon and just after.
func TestWeeklyAtNoon(t *testing.T) {
	today := time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC) // a Thursday, 3
	for day := range 7 {
		p := rotate.Timed{When: fmt.Sprintf("W%d", day), AtTime: &rotate.TimeOfDay{Hour: 12}, UTC: true}
		for _, seconds := range []int{0, 12*3600 - 1, 12 * 3600, 12*3600 + 1} {
			now := today.Add(time.Duration(seconds) * time.Second)
			days := (day - 3 + 7) % 7
			if days == 0 && seconds >= 12*3600 {
				days = 7
			}
			if got, want := p.Next(now), today.AddDate(0, 0, days).Add(12*time.Hour); !got.Equal(want) {
				t.Errorf("W%d at noon, from %v: %v, want %v", day, now, got, want)
			}
		}
	}
}

// A rotator may leave the file where it is, as logrotate's copytruncate does.
func TestTimedRotator(t *testing.T) {
	inBubble(t, time.Date(2026, 3, 12, 10, 0, 0, 0, time.UTC), func(t *testing.T) {
		dir := t.TempDir()
		h, err := handlers.NewTimedRotatingFile(filepath.Join(dir, "app.log"), &handlers.TimedRotatingFileOptions{
			UTC: true, Delay: true, Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)},
			Rotator: func(source, dest string) error {
				put(t, dest, "moved by the rotator\n")
				return os.Truncate(source, 0)
			},
		})
		h = opened(t, h, err)
		emit(t, h, "10")
		time.Sleep(time.Hour)
		emit(t, h, "11")
		expect(t, dir, map[string]string{"app.log": "11\n", "app.log.2026-03-12_10": "moved by the rotator\n"})
	})
}
