package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
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

// slowSync is a file whose first sync is held up.
type slowSync struct {
	handle
	came           *atomic.Bool
	entered, leave chan struct{}
}

func (h slowSync) SyncData() error {
	if !h.came.Swap(true) {
		close(h.entered)
		<-h.leave
	}
	return h.handle.SyncData()
}

// TestSyncOvertaken: a file that was synced and closed while the sync in the background
// had no processor yet is no failure of that.
func TestSyncOvertaken(t *testing.T) {
	for rule, overtake := range map[string]func(f *File) error{
		"Close":         (*File).Close,
		"Roll and Sync": func(f *File) error { return errors.Join(f.Roll(), f.Sync()) },
	} {
		synctest.Test(t, func(t *testing.T) {
			h := slowSync{came: &atomic.Bool{}, entered: make(chan struct{}), leave: make(chan struct{})}
			sys := osSystem()
			open := sys.open
			sys.open = func(name string, flag int, perm fs.FileMode) (handle, error) {
				opened, err := open(name, flag, perm)
				return slowSync{opened, h.came, h.entered, h.leave}, err
			}
			f := openedWith(t, t.TempDir(), Options{
				SyncInterval: time.Second, Policy: Size{MaxBytes: 1 << 20}, Retention: Keep{Backups: 9},
				OnError: func(err error) { t.Errorf("%s: %v", rule, err) },
			}, sys)
			write(t, f, lines(0, 3)...)
			<-h.entered
			overtaken := make(chan error)
			go func() { overtaken <- overtake(f) }()
			synctest.Wait()
			close(h.leave)
			if err := <-overtaken; err != nil {
				t.Errorf("%s: %v", rule, err)
			}
			synctest.Wait()
			if s := f.Stats(); s.SyncFailures != 0 || s.Unsynced != 0 {
				t.Errorf("%s: Stats() = %+v", rule, s)
			}
		})
	}
}
