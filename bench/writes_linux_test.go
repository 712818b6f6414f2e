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

// written gives how often the calling thread has called write(2), and with how
// many bytes.
func written(t *testing.T) (calls, size int) {
	t.Helper()
	b, err := os.ReadFile("/proc/thread-self/io")
	if err != nil {
		t.Skipf("the kernel does not count system calls: %v", err)
	}
	for _, field := range []struct {
		name string
		to   *int
	}{{"syscw: ", &calls}, {"wchar: ", &size}} {
		_, count, _ := strings.Cut(string(b), field.name)
		if _, err := fmt.Sscan(count, field.to); err != nil {
			t.Fatalf("/proc/thread-self/io: %v in %q", err, b)
		}
	}
	return calls, size
}

// counter counts the bytes that pass through it.
type counter struct {
	w    io.Writer
	size int
}

func (c *counter) Write(p []byte) (int, error) {
	c.size += len(p)
	return c.w.Write(p)
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
			c := &counter{w: f}
			op := use(c)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			const records = 100_000 // more than one file takes
			calls, size := written(t)
			repeat(op, 1, records)
			callsNow, sizeNow := written(t)
			// The runtime wakes its poller by writes of eight bytes, now and then
			// on this thread.
			const wakeup = 8
			wakeups := (sizeNow - size - c.size) / wakeup
			if got := callsNow - calls - wakeups; got != records {
				t.Errorf("%d calls of write(2) for %d records", got, records)
			}
			if _, err := os.Stat(path + ".1"); err != nil {
				t.Errorf("no rollover: %v", err)
			}
		})
	}
}
