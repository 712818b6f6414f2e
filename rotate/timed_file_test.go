package rotate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// inBubble runs f in a bubble whose clock shows at in zone. File times are real:
// set them.
func inBubble(t *testing.T, at string, zone *time.Location, f func(t *testing.T)) {
	t.Helper()
	when, err := time.ParseInLocation(time.DateTime, at, zone)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(when))
		f(t)
	})
}

func setAge(t *testing.T, path string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(path, time.Time{}, at); err != nil {
		t.Fatal(err)
	}
}

func TestTimedFile(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{Policy: Timed{When: "H", UTC: true}, OnError: func(err error) { t.Error(err) }})
		write(t, f, "10\n")
		time.Sleep(time.Hour - time.Second)
		write(t, f, "still 10\n")
		time.Sleep(time.Second)
		write(t, f, "11\n")
		time.Sleep(5 * time.Hour) // four of them pass without a record
		write(t, f, "16\n")
		tree{
			"app.log.2026-03-12_10": "10\nstill 10\n",
			"app.log.2026-03-12_11": "11\n",
			"app.log":               "16\n",
		}.check(t, dir)
		s := f.Stats()
		if want := time.Date(2026, 3, 12, 17, 0, 0, 0, time.UTC); s.Rolls != 2 || !s.Next.Equal(want) {
			t.Errorf("Stats() = %+v, want 2 rolls, next %v", s, want)
		}
	})
}

// The age of what is there decides, not the time of opening.
func TestTimedStaleFile(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		for _, delay := range []bool{false, true} {
			dir := t.TempDir()
			tree{"app.log": "old\n"}.make(t, dir)
			setAge(t, filepath.Join(dir, "app.log"), time.Now().Add(-24*time.Hour))
			f := opened(t, dir, Options{Policy: Timed{When: "midnight", UTC: true}, Delay: delay, Mode: "w"})
			write(t, f, "new\n")
			tree{"app.log": "new\n", "app.log.2026-03-11": "old\n"}.check(t, dir)
		}
	})
}

// CPython's test_rollover_at_midnight: opening again within the second that is
// due does not roll, a second earlier it does, once.
func TestTimedAtMidnight(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "app.log")
		o := Options{Policy: Timed{When: "midnight", UTC: true, AtTime: &TimeOfDay{10, 0, 0}}}
		for range 3 {
			f := opened(t, dir, o)
			write(t, f, "today\n")
			f.Close()
			setAge(t, path, time.Now())
		}
		tree{"app.log": "today\ntoday\ntoday\n"}.check(t, dir)
		setAge(t, path, time.Now().Add(-time.Second))
		for range 3 {
			f := opened(t, dir, o)
			write(t, f, "next\n")
			f.Close()
			setAge(t, path, time.Now())
		}
		tree{"app.log": "next\nnext\nnext\n", "app.log.2026-03-11": "today\ntoday\ntoday\n"}.check(t, dir)
	})
}

// When clocks go back an hour comes twice. Python's name is then taken, and it
// never rolls over again.
func TestTimedHourComesTwice(t *testing.T) {
	berlin := zoneOf(t, "Europe/Berlin")
	inBubble(t, "2026-10-25 01:00:00", berlin, func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{
			Policy: Timed{When: "H", In: berlin}, Retention: Keep{Backups: 3},
			OnError: func(err error) { t.Error(err) },
		})
		for _, r := range []string{"01", "02", "02 again", "03", "04"} {
			write(t, f, r)
			time.Sleep(time.Hour)
		}
		write(t, f, "05")
		// The oldest two are gone: of one date, the number counts.
		tree{
			"app.log.2026-10-25_02.1": "02 again",
			"app.log.2026-10-25_03":   "03",
			"app.log.2026-10-25_04":   "04",
			"app.log":                 "05",
		}.check(t, dir)
		if s := f.Stats(); s.Rolls != 5 || s.Removed != 2 {
			t.Errorf("Stats() = %+v, want 5 rolls, 2 removed", s)
		}
	})
}

func TestTimedNoFreeName(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		var reported []error
		f := opened(t, dir, Options{
			Policy:  Timed{When: "H", UTC: true},
			Namer:   func(p string) string { return filepath.Join(filepath.Dir(p), "old.log") },
			OnError: func(err error) { reported = append(reported, err) },
		})
		write(t, f, "10\n")
		time.Sleep(time.Hour)
		write(t, f, "11\n")
		time.Sleep(time.Hour)
		write(t, f, "12\n", "12 again\n")
		tree{"old.log": "10\n", "app.log": "11\n12\n12 again\n"}.check(t, dir)
		if len(reported) != 2 || !errors.Is(reported[1], fs.ErrExist) {
			t.Errorf("reported %v, want that the name is taken, twice", reported)
		}
		if err := remove(filepath.Join(dir, "old.log")); err != nil {
			t.Fatal(err)
		}
		write(t, f, "free\n") // and it goes on
		tree{"old.log": "11\n12\n12 again\n", "app.log": "free\n"}.check(t, dir)
	})
}

// A removal that fails is tried again with the next record, whatever else.
func TestTimedCannotRemove(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		tree{"app.log.2026-03-12_01": "<dir>"}.make(t, dir)
		var reported []error
		f := opened(t, dir, Options{
			Policy: Timed{When: "H", UTC: true}, Retention: Keep{Backups: 1},
			OnError: func(err error) { reported = append(reported, err) },
		})
		write(t, f, "10\n")
		time.Sleep(time.Hour)
		write(t, f, "11\n")
		tree{"app.log.2026-03-12_01": "<dir>", "app.log.2026-03-12_10": "10\n", "app.log": "11\n"}.check(t, dir)
		if len(reported) != 1 || !strings.Contains(reported[0].Error(), "app.log.2026-03-12_01") {
			t.Errorf("reported %v, want the directory that cannot be removed", reported)
		}
		if err := os.Remove(filepath.Join(dir, "app.log.2026-03-12_01")); err != nil {
			t.Fatal(err)
		}
		write(t, f, "11\n")
		if len(reported) != 1 {
			t.Errorf("reported %v", reported[1:])
		}
		tree{"app.log.2026-03-12_10": "10\n", "app.log": "11\n11\n"}.check(t, dir)
	})
}

// With Delay and no file there is nothing to roll over.
func TestTimedNothingThere(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{Policy: Timed{When: "H", UTC: true}, Delay: true})
		time.Sleep(2 * time.Hour)
		write(t, f, "12\n")
		tree{"app.log": "12\n"}.check(t, dir)
	})
}

func TestTimedDevice(t *testing.T) {
	unixOnly(t)
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		tree{"app.log": "-> /dev/null"}.make(t, dir)
		f := opened(t, dir, Options{Policy: Timed{When: "H", UTC: true}, OnError: func(err error) { t.Error(err) }})
		time.Sleep(48 * time.Hour)
		write(t, f, "12\n")
		tree{"app.log": "-> /dev/null"}.check(t, dir)
		if next := f.Stats().Next; !next.After(time.Now()) {
			t.Errorf("Stats().Next = %v: still due", next)
		}
	})
}
