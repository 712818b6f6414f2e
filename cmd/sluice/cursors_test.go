//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sluicelog/sluice/internal/freeport"
	"github.com/sluicelog/sluice/internal/mail/mailtest"
)

// mailing is a directory of configurations for a file and for mails of errors to a
// server that is down.
type mailing struct {
	t       *testing.T
	dir     string
	file    string // the configuration
	address *net.TCPAddr
	timeout int // of the mail server, in seconds
}

func newMailing(t *testing.T) *mailing {
	t.Helper()
	port, err := freeport.Hold()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = port.Close() })
	dir := t.TempDir()
	return &mailing{t, dir, filepath.Join(dir, "logging.yaml"), port.Addr(), 60}
}

// write writes a configuration whose root has these of the handlers: file, log, mail.
func (m *mailing) write(handlers ...string) {
	m.t.Helper()
	of := map[string]string{
		"file": fmt.Sprintf("{class: logging.FileHandler, filename: %s, formatter: plain}", filepath.Join(m.dir, "log")),
		"next": fmt.Sprintf("{class: logging.FileHandler, filename: %s, formatter: plain}", filepath.Join(m.dir, "next")),
		"bad":  fmt.Sprintf("{class: logging.FileHandler, filename: %s}", filepath.Join(m.dir, "none", "log")),
		"mail": fmt.Sprintf("{class: logging.handlers.SMTPHandler, mailhost: [127.0.0.1, %d], fromaddr: a@example.org, toaddrs: [b@example.org], subject: s, level: ERROR, formatter: plain, timeout: %d}", m.address.Port, m.timeout),
	}
	text := "version: 1\nformatters: {plain: {format: \"%(message)s\"}}\nhandlers:\n"
	for _, name := range handlers {
		text += "  " + name + ": " + of[name] + "\n"
	}
	write(m.t, m.file, text+"root: {handlers: ["+strings.Join(handlers, ", ")+"], level: INFO}\n")
}

// up makes the mail server be there.
func (m *mailing) up() *mailtest.Server {
	m.t.Helper()
	l, err := net.Listen("tcp", m.address.String())
	if err != nil {
		m.t.Fatal(err)
	}
	s := mailtest.Serve(l)
	m.t.Cleanup(func() { _ = s.Close() })
	return s
}

// log gives the lines of a file. What was in flight at a kill -9 may be there twice.
func (m *mailing) log(name string) []string {
	return slices.Compact(strings.Split(strings.TrimSpace(string(read(m.t, filepath.Join(m.dir, name)))), "\n"))
}

// inVain is the flag for an end that waits for a mail server in vain: no longer than what
// a busy machine needs for the rest of it. The tests that wait so run side by side.
const inVain = "--drain-timeout=10s"

// queueFlags are the flags of each queue that has a cursor for each handler.
func queueFlags(t *testing.T, name string) []string {
	t.Helper()
	stream := func() []string {
		return []string{"--queue", startNATS(t), "--queue-max-bytes", "64M", ackWait}
	}
	switch name {
	case "memory":
		return []string{"--queue", "memory"}
	case "shared":
		return stream()
	case "alone":
		return append(stream(), "--queue-alone")
	}
	return nil // the spool
}

// TestServeConfigMailDown: with a configuration, a mail server that is down holds up no
// file, and gets its mails when it is back, each once, also those from before a kill -9
// if the queue outlives that.
func TestServeConfigMailDown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"spool", "memory", "shared", "alone"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testServeConfigMailDown(t, name)
		})
	}
}

