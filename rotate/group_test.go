package rotate

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
)

type outcome struct {
	n   int
	err error
}

// together writes records that all wait for the File at once, in that order. It
// must run in a bubble.
func together(f *File, records ...string) []outcome {
	results := make([]outcome, len(records))
	var wg sync.WaitGroup
	f.mu.Lock()
	for i, r := range records {
		wg.Go(func() {
			n, err := f.Write([]byte(r))
			results[i] = outcome{n, err}
		})
		synctest.Wait() // it sleeps
	}
	f.mu.Unlock()
	wg.Wait()
	return results
}

func TestTogether(t *testing.T) {
	long := strings.Repeat("x", gathered)
	for _, c := range []struct {
		rule    string
		before  string
		records []string
		writes  int
	}{
		{"one alone", "", []string{"1\n"}, 1},
		{"all fit", "", []string{"1\n", "2\n", "3\n"}, 1},
		{"split where it rolls", "", []string{"11\n", "22\n", "33\n", "44\n", "55\n"}, 2},
		{"the first already rolls", "00000000", []string{"11\n", "22\n"}, 1},
		{"each record rolls", "", []string{"111111\n", "222222\n", "333333\n"}, 3},
		{"one longer than the limit", "", []string{"1\n", "222222222222\n", "3\n"}, 3},
		{"empty records", "", []string{"", "1\n", "", ""}, 1},
		{"only empty records", "", []string{"", ""}, 1},
		{"too long to be put together", "", []string{"1\n", long + "\n", "3\n", long, long, "6\n"}, 6},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := &faults{}
				dir := t.TempDir()
				tree{"app.log": c.before}.make(t, dir)
				f := openedWith(t, dir, Options{
					Policy: Size{MaxBytes: 11}, Retention: Keep{Backups: 9},
					OnError: func(err error) { t.Error(err) },
				}, x.system())
				var bytes uint64
				for i, r := range together(f, c.records...) {
					bytes += uint64(len(c.records[i]))
					if r.n != len(c.records[i]) || r.err != nil {
						t.Errorf("record %d: Write = %d, %v", i, r.n, r.err)
					}
				}
				if x.calls["write"] != c.writes {
					t.Errorf("%d writes, want %d", x.calls["write"], c.writes)
				}
				if s := f.Stats(); s.Lines != uint64(len(c.records)) || s.Bytes != bytes || s.Refused != 0 {
					t.Errorf("Stats() = %+v", s)
				}

				// One after the other it comes to the same.
				one := t.TempDir()
				tree{"app.log": c.before}.make(t, one)
				write(t, opened(t, one, f.opts), c.records...)
				treeOf(t, one).check(t, dir)
			})
		})
	}
}

// TestTogetherFault makes each write fail, or end half way, in turn. The writers
// whose records are not in the files, and only they, are told so.
func TestTogetherFault(t *testing.T) {
	for _, policy := range []Policy{Size{}, Size{MaxBytes: 11}} {
		for k := 1; k <= 4; k++ {
			synctest.Test(t, func(t *testing.T) {
				x := &faults{kind: "write", k: k, err: syscall.ENOSPC}
				dir := t.TempDir()
				f := openedWith(t, dir, Options{Policy: policy, Retention: Keep{Backups: 9}}, x.system())
				var records []string
				for i := range 10 {
					records = append(records, fmt.Sprintf("%02d\n", i))
				}
				results := together(f, records...)
				all := contents(t, dir)
				refused := 0
				for i, r := range results {
					switch {
					case r.err == nil:
						if r.n != 3 || strings.Count(all, records[i]) != 1 {
							t.Errorf("write %d fails: record %d: Write = %d, nil, but the files have %q", k, i, r.n, all)
						}
					case r.n != 0 || !errors.Is(r.err, syscall.ENOSPC) || strings.Contains(all, records[i]):
						t.Errorf("write %d fails: record %d: Write = %d, %v, but the files have %q", k, i, r.n, r.err, all)
					default:
						refused++
					}
				}
				if len(all) != 3*(10-refused) || f.Stats().Refused != uint64(refused) || f.Stats().Lines != uint64(10-refused) {
					t.Errorf("write %d fails: %d refused, files have %q, Stats() = %+v", k, refused, all, f.Stats())
				}
				if made := x.calls["write"] >= k; made != (refused > 0) {
					t.Errorf("write %d fails: %d refused", k, refused)
				}
				if policy != (Size{}) && refused > 3 {
					t.Errorf("write %d fails: %d refused, also of another file", k, refused)
				}
				x.k = 0
				write(t, f, "and on\n")
			})
		}
	}
}

// contents returns the backups, the oldest first, and the file.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	for i := 1000; i >= 0; i-- {
		name := filepath.Join(dir, "app.log")
		if i > 0 {
			name += fmt.Sprintf(".%d", i)
		}
		content, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}

// If what was written in part cannot be cut off, the writer of the torn record
// hears how much of it is there.
func TestTogetherTorn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{})
		h := f.file
		f.file = untruncatable{halfFull{h}}
		got := together(f, "11\n", "22\n", "33\n") // half of them is 4 bytes
		if got[0] != (outcome{3, nil}) || got[1].n != 1 || got[2].n != 0 ||
			!errors.Is(got[1].err, syscall.ENOSPC) || !errors.Is(got[2].err, syscall.ENOSPC) {
			t.Errorf("Writes = %v", got)
		}
		f.file = h
		tree{"app.log": "11\n2"}.check(t, dir)
	})
}

