package handlers_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// rotating returns a handler of dir/app.log that rolls over before 10 bytes.
func rotating(t *testing.T, dir string, o handlers.RotatingFileOptions) *sluice.Handler {
	t.Helper()
	o.MaxBytes = 10
	o.Formatter = bare{}
	if o.OnError == nil {
		o.OnError = quiet(t)
	}
	h, err := handlers.NewRotatingFile(filepath.Join(dir, "app.log"), &o)
	return opened(t, h, err)
}

func TestRotatingFile(t *testing.T) {
	for _, c := range []struct {
		rule    string
		o       handlers.RotatingFileOptions
		before  string
		records []string
		want    map[string]string
	}{
		{
			"the newest backup is 1, and no more than BackupCount are kept",
			handlers.RotatingFileOptions{BackupCount: 2}, "",
			[]string{"1111111", "2222222", "3333333", "4444444"},
			map[string]string{"app.log": "4444444\n", "app.log.1": "3333333\n", "app.log.2": "2222222\n"},
		}, {
			"the file does not reach MaxBytes",
			handlers.RotatingFileOptions{BackupCount: 1}, "",
			[]string{"1111", "222", "333"},
			map[string]string{"app.log": "333\n", "app.log.1": "1111\n222\n"},
		}, {
			"an empty file takes a record of any length",
			handlers.RotatingFileOptions{BackupCount: 1}, "",
			[]string{"11111111111111111111", "2"},
			map[string]string{"app.log": "2\n", "app.log.1": "11111111111111111111\n"},
		}, {
			"without backups it grows",
			handlers.RotatingFileOptions{}, "",
			[]string{"1111111", "2222222"},
			map[string]string{"app.log": "1111111\n2222222\n"},
		}, {
			"what is there counts, whatever the mode",
			handlers.RotatingFileOptions{BackupCount: 1, Mode: "w"}, "0000000\n",
			[]string{"1111111"},
			map[string]string{"app.log": "1111111\n", "app.log.1": "0000000\n"},
		}, {
			"bytes are counted: 7 + 2 stay below 10",
			handlers.RotatingFileOptions{BackupCount: 1}, "",
			[]string{"äöü", "1"},
			map[string]string{"app.log": "äöü\n1\n"},
		}, {
			"and 7 + 3 do not, though in characters they would", // D1
			handlers.RotatingFileOptions{BackupCount: 1}, "",
			[]string{"äöü", "ä"},
			map[string]string{"app.log": "ä\n", "app.log.1": "äöü\n"},
		}, {
			"the namer names backups",
			handlers.RotatingFileOptions{BackupCount: 2, Namer: func(p string) string { return p + ".old" }}, "",
			[]string{"1111111", "2222222", "3333333", "4444444"},
			map[string]string{"app.log": "4444444\n", "app.log.1.old": "3333333\n", "app.log.2.old": "2222222\n"},
		}, {
			"with Delay, too",
			handlers.RotatingFileOptions{BackupCount: 1, Delay: true}, "",
			[]string{"1111111", "2222222"},
			map[string]string{"app.log": "2222222\n", "app.log.1": "1111111\n"},
		},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			if c.before != "" {
				put(t, filepath.Join(dir, "app.log"), c.before)
			}
			emit(t, rotating(t, dir, c.o), c.records...)
			expect(t, dir, c.want)
		})
	}
}

// The terminator is part of what is counted.
func TestRotatingFileCountsTheTerminator(t *testing.T) {
	dir := t.TempDir()
	long := "\r\n----\r\n"
	h := rotating(t, dir, handlers.RotatingFileOptions{BackupCount: 1, Options: handlers.Options{Terminator: &long}})
	emit(t, h, "1", "2")
	expect(t, dir, map[string]string{"app.log": "2" + long, "app.log.1": "1" + long})
}