func testServeConfigMailDown(t *testing.T, queue string) {
	c, flags := newMailing(t), queueFlags(t, queue)
	c.write("file", "mail")
	s := serveConfig(t, c.dir, c.file, flags...)
	s.sendAs("<11>", "one", "log") // ERROR
	s.sendAs("<14>", "no mail", "log")
	s.sendAs("<11>", "two", "log")
	if queue != "memory" {
		if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = s.cmd.Wait()
		s = serveConfig(t, c.dir, c.file, flags...)
	}
	s.sendAs("<11>", "three", "log")
	// Another configuration, and one that cannot be loaded: what waits goes on waiting.
	c.write("file", "next", "mail")
	s.told("loaded again")
	c.write("file", "next", "bad")
	s.told("was not loaded")
	s.sendAs("<11>", "four", "log")
	m := c.up()
	want := []string{"one", "two", "three", "four"}
	until(t, "all mails", func() bool { return len(m.Bodies()) >= len(want) })
	last := s.end()
	got := m.Bodies()
	if queue == "shared" { // in no order
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("mailed %q, want %q", got, want)
	}
	lines := c.log("log")
	if at := slices.Index(lines, "two"); queue == "shared" && at >= 0 {
		// In flight at the kill: there it comes again after a while, behind others.
		if again := slices.Index(lines[at+1:], "two"); again >= 0 {
			lines = slices.Delete(lines, at+1+again, at+2+again)
		}
	}
	if want := []string{"one", "no mail", "two", "three", "four"}; !slices.Equal(lines, want) {
		t.Errorf("the file has %q, want %q", lines, want)
	}
	// Who comes gets what is held for others, with what these had at hand.
	if got := c.log("next"); !slices.Contains(got, "four") {
		t.Errorf("the file that came later has %q", got)
	}
	if !strings.Contains(last, "mail 4") || strings.Contains(last, "held") || strings.Contains(last, "dropped") {
		t.Errorf("it said %q", last)
	}
}

// TestServeConfigHandlerGone: what waits for a handler that a configuration has no more
// is dropped, counted and told, once, whether that was loaded while it ran or by the
// next run, and nothing is held for it any more.
func TestServeConfigHandlerGone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		queue   string
		restart bool
		records int
	}{{"spool", false, 300}, {"spool", true, 300}, {"memory", false, 300}, {"alone", false, 40}, {"alone", true, 40}} {
		t.Run(fmt.Sprint(c.queue, " restart ", c.restart), func(t *testing.T) {
			t.Parallel()
			testServeConfigHandlerGone(t, queueFlags(t, c.queue), c.restart, c.records)
		})
	}
}

func testServeConfigHandlerGone(t *testing.T, flags []string, restart bool, records int) {
	c := newMailing(t)
	c.write("file", "mail")
	first := flags
	if restart {
		first = append(slices.Clip(flags), inVain)
	}
	s := serveConfig(t, c.dir, c.file, first...)
	for i := range records {
		s.sendAs("<11>", fmt.Sprint("error ", i), "log")
	}
	if restart {
		if last := s.end(); !strings.Contains(last, fmt.Sprintf("mail 0 (held %d)", records)) {
			t.Errorf("it said %q", last)
		}
	}
	c.write("file")
	gone := fmt.Sprintf("handler mail: the configuration has it no more: %d records that waited for it were dropped", records)
	if restart {
		s = serveConfig(t, c.dir, c.file, flags...)
		s.told(gone)
	} else {
		s.told(gone)
		s.told("loaded again")
	}
	s.sendAs("<11>", "late", "log")
	// It comes back, and gets what comes from then on.
	c.write("file", "mail")
	s.told("loaded again")
	m := c.up()
	s.sendAs("<11>", "later", "log")
	until(t, "a mail", func() bool { return len(m.Bodies()) > 0 })
	last, rest := s.endTold()
	if want := fmt.Sprintf("mail 1 (dropped %d)", records); !strings.Contains(last, want) || strings.Contains(last, "held") {
		t.Errorf("it said %q, want %q", last, want)
	}
	if strings.Contains(rest, "waited") {
		t.Errorf("it told more: %q", rest)
	}
	if got := m.Bodies(); !slices.Equal(got, []string{"later"}) {
		t.Errorf("mailed %q", got)
	}
	if got := c.log("log"); len(got) != records+2 {
		t.Errorf("the file has %d lines, want %d", len(got), records+2)
	}
}

