package rotate

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestClosed(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir, Options{Policy: Size{}})
	for range 2 {
		if err := f.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	}
	_, writeErr := f.Write([]byte("x"))
	_, batchErr := f.WriteBatch([]byte("x"), nil)
	for name, err := range map[string]error{"Write": writeErr, "WriteBatch": batchErr, "Roll": f.Roll(), "Reopen": f.Reopen(), "Sync": f.Sync()} {
		if !errors.Is(err, ErrClosed) || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s after Close = %v", name, err)
		}
	}
	if s := f.Stats(); s.Refused != 2 {
		t.Errorf("Stats().Refused = %d, want 2", s.Refused)
	}
	tree{"app.log": ""}.check(t, dir)
}

func TestRollWithoutPolicy(t *testing.T) {
	f := opened(t, t.TempDir(), Options{})
	if err := f.Roll(); err == nil {
		t.Error("rolled over")
	}
	write(t, f, "one\n")
}

// OnError may log into the file that fails, which must end.
func TestOnErrorUsesFile(t *testing.T) {
	dir := t.TempDir()
	tree{"app.log": "0000000", "app.log.1": "<dir>"}.make(t, dir)
	var f *File
	f = opened(t, dir, Options{
		Policy: Size{MaxBytes: 10}, Retention: Keep{Backups: 1},
		OnError: func(err error) {
			if s := f.Stats(); s.Lines != 1 {
				t.Errorf("OnError before the record was written: %+v", s)
			}
			write(t, f, "failed\n")
		},
	})
	write(t, f, "one\n")
	tree{"app.log": "0000000one\nfailed\n", "app.log.1": "<dir>"}.check(t, dir)
	if s := f.Stats(); s.Failures != 2 {
		t.Errorf("Stats().Failures = %d, want 2", s.Failures)
	}
}

// A hook that panics does not leave the File locked.
func TestHookPanics(t *testing.T) {
	dir := t.TempDir()
	tree{"app.log": "0000000"}.make(t, dir)
	panics := true
	f := opened(t, dir, Options{Policy: Size{MaxBytes: 10}, Retention: Keep{Backups: 1}, Namer: func(p string) string {
		if panics {
			panic("namer")
		}
		return p
	}})
	func() {
		defer func() { _ = recover() }()
		_, _ = f.Write([]byte("one\n"))
	}()
	panics = false
	write(t, f, "two\n")
	tree{"app.log": "two\n", "app.log.1": "0000000"}.check(t, dir)
}

func TestConcurrentWrites(t *testing.T) {
	const writers, records = 8, 300
	dir := t.TempDir()
	f := opened(t, dir, Options{Policy: Size{MaxBytes: 2000}, Retention: Keep{Backups: 1000}, OnError: func(err error) { t.Error(err) }})
	var done sync.WaitGroup
	for w := range writers {
		done.Go(func() {
			for i := range records {
				line := fmt.Appendf(nil, "writer %d record %d\n", w, i)
				var err error
				if i%3 == 0 {
					_, err = f.WriteBatch(line, []int{len(line)})
				} else {
					_, err = f.Write(line)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Go(func() {
		for range 10 {
			if err := f.Roll(); err != nil {
				t.Error(err)
			}
			_ = f.Stats()
		}
	})
	done.Wait()
	seen := map[string]int{}
	for name, content := range treeOf(t, dir) {
		if len(content) >= 2000 {
			t.Errorf("%s has %d bytes", name, len(content))
		}
		for line := range strings.Lines(content) {
			seen[line]++
		}
	}
	if len(seen) != writers*records {
		t.Errorf("%d different lines, want %d", len(seen), writers*records)
	}
	for line, n := range seen {
		if n != 1 {
			t.Errorf("%q is there %d times", line, n)
		}
	}
}

// Big backups are removed beside Write; Close waits for that.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	dir := t.TempDir()
	f, err := Open(filepath.Join(dir, "app.log"), &Options{Policy: Size{MaxBytes: 1}, Retention: Keep{Backups: 1}})
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("x"), 1<<20)
	for range 20 {
		if _, err := f.Write(big); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if s := f.Stats(); s.Removed != 18 {
		t.Errorf("Stats().Removed = %d, want 18", s.Removed)
	}
	if len(treeOf(t, dir)) != 2 {
		t.Errorf("left: %d files", len(treeOf(t, dir)))
	}
	awaitGoroutines(t, before)
}

func TestWriteAllocates(t *testing.T) {
	line := bytes.Repeat([]byte("x"), 200)
	batch := bytes.Repeat(line, 3)
	ends := []int{200, 400, 600}
	for name, o := range map[string]Options{
		"plain": {},
		"size":  {Policy: Size{MaxBytes: 1 << 40}, Retention: Keep{Backups: 1}},
		"timed": {Policy: Timed{When: "midnight"}, Retention: Keep{Backups: 1}},
		"watch": {Watch: true},
	} {
		if name == "watch" && (runtime.GOOS != "linux" || runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64") {
			continue
		}
		f := opened(t, t.TempDir(), o)
		if n := testing.AllocsPerRun(100, func() { _, _ = f.Write(line) }); n != 0 {
			t.Errorf("%s: Write allocates %v times", name, n)
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = f.WriteBatch(batch, ends) }); n != 0 {
			t.Errorf("%s: WriteBatch allocates %v times", name, n)
		}
	}
}

func TestSync(t *testing.T) {
	f := opened(t, t.TempDir(), Options{})
	write(t, f, "one\n")
	if err := f.Sync(); err != nil {
		t.Error(err)
	}
}
