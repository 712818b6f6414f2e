//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// serving is a sluice serve --config that listens for syslog on a Unix socket.
type serving struct {
	t      *testing.T
	cmd    *exec.Cmd
	dir    string
	stderr *bufio.Scanner
	stdout *bufio.Scanner
}

func serveConfig(t *testing.T, dir, file string, more ...string) *serving {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args = append([]string{"sluice", "serve", patient, "--config", file, "--tcp", "off", "--udp", "off", "--syslog-unixgram", filepath.Join(dir, "log.sock")}, more...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bounded(t, cmd)
	s := &serving{t, cmd, dir, bufio.NewScanner(errs), bufio.NewScanner(out)}
	for s.stdout.Scan() && !strings.Contains(s.stdout.Text(), "Ctrl-C") {
	}
	return s
}

// told waits for a line on standard error.
func (s *serving) told(want string) {
	s.t.Helper()
	for s.stderr.Scan() {
		if strings.Contains(s.stderr.Text(), want) {
			return
		}
	}
	s.t.Fatalf("it ended without saying %q", want)
}

// send sends a message and waits until it is in the file.
func (s *serving) send(message, file string) {
	s.t.Helper()
	s.sendAs("<14>", message, file)
}

// sendAs is send with a priority.
func (s *serving) sendAs(priority, message, file string) {
	s.t.Helper()
	c, err := net.Dial("unixgram", filepath.Join(s.dir, "log.sock"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := fmt.Fprint(c, priority+message); err != nil {
		s.t.Fatal(err)
	}
	until(s.t, message+" is in "+file, func() bool {
		text, _ := os.ReadFile(filepath.Join(s.dir, file))
		return strings.HasSuffix(string(text), message+"\n")
	})
}

// end stops it, and gives its last line.
func (s *serving) end() string {
	s.t.Helper()
	last, _ := s.endTold()
	return last
}

// endTold is end, which also gives what it told meanwhile on standard error.
func (s *serving) endTold() (last, told string) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	for s.stdout.Scan() {
		last = s.stdout.Text()
	}
	for s.stderr.Scan() {
		told += s.stderr.Text() + "\n"
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Error(err)
	}
	return last, told
}

func configuration(dir, file, level string) string {
	return fmt.Sprintf(`version: 1
handlers: {file: {class: logging.FileHandler, filename: %s}}
root: {handlers: [file], level: %s}
`, filepath.Join(dir, file), level)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func lines(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Error(err)
	}
	return strings.ReplaceAll(string(text), "\n", " ")
}

// A changed file is loaded, whether it was replaced by renaming or written in place;
// a bad one is not, and SIGHUP opens files anew.
func TestServeConfig(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "logging.yaml")
	write(t, file, configuration(dir, "one.log", "INFO"))
	s := serveConfig(t, dir, file)
	s.send("a", "one.log")

	write(t, file+".tmp", configuration(dir, "two.log", "INFO"))
	if err := os.Rename(file+".tmp", file); err != nil {
		t.Fatal(err)
	}
	s.told("was loaded again")
	s.send("b", "two.log")

	write(t, file, "version: 3\n")
	s.told("3 is not 1, the only version")
	s.told("was not loaded: all goes on as it was")
	s.send("c", "two.log")

	write(t, file, configuration(dir, "two.log", "INFO"))
	s.told("was loaded again")
	if err := os.Rename(filepath.Join(dir, "two.log"), filepath.Join(dir, "two.old")); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.told("was loaded again")
	s.send("d", "two.log")
	if last := s.end(); !strings.Contains(last, "4 records came in, 4 were routed, 0 were refused; delivered by handler: file") {
		t.Errorf("it said %q", last)
	}
	if one, old, two := lines(t, dir, "one.log"), lines(t, dir, "two.old"), lines(t, dir, "two.log"); one != "a " || old != "b c " || two != "d " {
		t.Errorf("one.log has %q, two.old %q, two.log %q", one, old, two)
	}
	if st, err := os.Stat(filepath.Join(dir, "one.log")); err != nil || st.Mode().Perm() != servePerm {
		t.Errorf("one.log: %v, %v", st, err)
	}
}

// A config map of Kubernetes is a link to a link that is replaced.
func TestServeConfigMap(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"..1", "..2"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, "logging.yaml"), configuration(dir, fmt.Sprintf("%d.log", i+1), "INFO"))
	}
	link := func(to, at string) {
		if err := os.Symlink(to, filepath.Join(dir, at)); err != nil {
			t.Fatal(err)
		}
	}
	link("..1", "..data")
	link(filepath.Join("..data", "logging.yaml"), "logging.yaml")
	s := serveConfig(t, dir, filepath.Join(dir, "logging.yaml"))
	s.send("a", "1.log")
	link("..2", "..tmp")
	if err := os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	s.told("was loaded again")
	s.send("b", "2.log")
	s.end()
	if one, two := lines(t, dir, "1.log"), lines(t, dir, "2.log"); one != "a " || two != "b " {
		t.Errorf("1.log has %q, 2.log %q", one, two)
	}
}

// TestServeConfigStreamLeft: a stream counts nothing, but what it did not get is told.
func TestServeConfigStreamLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "c.yaml")
	text := fmt.Sprintf("version: 1\nhandlers:\n  err: {class: logging.StreamHandler}\n  f: {class: logging.FileHandler, filename: %q}\nroot: {level: DEBUG, handlers: [err, f]}\n", filepath.Join(dir, "f.log"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServeWith(t, func(c *exec.Cmd) { c.Stderr = unread(t) }, "--config", file, "--tcp", "127.0.0.1:0", "--udp", "off", inVain)
	for range 2 {
		sendTo(t, "tcp", s.addr["tcp"], frame(t))
	}
	until(t, "the file's lines", func() bool { return strings.Count(readAll(t, filepath.Join(dir, "f.log")), "\n") == 2 })
	if _, last := s.stop(t, os.Interrupt); !strings.Contains(last, "err 0 (held 2), f 2") {
		t.Errorf("ended with %q", last)
	}
}