// TestServeConfigHandlerGoneSending: what a handler has in hand when it goes, since its
// server is silent, waits at its cursor and is dropped there, and is held by nobody.
func TestServeConfigHandlerGoneSending(t *testing.T) {
	t.Parallel()
	c := newMailing(t)
	c.timeout = 5 // longer than a handler that goes is waited for
	l, err := net.ListenTCP("tcp", c.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := l.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	c.write("file", "mail")
	s := serveConfig(t, c.dir, c.file)
	s.sendAs("<11>", "error", "log")
	silent, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	c.write("file")
	s.told("handler mail: the configuration has it no more: 1 records that waited for it were dropped")
	s.told("loaded again")
	if last := s.end(); !strings.Contains(last, "file 1, mail 0 (dropped 1)") || strings.Contains(last, "held") {
		t.Errorf("it said %q", last)
	}
}

// TestServeConfigHandlerRenamed: a handler that gets another name, or goes while it
// works, loses nothing, and leaves nothing behind.
func TestServeConfigHandlerRenamed(t *testing.T) {
	for _, name := range []string{"spool", "memory", "shared", "alone"} {
		t.Run(name, func(t *testing.T) {
			c := newMailing(t)
			c.write("file")
			s := serveConfig(t, c.dir, c.file, queueFlags(t, name)...)
			s.sendAs("<14>", "one", "log")
			c.write("next")
			s.told("loaded again")
			s.sendAs("<14>", "two", "next")
			last, told := s.endTold()
			if !strings.Contains(last, "file 1, next 1") || strings.Contains(last, "dropped") || strings.Contains(last, "held") || strings.Contains(told, "waited") {
				t.Errorf("it said %q and told %q", last, told)
			}
			cursors, err := filepath.Glob(filepath.Join(c.dir, "spool", "cursor-*"))
			if err != nil || name == "spool" && (len(cursors) != 1 || !strings.HasSuffix(cursors[0], "next")) {
				t.Errorf("cursors %q, %v", cursors, err)
			}
		})
	}
}

// TestServeWithoutConfig: nor does what waits for a configuration's handlers go without
// a word when the next run has none.
func TestServeWithoutConfig(t *testing.T) {
	t.Parallel()
	c := newMailing(t)
	c.write("file", "mail")
	s := serveConfig(t, c.dir, c.file, inVain)
	s.sendAs("<11>", "one", "log")
	s.sendAs("<11>", "two", "log")
	s.end()
	next := startServe(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--file", filepath.Join(c.dir, "x.log"), "--queue-dir", filepath.Join(c.dir, "spool"))
	next.stop(t, os.Interrupt)
	if got := next.stderr.String(); strings.Count(got, "dropped") != 1 || !strings.Contains(got, "handler mail: there is no configuration any more: 2 records that waited for it were dropped") {
		t.Errorf("it told %q", got)
	}
	cursors, err := filepath.Glob(filepath.Join(c.dir, "spool", "cursor-*"))
	if err != nil || len(cursors) != 1 || !strings.HasSuffix(cursors[0], "file") {
		t.Errorf("cursors %q, %v", cursors, err)
	}
}

// TestServeConfigMemoryFull: behind a queue in memory that is full a mail server that
// is down holds up a file once and not for good; what it loses is counted.
func TestServeConfigMemoryFull(t *testing.T) {
	const records = 40
	c := newMailing(t)
	c.write("file", "mail")
	s := serveConfig(t, c.dir, c.file, "--queue", "memory", "--queue-size", "8")
	for i := range records {
		s.sendAs("<11>", fmt.Sprint("error ", i), "log")
	}
	m := c.up()
	until(t, "the last mail", func() bool { return slices.Contains(m.Bodies(), fmt.Sprint("error ", records-1)) })
	last := s.end()
	mailed := len(m.Bodies())
	if want := fmt.Sprintf("file %d, mail %d (dropped %d)", records, mailed, records-mailed); !strings.Contains(last, want) || mailed == records {
		t.Errorf("it said %q, want %q", last, want)
	}
}
