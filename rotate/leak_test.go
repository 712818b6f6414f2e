package rotate

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// descriptors counts the process's open files; -1 where that is not to be had.
func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries)
}

// A thousand times opened, written to by several goroutines, rolled over,
// compressed and closed: no goroutine and no descriptor stays.
func TestNothingStays(t *testing.T) {
	dir := t.TempDir()
	sys := (&faults{}).system()
	cycle := func(i int) {
		o := Options{
			Policy: SizeAndTime{Size: Size{MaxBytes: 100}, Timed: Timed{When: "H"}}, Timer: true, Watch: true,
			Retention: Keep{Backups: 3, MaxTotalBytes: 1 << 20}, Symlink: filepath.Join(dir, "current"), Perm: 0o600,
			AfterRoll: func(string) {}, Header: []byte("header\n"), SyncInterval: time.Millisecond * time.Duration(i%3), Durable: i%5 == 0,
			OnError: func(err error) { t.Error(err) },
		}
		if i%2 == 0 {
			o.Compress = []*Compression{Gzip(), Zstd()}[i/2%2]
		}
		if runtime.GOOS == "windows" {
			o.Symlink, o.Compress = "", nil
		}
		f, err := open(filepath.Join(dir, "app.log"), o, sys)
		if err != nil {
			t.Fatal(err)
		}
		var writers sync.WaitGroup
		for w := range 3 {
			writers.Go(func() {
				for n := range 3 {
					if _, err := fmt.Fprintf(f, "%d %d %d of the writers has this to say\n", i, w, n); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	cycle(0)
	goroutines, open := runtime.NumGoroutine(), descriptors()
	for i := range 1000 {
		cycle(i)
	}
	if n := descriptors(); n > open {
		t.Errorf("%d descriptors, %d before", n, open)
	}
	awaitGoroutines(t, goroutines)
}

// awaitGoroutines waits until there are no more than so many: the last may be on their
// way out.
func awaitGoroutines(t *testing.T, most int) {
	t.Helper()
	const patience = 2 * time.Minute
	for limit := time.Now().Add(patience); runtime.NumGoroutine() > most; runtime.Gosched() {
		if time.Now().After(limit) {
			t.Fatalf("%v have passed, and there are %d goroutines, %d before", patience, runtime.NumGoroutine(), most)
		}
	}
}
