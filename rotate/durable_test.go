package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// syncedDisk knows how much of each file is on the disk.
type syncedDisk struct {
	mu     sync.Mutex
	synced map[string]int64 // by identity
}

func (d *syncedDisk) system(sys system) system {
	d.synced = map[string]int64{}
	open := sys.open
	sys.open = func(name string, flag int, perm fs.FileMode) (handle, error) {
		h, err := open(name, flag, perm)
		if err != nil {
			return nil, err
		}
		return syncedHandle{h, d}, nil
	}
	return sys
}

type syncedHandle struct {
	handle
	d *syncedDisk
}

func (h syncedHandle) SyncData() error {
	fi, err := h.Stat()
	if err == nil {
		err = h.handle.SyncData()
	}
	if err == nil {
		h.d.mu.Lock()
		defer h.d.mu.Unlock()
		h.d.synced[identityOf(fi).key()] = fi.Size()
	}
	return err
}

// check finds all that is in dir on the disk.
func (d *syncedDisk) check(t *testing.T, name, dir string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for file := range treeOf(t, dir) {
		if strings.HasPrefix(file, ".") {
			continue
		}
		fi, err := os.Stat(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if on := d.synced[identityOf(fi).key()]; on != fi.Size() {
			t.Errorf("%s: of %s %d bytes are on the disk, %d are in the file", name, file, on, fi.Size())
		}
	}
}

func needsKeys(t *testing.T) {
	t.Helper()
	if (identity{}).key() == "" {
		t.Skip("needs files that can be told by number")
	}
}

func TestDurable(t *testing.T) {
	needsKeys(t)
	for _, share := range []*Shared{nil, {Grace: -1}} {
		x, d := &faults{}, &syncedDisk{}
		dir := t.TempDir()
		o := Options{Durable: true, Shared: share, Policy: Size{MaxBytes: 60}, Retention: Keep{Backups: 99}, OnError: func(err error) { t.Error(err) }}
		f := openedWith(t, dir, o, d.system(x.system()))
		for i, line := range lines(0, 20) {
			if i%5 == 4 {
				p, ends := join(line, line, line, line, line, line, line)
				if n, err := f.WriteBatch(p, ends); n != len(p) || err != nil {
					t.Errorf("WriteBatch = %d, %v", n, err)
				}
			} else {
				write(t, f, line)
			}
			d.check(t, line, dir)
		}
		syncs, dirs := x.calls["sync"], x.calls["syncdir"]
		if rolls := int(f.Stats().Rolls); syncs > 20+2*rolls || dirs < rolls || dirs > 3*rolls+2 {
			t.Errorf("%d syncs, %d of the directory, %d rollovers", syncs, dirs, rolls)
		}
	}
}

// TestDurableFault makes each sync fail, once and for ever: a record is an error, or
// held, if and only if it is not in the file; nothing is synced twice to hear nil.
func TestDurableFault(t *testing.T) {
	needsKeys(t)
	for mode := range 16 {
		forever, hold, batches, share := mode&1 != 0, mode&2 != 0, mode&4 != 0, mode&8 != 0
		for _, kind := range []string{"sync", "syncdir", "write"} {
			for k := 1; k < 12; k++ {
				name := fmt.Sprintf("%s %d, forever %t, hold %t, batches %t, shared %t", kind, k, forever, hold, batches, share)
				synctest.Test(t, func(t *testing.T) {
					testDurableFault(t, name, &faults{kind: kind, err: syscall.EIO, forever: forever}, k, hold, batches, share)
				})
			}
		}
	}
}

func testDurableFault(t *testing.T, name string, x *faults, k int, hold, batches, share bool) {
	d := &syncedDisk{}
	dir := t.TempDir()
	o := Options{Durable: true, Policy: Size{MaxBytes: 60}, Retention: Keep{Backups: 99}}
	if hold {
		o.Hold = &Hold{}
	}
	if share {
		o.Shared = &Shared{Grace: -1}
	}
	f := openedWith(t, dir, o, d.system(x.system()))
	x.arm(x.kind, k)
	var want strings.Builder
	emit := func(all ...string) {
		if !batches {
			for _, line := range all {
				if n, err := f.Write([]byte(line)); err == nil {
					want.WriteString(line)
				} else if n != 0 || hold {
					t.Errorf("%s: Write = %d, %v", name, n, err)
				}
			}
			return
		}
		p, ends := join(all...)
		n, err := f.WriteBatch(p, ends)
		if err != nil && hold || err == nil && n != len(p) {
			t.Errorf("%s: WriteBatch = %d, %v", name, n, err)
		}
		want.Write(p[:n])
	}
	emit(lines(0, 3)...)
	emit(lines(3, 9)...)
	emit(lines(12, 1)...)
	x.disarm()
	emit(lines(13, 2)...)
	time.Sleep(time.Second)
	synctest.Wait()
	emit(lines(15, 1)...)
	got := treeOf(t, dir)
	all := ""
	for i := len(got); i >= 1; i-- {
		all += got[fmt.Sprintf("app.log.%d", i)]
	}
	if all += got["app.log"]; all != want.String() {
		t.Errorf("%s: got %q, want %q", name, all, want.String())
	}
	d.check(t, name, dir)
	s := f.Stats()
	if n := uint64(strings.Count(all, "\n")); s.Lines != n || s.Lines+s.Refused != 16 || s.Held != 0 || s.Unsynced != 0 {
		t.Errorf("%s: %d records in the files, %+v", name, n, s)
	}
}

// TestDurableParallel: each of many writers is told of its own record.
func TestDurableParallel(t *testing.T) {
	for _, hold := range []*Hold{nil, {}} {
		x := &faults{kind: "sync", err: syscall.EIO}
		dir := t.TempDir()
		f := openedWith(t, dir, Options{Durable: true, Hold: hold, Policy: Size{MaxBytes: 4 << 10}, Retention: Keep{Backups: 999}}, x.system())
		const writers, each = 16, 100
		var mu sync.Mutex
		var accepted []string
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for i := range each {
					if i%20 == 0 {
						x.arm("sync", 1+i%3)
					}
					line := fmt.Sprintf("%02d %06d\n", w, i)
					if _, err := f.Write([]byte(line)); err == nil {
						mu.Lock()
						accepted = append(accepted, line)
						mu.Unlock()
					} else if hold != nil || !errors.Is(err, syscall.EIO) {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		x.disarm()
		if err := f.Flush(); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, content := range treeOf(t, dir) {
			text.WriteString(content)
		}
		for _, line := range accepted {
			if n := strings.Count(text.String(), line); n != 1 {
				t.Errorf("%q is there %d times", line, n)
			}
		}
		if n := strings.Count(text.String(), "\n"); n != len(accepted) || f.Stats().Lines != uint64(n) {
			t.Errorf("%d accepted, %d there, %+v", len(accepted), n, f.Stats())
		}
	}
}

// TestDurableTogether: writers that wait for one another share a sync, and a rollover
// among their records costs one more.
func TestDurableTogether(t *testing.T) {
	needsKeys(t)
	for _, c := range []struct {
		max   int64
		syncs int
	}{{0, 1}, {1 << 20, 1}, {12*10 + 1, 2}} {
		synctest.Test(t, func(t *testing.T) {
			x, d := &faults{}, &syncedDisk{}
			dir := t.TempDir()
			f := openedWith(t, dir, Options{Durable: true, Policy: Size{MaxBytes: c.max}, Retention: Keep{Backups: 9}}, d.system(x.system()))
			for i, r := range together(f, lines(0, 16)...) {
				if r.err != nil {
					t.Errorf("record %d: %v", i, r.err)
				}
			}
			if n := x.calls["sync"]; n != c.syncs {
				t.Errorf("%d syncs of 16 records in files of %d bytes, want %d", n, c.max, c.syncs)
			}
			d.check(t, fmt.Sprint("files of ", c.max), dir)
		})
	}
}

// What could not be synced and not be cut off is an error, and is not written again.
func TestDurableNotCut(t *testing.T) {
	for _, hold := range []*Hold{nil, {}} {
		x := &faults{kind: "sync", k: 1, err: syscall.EIO}
		dir := t.TempDir()
		sys := x.system()
		open1 := sys.open
		cuts := &faults{kind: "truncate", k: 1, forever: true, err: syscall.EIO}
		sys.open = func(name string, flag int, perm os.FileMode) (handle, error) {
			h, err := open1(name, flag, perm)
			return uncut{h, cuts}, err
		}
		f := openedWith(t, dir, Options{Durable: true, Hold: hold}, sys)
		if n, err := f.Write([]byte("one\n")); n != 4 || !errors.Is(err, syscall.EIO) {
			t.Errorf("Write = %d, %v", n, err)
		}
		write(t, f, "two\n")
		tree{"app.log": "one\ntwo\n"}.check(t, dir)
		if s := f.Stats(); s.Lines != 1 || s.Refused != 1 || s.SyncFailures != 1 {
			t.Errorf("Stats() = %+v", s)
		}
	}
}
