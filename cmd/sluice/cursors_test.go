//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/sluicelog/sluice/internal/mail/mailtest"
)

// TestServeConfigMailDown: with a configuration, a mail server that is down holds up no
// file, and gets its mails when it is back, each once, also those from before a kill -9.
func TestServeConfigMailDown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().(*net.TCPAddr)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "logging.yaml")
	text := func(extra string) string {
		return fmt.Sprintf(`version: 1
formatters: {plain: {format: "%%(message)s"}}
handlers:
  file: {class: logging.FileHandler, filename: %s, formatter: plain}
  mail: {class: logging.handlers.SMTPHandler, mailhost: [127.0.0.1, %d], fromaddr: a@example.org, toaddrs: [b@example.org], subject: s, level: ERROR, formatter: plain, timeout: 0.5}
%sroot: {handlers: [file, mail], level: INFO}
`, filepath.Join(dir, "log"), address.Port, extra)
	}
	write(t, file, text(""))
	s := serveConfig(t, dir, file)
	s.sendAs("<11>", "one", "log") // ERROR
	s.sendAs("<14>", "no mail", "log")
	s.sendAs("<11>", "two", "log")
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait()

	s = serveConfig(t, dir, file)
	s.sendAs("<11>", "three", "log")
	// Another configuration: what waits goes on waiting.
	write(t, file, text("  other: {class: logging.NullHandler}\n"))
	s.told("loaded again")
	s.sendAs("<11>", "four", "log")
	if l, err = net.Listen("tcp", address.String()); err != nil {
		t.Fatal(err)
	}
	m := mailtest.Serve(l)
	defer m.Close()
	want := []string{"one", "two", "three", "four"}
	for len(m.Bodies()) < len(want) {
		runtime.Gosched()
	}
	last := s.end()
	if got := m.Bodies(); !slices.Equal(got, want) {
		t.Errorf("mailed %q, want %q", got, want)
	}
	// What was in flight when it was killed may be there twice.
	got := slices.Compact(strings.Split(strings.TrimSpace(string(read(t, filepath.Join(dir, "log")))), "\n"))
	if want := []string{"one", "no mail", "two", "three", "four"}; !slices.Equal(got, want) {
		t.Errorf("the file has %q, want %q", got, want)
	}
	if !strings.Contains(last, "mail 4") || strings.Contains(last, "held") || strings.Contains(last, "dropped") {
		t.Errorf("it said %q", last)
	}
}

// TestServeConfigHandlerGone: a handler that a configuration has no more leaves nothing
// behind in the spool, and one that comes gets what comes.
func TestServeConfigHandlerGone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "logging.yaml")
	write(t, file, configuration(dir, "a", "INFO"))
	s := serveConfig(t, dir, file)
	s.send("one", "a")
	write(t, file, strings.NewReplacer("{file:", "{next:", "[file]", "[next]").Replace(configuration(dir, "b", "INFO")))
	s.told("loaded again")
	s.send("two", "b")
	s.end()
	cursors, err := filepath.Glob(filepath.Join(dir, "spool", "cursor-*"))
	if err != nil || len(cursors) != 1 || !strings.HasSuffix(cursors[0], "next") {
		t.Errorf("cursors %q, %v", cursors, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "a")); err != nil || info.Size() == 0 {
		t.Errorf("%v, %v", info, err)
	}
}
