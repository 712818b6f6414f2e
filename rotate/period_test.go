package rotate

import (
	"errors"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// With Timer the file rolls though nothing is written, but not a file in which
// nothing was.
func TestTimer(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{Policy: Timed{When: "H", UTC: true}, Timer: true, OnError: func(err error) { t.Error(err) }})
		write(t, f, "10\n")
		time.Sleep(time.Hour)
		synctest.Wait()
		tree{"app.log.2026-03-12_10": "10\n", "app.log": ""}.check(t, dir)
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		tree{"app.log.2026-03-12_10": "10\n", "app.log": ""}.check(t, dir)
		if next := f.Stats().Next; next.Hour() != 17 {
			t.Errorf("after empty periods the next ends at %v, want 17:00", next)
		}
		write(t, f, "16\n")
		time.Sleep(time.Hour)
		synctest.Wait()
		tree{"app.log.2026-03-12_10": "10\n", "app.log.2026-03-12_16": "16\n", "app.log": ""}.check(t, dir)
	})
}

// What Open finds too old rolls at once; a file that is opened late stays so.
func TestTimerStale(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		for delay, want := range map[bool]tree{
			false: {"app.log.2026-03-11": "old\n", "app.log": ""},
			true:  {"app.log.2026-03-11": "old\n"},
		} {
			dir := t.TempDir()
			tree{"app.log": "old\n"}.make(t, dir)
			setAge(t, dir+"/app.log", time.Now().Add(-24*time.Hour))
			f := opened(t, dir, Options{
				Policy: SizeAndTime{Size{MaxBytes: 100}, Timed{When: "midnight", UTC: true}},
				Timer:  true, Delay: delay, OnError: func(err error) { t.Error(err) },
			})
			synctest.Wait()
			want.check(t, dir)
			write(t, f, "new\n")
		}
	})
}

// The bubble ends only when all goroutines have.
func TestTimerEndsWithClose(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{Policy: Timed{When: "S", UTC: true}, Timer: true})
		write(t, f, "one\n")
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		tree{"app.log": "one\n"}.check(t, dir)
	})
}

// A rollover by timer that fails is reported and tried again, not in a loop. Its
// report may close the file.
func TestTimerFails(t *testing.T) {
	inBubble(t, "2026-03-12 10:00:00", time.UTC, func(t *testing.T) {
		x := &faults{kind: "rename", k: 1, err: syscall.EACCES, forever: true}
		dir := t.TempDir()
		var reported atomic.Int32
		var f *File
		f = openedWith(t, dir, Options{
			Policy: Timed{When: "H", UTC: true}, Timer: true,
			OnError: func(err error) {
				if !errors.Is(err, syscall.EACCES) {
					t.Error(err)
				}
				if reported.Add(1) == 3 {
					if err := f.Close(); err != nil {
						t.Error(err)
					}
				}
			},
		}, x.system())
		write(t, f, "10\n")
		time.Sleep(time.Hour + time.Second)
		synctest.Wait()
		if n := reported.Load(); n != 1 {
			t.Errorf("reported %d times within a second, want once", n)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := reported.Load(); n != 3 {
			t.Errorf("reported %d times until closed, want 3", n)
		}
		tree{"app.log": "10\n"}.check(t, dir)
	})
}

func TestTimerNeedsTime(t *testing.T) {
	for _, p := range []Policy{nil, Size{MaxBytes: 10}} {
		_, err := Open(t.TempDir()+"/app.log", &Options{Policy: p, Timer: true})
		if err == nil || !strings.Contains(err.Error(), "timer") {
			t.Errorf("Open with Timer and %v: %v", p, err)
		}
	}
}
