//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sharing is a program that shares a stream with others, by a configuration of its own.
type sharing struct {
	*served
	t    *testing.T
	dir  string
	file string
}

// write writes a configuration whose root has these handlers, each of which writes a
// file of its name.
func (s *sharing) write(handlers ...string) {
	s.t.Helper()
	text := "version: 1\nhandlers:\n"
	for _, name := range handlers {
		text += fmt.Sprintf("  %s: {class: logging.FileHandler, filename: %s}\n", name, filepath.Join(s.dir, name))
	}
	write(s.t, s.file, text+"root: {handlers: ["+strings.Join(handlers, ", ")+"], level: INFO}\n")
}

// told waits until it has told want so often on standard error.
func (s *sharing) told(want string, times int) {
	s.t.Helper()
	until(s.t, want, func() bool { return strings.Count(string(read(s.t, filepath.Join(s.dir, "stderr"))), want) >= times })
}

// numbersIn gives how often each record is in the files of that name of all programs.
func numbersIn(t *testing.T, name string, all ...*sharing) map[string]int {
	t.Helper()
	var files []string
	for _, s := range all {
		if _, err := os.Stat(filepath.Join(s.dir, name)); err == nil {
			files = append(files, filepath.Join(s.dir, name))
		}
	}
	return timesFound(t, files...)
}

// each checks that of the records from first on n are there, each once, when all are.
// Those before, of which a handler that is new may get some, do not count.
func each(t *testing.T, name string, first, n int, all ...*sharing) {
	t.Helper()
	var found map[string]int
	until(t, "handler "+name, func() bool {
		found = numbersIn(t, name, all...)
		for i := range first {
			delete(found, fmt.Sprint(i))
		}
		return len(found) >= n
	})
	for i := first; i < first+n; i++ {
		if found[fmt.Sprint(i)] != 1 {
			t.Fatalf("handler %s: record %d is there %d times", name, i, found[fmt.Sprint(i)])
		}
	}
	if len(found) != n {
		t.Errorf("handler %s has %d records, want %d", name, len(found), n)
	}
}

// TestServeConfigShares: programs with the same configuration on one stream share the
// work of each handler. One that has a handler no more takes nothing from those that
// do; what waits when none has it any more is dropped in time, counted to the record.
func TestServeConfigShares(t *testing.T) {
	t.Parallel()
	const records = 2000
	nats := runNATS(t)
	start := func() *sharing {
		dir := t.TempDir()
		s := &sharing{t: t, dir: dir, file: filepath.Join(dir, "logging.yaml")}
		s.write("one", "two")
		stderr, err := os.Create(filepath.Join(dir, "stderr"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stderr.Close() })
		s.served = startServeWith(t, func(c *exec.Cmd) { c.Stderr = stderr }, "--config", s.file, "--tcp", "127.0.0.1:0", "--udp", "off",
			"--queue", nats.ClientURL(), "--queue-max-bytes", "64M", ackWait, "--queue-forget-after", "20s")
		return s
	}
	a, b := start(), start()
	asked(t, nats, 2)
	sendTo(t, "tcp", a.addr["tcp"], numbered(t, 0, records))
	each(t, "one", 0, records, a, b)
	each(t, "two", 0, records, a, b)
	if len(numbersIn(t, "one", a)) == records || len(numbersIn(t, "one", b)) == records {
		t.Error("the work was not shared")
	}

	// One of them has another one in the place of two.
	a.write("one", "three")
	a.told("loaded again", 1)
	before := numbersIn(t, "two", a)
	sendTo(t, "tcp", a.addr["tcp"], numbered(t, records, records))
	each(t, "one", 0, 2*records, a, b)
	each(t, "two", 0, 2*records, a, b)
	each(t, "three", records, records, a)
	if n := len(numbersIn(t, "two", a)); n != len(before) {
		t.Errorf("it wrote %d records for a handler that it has no more", n-len(before))
	}

	// Nobody has it any more.
	b.write("one", "three")
	b.told("loaded again", 1)
	sendTo(t, "tcp", b.addr["tcp"], numbered(t, 2*records, records))
	each(t, "one", 0, 3*records, a, b)
	each(t, "three", records, 2*records, a, b)
	const gone = `cursor "handler two": nobody has it any more`
	until(t, gone, func() bool {
		return strings.Contains(string(read(t, filepath.Join(a.dir, "stderr")))+string(read(t, filepath.Join(b.dir, "stderr"))), gone)
	})
	dropped := 0
	for _, s := range []*sharing{a, b} {
		status, last := s.stop(t, os.Interrupt)
		if status != exitOK || strings.Contains(last, "held") {
			t.Errorf("status %d, %q", status, last)
		}
		if m := regexp.MustCompile(`two \d+ \(dropped (\d+)\)`).FindStringSubmatch(last); m != nil {
			n := 0
			if _, err := fmt.Sscan(m[1], &n); err != nil {
				t.Error(err)
			}
			dropped += n
		}
	}
	if dropped != records {
		t.Errorf("%d records were told to be dropped, want %d", dropped, records)
	}
	each(t, "two", 0, 2*records, a, b)
}
