package rotate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// lines are n numbered records from first on.
func lines(first, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("line %06d\n", first+i)
	}
	return all
}

// TestHold: what the disk refuses is written in order within a second of its
// recovery, without another record, and a Write that is held says nil.
func TestHold(t *testing.T) {
	for _, kind := range []string{"write", "open", "fstat", "short"} {
		for _, err := range []error{syscall.ENOSPC, syscall.EIO, syscall.EROFS, syscall.EDQUOT, syscall.EACCES} {
			t.Run(kind+" "+err.Error(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					x := &faults{err: err, forever: true}
					dir := t.TempDir()
					var told []error
					f := openedWith(t, dir, Options{Hold: &Hold{}, Delay: true, OnError: func(err error) { told = append(told, err) }}, x.system())
					if kind != "open" && kind != "fstat" {
						write(t, f, lines(0, 3)...)
					}
					x.arm(kind, 1)
					write(t, f, lines(3, 5)...)
					if s := f.Stats(); kind != "short" && (s.Held != 5 || s.Refused != 0) {
						t.Errorf("while the disk refuses: %+v", s)
					}
					time.Sleep(3 * time.Second)
					synctest.Wait()
					x.disarm()
					time.Sleep(time.Second)
					synctest.Wait()
					if s := f.Stats(); s.Held != 0 || s.Refused != 0 {
						t.Errorf("a second after it recovered: %+v", s)
					}
					want := strings.Join(lines(3, 5), "")
					if got := treeOf(t, dir)["app.log"]; !strings.HasSuffix(got, want) || strings.Count(got, "\n") > 8 {
						t.Errorf("got %q", got)
					}
					if kind != "short" && len(told) != 1 || len(told) > 0 && kind != "short" && !errors.Is(told[0], err) {
						t.Errorf("told %v", told)
					}
				})
			})
		}
	}
}

// TestHoldOnce makes each call fail once while records are written and roll over:
// none is lost, torn, doubled, nor out of order.
func TestHoldOnce(t *testing.T) {
	for mode := range 4 {
		forever, share := mode&1 != 0, mode&2 != 0
		more := []string{"write", "truncate", "short"}
		if share {
			if !canShare {
				break
			}
			more = append(more, "lock", "unlock", "read", "writeat")
		}
		for _, kind := range append(more, kinds...) {
			struck := true
			for k := 1; struck; k++ {
				name := fmt.Sprintf("%s %d, forever %t, shared %t", kind, k, forever, share)
				synctest.Test(t, func(t *testing.T) {
					x := &faults{kind: kind, err: syscall.EIO, forever: forever}
					dir := t.TempDir()
					o := Options{Hold: &Hold{}, Policy: Size{MaxBytes: 40}, Retention: Keep{Backups: 99}}
					if share {
						o.Shared = &Shared{Grace: -1}
					}
					f := openedWith(t, dir, o, x.system())
					x.arm(kind, k)
					write(t, f, lines(0, 12)...)
					struck = x.struck()
					x.disarm()
					write(t, f, lines(12, 4)...)
					time.Sleep(time.Second)
					synctest.Wait()
					checkRecords(t, name, dir, 16)
				})
			}
		}
	}
}

// checkRecords finds n numbered records in app.log and its backups, in order.
func checkRecords(t *testing.T, name, dir string, n int) {
	t.Helper()
	got := treeOf(t, dir)
	all := got["app.log"]
	for i := 1; i <= len(got); i++ {
		all = got[fmt.Sprintf("app.log.%d", i)] + all
	}
	if want := strings.Join(lines(0, n), ""); all != want {
		t.Errorf("%s: %q", name, got)
	}
}

// TestHoldGone: the directory of the file goes, and comes back.
func TestHoldGone(t *testing.T) {
	unixOnly(t)
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "logs")
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		f := opened(t, dir, Options{Hold: &Hold{}, Watch: true})
		write(t, f, "before\n")
		if err := os.Rename(dir, dir+".gone"); err != nil {
			t.Fatal(err)
		}
		write(t, f, lines(0, 3)...)
		time.Sleep(3 * time.Second)
		if s := f.Stats(); s.Held != 3 {
			t.Errorf("without the directory: %+v", s)
		}
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		tree{"app.log": strings.Join(lines(0, 3), "")}.check(t, dir)
	})
}

