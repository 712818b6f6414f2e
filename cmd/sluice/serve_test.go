package main

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// served is a running sluice serve, a process of its own.
type served struct {
	cmd    *exec.Cmd
	lines  *bufio.Scanner
	stderr bytes.Buffer
	addr   map[string]string // by network
	banner string
}

// patient is the flag for all the time that a busy machine may need. A flag that comes
// behind it counts instead.
const patient = "--drain-timeout=1m"

// startServe runs sluice serve and waits until it listens.
func startServe(t *testing.T, args ...string) *served {
	t.Helper()
	return startServeWith(t, func(*exec.Cmd) {}, args...)
}

// startServeWith lets set change the command before it is started.
func startServeWith(t *testing.T, set func(*exec.Cmd), args ...string) *served {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &served{cmd: exec.Command(self), addr: map[string]string{}}
	// By that name the test binary is the program; see TestMain.
	s.cmd.Args = append([]string{"sluice", "serve", patient}, args...)
	s.cmd.Stderr = &s.stderr
	set(s.cmd)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bounded(t, s.cmd)
	s.lines = bufio.NewScanner(out)
	listening := regexp.MustCompile(`^  (tcp|udp|unix|unixgram) +(\S+) `)
	for s.lines.Scan() {
		line := s.lines.Text()
		s.banner += line + "\n"
		if m := listening.FindStringSubmatch(line); m != nil {
			s.addr[m[1]] = m[2]
		}
		if strings.Contains(line, "Ctrl-C") {
			return s
		}
	}
	t.Fatalf("serve ended: %v: %s", s.cmd.Wait(), s.stderr.String())
	return nil
}

// bounded ends a program that hangs, which then tells on standard error what its
// goroutines do, and who waits for its output fails; at the test's end it ends whatever
// is left.
func bounded(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	hangs := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) })
	t.Cleanup(func() {
		hangs.Stop()
		_ = cmd.Process.Kill()
	})
}

// stop ends it by sig and gives the exit status and what it said in the end.
func (s *served) stop(t *testing.T, sig os.Signal) (status int, last string) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	for s.lines.Scan() {
		last = s.lines.Text()
	}
	_ = s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode(), last
}

func frame(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/record.frame")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func sendTo(t *testing.T, network, addr string, data []byte) {
	t.Helper()
	c, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(data); err != nil {
		t.Fatal(err)
	}
}

func TestServe(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "logs", "sluice.log")
	s := startServe(t, "--tcp", "127.0.0.1:0", "--udp", "127.0.0.1:0", "--unix", filepath.Join(dir, "s"), "--unixgram", filepath.Join(dir, "g"), "--file", file)
	if !strings.Contains(s.banner, `SocketHandler("127.0.0.1", `) || !strings.Contains(s.banner, file) {
		t.Errorf("the banner shows no snippet of Python or not the file:\n%s", s.banner)
	}
	one := frame(t)
	for network, addr := range s.addr {
		sendTo(t, network, addr, one)
	}
	sendTo(t, "tcp", s.addr["tcp"], append(append([]byte{0, 0, 0, 3, 'b', 'a', 'd'}, one...), 0xff))
	status, last := s.stop(t, syscall.SIGTERM)
	if want := "sluice: 7 records came in, 5 were written, 2 were refused: 1 bad record, 1 truncated"; status != exitOK || last != want {
		t.Errorf("status %d, %q, want %q", status, last, want)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), `level=DEBUG source=/srv/app/db/pool.py:3328 logger=a.b.c.d.e msg="worker rollback session order"`); n != 5 {
		t.Errorf("the file holds the record %d times, want 5:\n%s", n, data)
	}
	if !strings.Contains(s.stderr.String(), "sluice: receive from 127.0.0.1:") {
		t.Errorf("standard error does not tell of the bad record: %q", s.stderr.String())
	}
	for _, path := range []string{"s", "g"} {
		if _, err := os.Lstat(filepath.Join(dir, path)); err == nil {
			t.Errorf("the socket %s is left behind", path)
		}
	}
}

func TestServePythonFormat(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sluice.log")
	s := startServe(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--file", file, "--style", "{", "--format", "{levelname:<8} {name}: {message} {process:d}")
	sendTo(t, "tcp", s.addr["tcp"], frame(t))
	evil := "}(Vmsg\nVone\\u000atwo\\u001b[2J\nVlevelno\nI20\nu."
	sendTo(t, "tcp", s.addr["tcp"], append([]byte{0, 0, 0, byte(len(evil))}, evil...))
	odd := "}(Vmsg\nVno number\nVprocess\nVx\nu."
	sendTo(t, "tcp", s.addr["tcp"], append([]byte{0, 0, 0, byte(len(odd))}, odd...))
	s.stop(t, os.Interrupt)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"DEBUG    a.b.c.d.e: worker rollback session order 1710840\n", `INFO     root: one\ntwo\x1b[2J 0` + "\n", `level=INFO msg="no number" sluice_id=`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the file holds %q, want %q in it", data, want)
		}
	}
}

func TestServeConsoleAndLevel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sluice.log")
	s := startServe(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--file", file, "--format", "json", "--console", "always", "--level", "INFO")
	sendTo(t, "tcp", s.addr["tcp"], frame(t))
	status, last := s.stop(t, os.Interrupt)
	if status != exitOK || !strings.Contains(last, "1 records came in, 0 were written, 0 were refused") {
		t.Errorf("status %d, %q: a DEBUG record below --level INFO was written", status, last)
	}
	s = startServe(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--file", file, "--format", "json", "--console", "always")
	sendTo(t, "tcp", s.addr["tcp"], frame(t))
	s.stop(t, os.Interrupt)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(data), `{"time":"2022-08-01T`) || strings.Count(string(data), "\n") != 1 {
		t.Errorf("the file holds %q, want one JSON object", data)
	}
	if got := s.stderr.String(); !strings.Contains(got, "DEBUG    a.b.c.d.e: worker rollback session order") || strings.Contains(got, "\x1b") {
		t.Errorf("the console shows %q, want the record without colours", got)
	}
}

func TestServeAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	status := run([]string{"serve", "--tcp", l.Addr().String(), "--udp", "off", "--file", filepath.Join(dir, "logs", "x.log")},
		world{t.Context(), strings.NewReader(""), &stdout, &stderr})
	if status != exitFailure || !strings.Contains(stderr.String(), l.Addr().String()) || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("status %d, %q; want 1 and one line that names the address", status, stderr.String())
	}
	if runtime.GOOS != "windows" && !strings.Contains(stderr.String(), "--tcp names another address") {
		t.Errorf("%q does not say what to do", stderr.String())
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("%s was left behind", entries[0].Name())
	}
}

// TestServeStaleSocket: a socket that a killed process left is taken over, one on
// which somebody listens is not.
func TestServeStaleSocket(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	args := []string{"--tcp", "off", "--udp", "off", "--unix", path, "--file", filepath.Join(dir, "x.log")}
	var stdout, stderr bytes.Buffer
	if status := run(append([]string{"serve"}, args...), world{t.Context(), strings.NewReader(""), &stdout, &stderr}); status != exitFailure {
		t.Errorf("status %d over a socket in use, want 1", status)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, args...)
	sendTo(t, "unix", path, frame(t))
	if _, last := s.stop(t, os.Interrupt); !strings.Contains(last, "1 were written") {
		t.Errorf("ended with %q", last)
	}
}