type untruncatable struct{ handle }

func (untruncatable) Truncate(int64) error { return syscall.EPERM }

func TestTogetherClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := opened(t, t.TempDir(), Options{})
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		for i, r := range together(f, "1\n", "2\n", "3\n") {
			if r.n != 0 || !errors.Is(r.err, ErrClosed) {
				t.Errorf("record %d: Write = %d, %v", i, r.n, r.err)
			}
		}
		if s := f.Stats(); s.Refused != 3 {
			t.Errorf("Stats() = %+v", s)
		}
	})
}

// A function of Options that panics does so in one writer; the others do not
// wait for ever.
func TestTogetherPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		tree{"app.log": "0000000"}.make(t, dir)
		f := opened(t, dir, Options{
			Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 2},
			Namer: func(string) string { panic("namer") },
		})
		var wg sync.WaitGroup
		var mu sync.Mutex
		panics, failures := 0, 0
		f.mu.Lock()
		for range 3 {
			wg.Go(func() {
				defer func() {
					mu.Lock()
					defer mu.Unlock()
					if recover() != nil {
						panics++
					}
				}()
				if _, err := f.Write([]byte("more\n")); errors.Is(err, errPanicked) {
					mu.Lock()
					defer mu.Unlock()
					failures++
				}
			})
			synctest.Wait()
		}
		f.mu.Unlock()
		wg.Wait()
		if panics != 1 || failures != 2 {
			t.Errorf("%d writers panicked, %d were told", panics, failures)
		}
	})
}

// TestManyWriters: many goroutines write numbered records while the file rolls
// over, by itself and by hand. All are there before Close: none missing, torn,
// twice, or out of its goroutine's order.
func TestManyWriters(t *testing.T) {
	const writers, each = 64, 2000
	dir := t.TempDir()
	f := opened(t, dir, Options{
		Policy: Size{MaxBytes: 128 << 10}, Retention: Keep{Backups: 999},
		OnError: func(err error) { t.Error(err) },
	})
	var wg, visitors sync.WaitGroup
	done := make(chan struct{})
	visitors.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			if s := f.Stats(); s.Refused != 0 || s.Bytes < s.Lines {
				t.Errorf("Stats() = %+v", s)
			}
			if i%100 == 0 && i < 1000 {
				if err := f.Sync(); err != nil {
					t.Error(err)
				}
				if err := f.Roll(); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for w := range writers {
		wg.Go(func() {
			var line []byte
			for i := range each {
				// Of differing lengths, and the memory is used again at once.
				line = fmt.Appendf(line[:0], "%d %d %s\n", w, i, strings.Repeat("x", (w+i)%20))
				if n, err := f.Write(line); n != len(line) || err != nil {
					t.Errorf("Write(%q) = %d, %v", line, n, err)
				}
			}
		})
	}
	wg.Wait()
	close(done)
	visitors.Wait()
	next := [writers]int{}
	lines := strings.SplitAfter(contents(t, dir), "\n")
	for _, line := range lines[:len(lines)-1] {
		var w, i int
		var x string
		if _, err := fmt.Sscanf(line, "%d %d", &w, &i); err != nil || w >= writers {
			t.Fatalf("torn: %q", line)
		}
		if x = strings.Repeat("x", (w+i)%20); line != fmt.Sprintf("%d %d %s\n", w, i, x) {
			t.Fatalf("torn: %q", line)
		}
		if i != next[w] {
			t.Fatalf("goroutine %d: record %d, want %d", w, i, next[w])
		}
		next[w]++
	}
	for w, n := range next {
		if n != each {
			t.Errorf("goroutine %d: %d records, want %d", w, n, each)
		}
	}
	if s := f.Stats(); s.Lines != writers*each {
		t.Errorf("Stats() = %+v", s)
	}
}

// Of the records that meet Close, those are in the file whose Write returned nil.
func TestManyWritersClose(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		f := opened(t, dir, Options{})
		var wg sync.WaitGroup
		var mu sync.Mutex
		accepted := 0
		started := make(chan struct{}, 16)
		for range 16 {
			wg.Go(func() {
				for i := 0; ; i++ {
					_, err := f.Write([]byte("0123456\n"))
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					accepted++
					mu.Unlock()
					if i == 10 {
						started <- struct{}{}
					}
				}
			})
		}
		<-started
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		content, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if want := bytes.Repeat([]byte("0123456\n"), accepted); !bytes.Equal(content, want) {
			t.Fatalf("%d bytes in the file, want %d", len(content), len(want))
		}
	}
}

// Sharing system calls costs no garbage.
func TestManyWritersAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const writers, each = 16, 2000
	f := opened(t, t.TempDir(), Options{})
	line := []byte("0123456789\n")
	run := func() {
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					if _, err := f.Write(line); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	run()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > writers*each/50 {
		t.Errorf("%d allocations for %d records", n, writers*each)
	}
}
