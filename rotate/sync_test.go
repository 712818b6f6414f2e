package rotate

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestSyncInterval: what was written is on the disk an interval later, also what was
// rolled over since, and a File at rest is not synced.
func TestSyncInterval(t *testing.T) {
	needsKeys(t)
	synctest.Test(t, func(t *testing.T) {
		x, d := &faults{}, &syncedDisk{}
		dir := t.TempDir()
		f := openedWith(t, dir, Options{SyncInterval: time.Second, Policy: Size{MaxBytes: 60}, Retention: Keep{Backups: 99}}, d.system(x.system()))
		for round := range 3 {
			write(t, f, lines(100*round, 1+20*round)...)
			time.Sleep(time.Second)
			synctest.Wait()
			d.check(t, fmt.Sprint("round ", round), dir)
			syncs := x.calls["sync"]
			time.Sleep(time.Minute)
			if x.calls["sync"] != syncs {
				t.Error("a file at rest is synced")
			}
		}
		write(t, f, lines(300, 100)...) // more files than may wait
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		d.check(t, "after Close", dir)
		if s := f.Stats(); s.SyncFailures != 0 || s.Unsynced != 0 || s.Failures != 0 {
			t.Errorf("Stats() = %+v", s)
		}
	})
}

// TestSyncFails: a sync that fails is reported with what it was about, and is not
// taken for a success later.
func TestSyncFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &faults{kind: "sync", k: 1, err: syscall.EIO}
		var told []error
		f := openedWith(t, t.TempDir(), Options{
			SyncInterval: time.Second, Policy: Size{MaxBytes: 1 << 20}, Retention: Keep{Backups: 9},
			OnError: func(err error) { told = append(told, err) },
		}, x.system())
		write(t, f, lines(0, 7)...)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(told) != 1 || !errors.Is(told[0], syscall.EIO) || !strings.Contains(told[0].Error(), "7 records") {
			t.Errorf("told %v", told)
		}
		for range 2 {
			if err := f.Sync(); !errors.Is(err, syscall.EIO) {
				t.Errorf("Sync = %v", err)
			}
		}
		if s := f.Stats(); s.SyncFailures != 1 || s.Unsynced != 7 || s.Lines != 7 {
			t.Errorf("Stats() = %+v", s)
		}
		if err := f.Roll(); err != nil {
			t.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			t.Errorf("Sync of the next file = %v", err)
		}
	})
}

// TestSyncSticky: without Durable or an interval, too.
func TestSyncSticky(t *testing.T) {
	x := &faults{kind: "sync", k: 1, err: syscall.EIO}
	f := openedWith(t, t.TempDir(), Options{}, x.system())
	write(t, f, "one\n")
	for range 3 {
		if err := f.Sync(); !errors.Is(err, syscall.EIO) {
			t.Errorf("Sync = %v", err)
		}
	}
}

// A file that was rolled over and cannot be synced is reported, too.
func TestSyncRetiredFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &faults{kind: "sync", k: 1, err: syscall.EIO}
		var told []error
		f := openedWith(t, t.TempDir(), Options{
			SyncInterval: time.Second, Policy: Size{MaxBytes: 30}, Retention: Keep{Backups: 9},
			OnError: func(err error) { told = append(told, err) },
		}, x.system())
		write(t, f, lines(0, 3)...)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(told) != 1 || !strings.Contains(told[0].Error(), "2 records") {
			t.Errorf("told %v", told)
		}
		if s := f.Stats(); s.Unsynced != 2 {
			t.Errorf("Stats() = %+v", s)
		}
	})
}
