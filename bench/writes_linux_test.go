package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// writeCalls gives how often the calling thread has called write(2).
func writeCalls(t *testing.T) (n int) {
	t.Helper()
	b, err := os.ReadFile("/proc/thread-self/io")
	if err != nil {
		t.Skipf("the kernel does not count system calls: %v", err)
	}
	_, count, _ := strings.Cut(string(b), "syscw: ")
	if _, err := fmt.Sscan(count, &n); err != nil {
		t.Fatalf("/proc/thread-self/io: %v in %q", err, b)
	}
	return n
}

// TestOneWriteARecord: a record costs exactly one write(2), rollovers included,
// from the file up to the logger.
func TestOneWriteARecord(t *testing.T) {
	line := []byte(strings.Repeat("x", 199) + "\n")
	uses := map[string]func(io.Writer) func(){
		"rotate.File":          func(w io.Writer) func() { return func() { _, _ = w.Write(line) } },
		"Logfmt + rotate.File": func(w io.Writer) func() { return logOp(sluiceLogfmt(w, false)) },
		"JSON + rotate.File":   func(w io.Writer) func() { return logOp(sluiceJSON(w, true)) },
	}
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "app.log")
			f, err := openRotate(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			op := use(f)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			const (
				records = 80_000 // more than one file takes
				most    = 20
			)
			// The runtime and the kernel write on this thread, too, once in a
			// while (to wake the poller, for one, when a rollover sets others to
			// work), but not every time.
			for try := 1; ; try++ {
				before := writeCalls(t)
				repeat(op, 1, records)
				got := writeCalls(t) - before
				if got == records {
					break
				}
				if got < records || try == most {
					t.Fatalf("%d calls of write(2) for %d records", got, records)
				}
			}
			if _, err := os.Stat(path + ".1"); err != nil {
				t.Errorf("no rollover: %v", err)
			}
		})
	}
}