func TestHoldFull(t *testing.T) {
	x := &faults{kind: "write", k: 1, forever: true, err: syscall.ENOSPC}
	dir := t.TempDir()
	f := openedWith(t, dir, Options{Hold: &Hold{Bytes: 3 * (12 + perHeld)}}, x.system())
	write(t, f, lines(0, 3)...)
	if n, err := f.Write([]byte("one more\n")); n != 0 || !errors.Is(err, ErrFull) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Write beyond the bound = %d, %v", n, err)
	}
	p, ends := join("a\n", "b\n")
	if n, err := f.WriteBatch(p, ends); n != 0 || !errors.Is(err, ErrFull) {
		t.Errorf("WriteBatch beyond the bound = %d, %v", n, err)
	}
	if s := f.Stats(); s.Held != 3 || s.Refused != 3 {
		t.Errorf("Stats() = %+v", s)
	}
	x.disarm()
	if err := f.Flush(); err != nil {
		t.Error(err)
	}
	tree{"app.log": strings.Join(lines(0, 3), "")}.check(t, dir)
	if _, err := open(dir+"/x", Options{Hold: &Hold{Bytes: -1}}, osSystem()); err == nil {
		t.Error("a negative bound is taken")
	}
}

// TestHoldGivenUp: Flush, Sync and Close say how much is not in the file, and wait
// for no longer than they may.
func TestHoldGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &faults{kind: "open", k: 1, forever: true, err: syscall.ENOSPC}
		f, err := open(t.TempDir()+"/app.log", Options{Hold: &Hold{Linger: 3 * time.Second}, Delay: true}, x.system())
		if err != nil {
			t.Fatal(err)
		}
		write(t, f, lines(0, 7)...)
		for name, call := range map[string]func() error{"Sync": f.Sync, "Flush": f.Flush} {
			if err := call(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "7 records") {
				t.Errorf("%s = %v", name, err)
			}
		}
		began := time.Now()
		if err := f.Close(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "7 records") {
			t.Errorf("Close = %v", err)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("Close took %v", took)
		}
		if s := f.Stats(); s.Held != 0 || s.GivenUp != 7 || s.Lines != 0 || s.Refused != 0 {
			t.Errorf("Stats() = %+v", s)
		}
		if _, err := f.Write([]byte("late\n")); !errors.Is(err, ErrClosed) {
			t.Errorf("Write after Close = %v", err)
		}
		if err := f.Close(); err != nil {
			t.Errorf("Close twice = %v", err)
		}
	})
}

// TestHoldParallel: writers that share system calls find their records held, and
// written once each.
func TestHoldParallel(t *testing.T) {
	x := &faults{kind: "write", err: syscall.EIO}
	dir := t.TempDir()
	f := openedWith(t, dir, Options{Hold: &Hold{}, Policy: Size{MaxBytes: 4 << 10}, Retention: Keep{Backups: 999}}, x.system())
	const writers, each = 16, 200
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				if i%20 == 0 {
					x.arm("write", 1+i%3)
				}
				if _, err := fmt.Fprintf(f, "%02d %06d\n", w, i); err != nil {
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
	got := treeOf(t, dir)
	for i := len(got) - 1; i >= 1; i-- {
		text.WriteString(got[fmt.Sprintf("app.log.%d", i)])
	}
	text.WriteString(got["app.log"])
	next := map[int]int{}
	for line := range strings.Lines(text.String()) {
		var w, i int
		if _, err := fmt.Sscanf(line, "%02d %06d\n", &w, &i); err != nil || next[w] != i {
			t.Fatalf("%q, where writer %d was to come to %d", line, w, next[w])
		}
		next[w]++
	}
	for w := range writers {
		if next[w] != each {
			t.Errorf("writer %d: %d records", w, next[w])
		}
	}
	if s := f.Stats(); s.Lines != writers*each || s.Held != 0 || s.Refused != 0 {
		t.Errorf("Stats() = %+v", s)
	}
}