// CPython's test_rotator: a rotator that compresses, with its namer.
func TestRotator(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	h := rotating(t, dir, handlers.RotatingFileOptions{
		BackupCount: 2,
		Namer:       func(path string) string { return path + ".gz" },
		Rotator: func(source, dest string) error {
			text, err := os.ReadFile(source)
			if err != nil {
				return err
			}
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			if _, err := w.Write(text); err != nil {
				return err
			}
			if err := errors.Join(w.Close(), os.WriteFile(dest, out.Bytes(), 0o666)); err != nil {
				return err
			}
			return os.Remove(source)
		},
	})
	emit(t, h, "1111111", "2222222", "3333333", "4444444")
	got := files(t, dir)
	for name, want := range map[string]string{"app.log.1.gz": "3333333\n", "app.log.2.gz": "2222222\n"} {
		r, err := gzip.NewReader(strings.NewReader(got[name]))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != want {
			t.Errorf("%s holds %q, %v, want %q", name, text, err, want)
		}
	}
	if got["app.log"] != "4444444\n" || len(got) != 3 {
		t.Errorf("the directory has %q", got)
	}
}

// D5: housekeeping that fails costs no record. It is told to OnError without a
// record, and Handle gives no error.
func TestHousekeepingFails(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		rule   string
		o      handlers.RotatingFileOptions
		before func(t *testing.T, dir string)
		want   error
	}{
		{"a directory where a backup is to be removed", handlers.RotatingFileOptions{}, func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "app.log.1"), 0o777); err != nil {
				t.Fatal(err)
			}
		}, nil},
		{"a rotator that fails", handlers.RotatingFileOptions{Rotator: func(string, string) error { return broken }}, nil, broken},
		{"a namer that gives the file's own name", handlers.RotatingFileOptions{
			Namer: func(path string) string { return strings.TrimSuffix(path, ".1") },
		}, nil, fs.ErrExist},
		{"a namer that gives a directory that is not there", handlers.RotatingFileOptions{
			Namer: func(path string) string { return filepath.Join(filepath.Dir(path), "no", "app.log.1") },
		}, nil, fs.ErrNotExist},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			if c.before != nil {
				c.before(t, dir)
			}
			want := files(t, dir)
			var reported reports
			c.o.BackupCount, c.o.OnError = 1, reported.onError
			h := rotating(t, dir, c.o)
			emit(t, h, "1111111", "2222222", "3333333")
			want["app.log"] = "1111111\n2222222\n3333333\n"
			expect(t, dir, want)
			if len(reported) != 2 {
				t.Fatalf("reported %v, want the two rollovers", reported)
			}
			for _, r := range reported {
				if r.message != "-" || c.want != nil && !errors.Is(r.err, c.want) || !strings.Contains(r.err.Error(), "app.log") {
					t.Errorf("reported %v, want %v, about no record, and naming the file", r, c.want)
				}
			}
			if s := handlers.File(h).Stats(); s.Lines != 3 || s.RollFailures != 2 || s.Rolls != 0 {
				t.Errorf("Stats() = %+v, want 3 lines and 2 failures", s)
			}
		})
	}
}

// Roll is doRollover: now, due or not.
func TestRoll(t *testing.T) {
	dir := t.TempDir()
	h := rotating(t, dir, handlers.RotatingFileOptions{BackupCount: 3})
	emit(t, h, "1")
	for range 2 {
		if err := handlers.File(h).Roll(); err != nil {
			t.Fatal(err)
		}
	}
	emit(t, h, "2")
	expect(t, dir, map[string]string{"app.log": "2\n", "app.log.1": "", "app.log.2": "1\n"})
	plain, err := handlers.NewFile(filepath.Join(dir, "plain.log"), nil)
	if err := handlers.File(opened(t, plain, err)).Roll(); err == nil {
		t.Error("Roll of a file without a policy gave no error")
	}
}

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

// A file that cannot roll over is opened as Mode says.
func TestModeWithoutMaxBytes(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "app.log"), "old\n")
	h, err := handlers.NewRotatingFile(filepath.Join(dir, "app.log"), &handlers.RotatingFileOptions{
		Mode: "w", BackupCount: 1, Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)},
	})
	emit(t, opened(t, h, err), "new")
	expect(t, dir, map[string]string{"app.log": "new\n"})
}
