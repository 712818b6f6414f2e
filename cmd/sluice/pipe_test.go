package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// pipe runs sluice pipe on stdin and gives its exit status and standard error.
func pipe(t *testing.T, ctx context.Context, stdin io.Reader, args ...string) (int, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(append([]string{"pipe"}, args...), world{ctx, stdin, &stdout, &stderr})
	if stdout.Len() > 0 {
		t.Errorf("wrote %q to standard output", stdout.String())
	}
	return status, stderr.String()
}

// TestPipeKeepsEveryLine: many lines, some longer than any buffer, given in
// pieces of every size, are all in the files, whole and in order.
func TestPipeKeepsEveryLine(t *testing.T) {
	var in strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&in, "line %d %s\n", i, strings.Repeat("x", i%700))
	}
	fmt.Fprintf(&in, "%s\n", strings.Repeat("long", maxLine/3))
	in.WriteString("last")
	for _, size := range []int{1 << 16, 77} {
		path := filepath.Join(t.TempDir(), "app.log")
		status, stderr := pipe(t, t.Context(), &slow{strings.NewReader(in.String()), size}, path, "--max-bytes", "100000", "--backup-count", "1000")
		if status != exitOK || stderr != "" {
			t.Fatalf("status %d, %q", status, stderr)
		}
		if got := readAll(t, path); got != in.String()+"\n" {
			t.Errorf("pieces of %d: the files hold %d bytes, want the %d of the input", size, len(got), in.Len()+1)
		}
	}
}

// slow reads at most size bytes at once.
type slow struct {
	r    io.Reader
	size int
}

func (s *slow) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.size)]) }

// readAll joins the backups of path, oldest first, and path.
func readAll(t *testing.T, path string) string {
	t.Helper()
	all := ""
	for i := 0; ; i++ {
		name := path
		if i > 0 {
			name = fmt.Sprintf("%s.%d", path, i)
		}
		data, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = string(data) + all
	}
}

// TestPipeReadsOnAfterSignal: what was written before the signal, and right
// after it, is kept though the writer stays.
func TestPipeReadsOnAfterSignal(t *testing.T) {
	// The goroutine that waits for signals is the process's.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r, w := io.Pipe()
		defer w.Close()
		path := filepath.Join(t.TempDir(), "app.log")
		go func() {
			_, _ = io.WriteString(w, "before\n")
			cancel()
			time.Sleep(pipeQuiet - 1)
			_, _ = io.WriteString(w, "after\nhalf")
		}()
		if status, stderr := pipe(t, ctx, r, path); status != exitOK {
			t.Fatalf("status %d, %q", status, stderr)
		}
		if got := readAll(t, path); got != "before\nafter\nhalf\n" {
			t.Errorf("kept %q", got)
		}
	})
}

func TestPipeCountsRefusedLines(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full on this system")
	}
	status, stderr := pipe(t, t.Context(), strings.NewReader("one\ntwo\nthree\n"), "/dev/full")
	if status != exitFailure || !strings.Contains(stderr, "3 lines not written") || strings.Count(stderr, "no space") != 1 {
		t.Errorf("status %d, %q; want 1, the error once and the count", status, stderr)
	}
}

// A line that was not written has no number; those after it keep theirs.
func TestPipeAcks(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full on this system")
	}
	ack := func(stdin, path string) string {
		var stdout, stderr bytes.Buffer
		run([]string{"pipe", path, "--ack"}, world{t.Context(), strings.NewReader(stdin), &stdout, &stderr})
		return stdout.String()
	}
	if got := ack("one\ntwo\n", "/dev/full"); got != "" {
		t.Errorf("a full disk: acknowledged %q", got)
	}
	long := strings.Repeat("long", maxLine/3)
	if got := ack("one\n"+long+"\nthree", filepath.Join(t.TempDir(), "app.log")); got != "1\n2\n3\n" {
		t.Errorf("a line in pieces: acknowledged %q", got)
	}
	var out strings.Builder
	a := &acks{w: &out}
	a.written([]byte("one\n"), []int{4})
	a.refused([]byte("a piece"))
	a.written([]byte("and its end\nthree\n"), []int{12, 18})
	a.refused([]byte("four\n"))
	a.written([]byte("five\n"), []int{5})
	if out.String() != "1\n3\n5\n" {
		t.Errorf("acknowledged %q", out.String())
	}
}

// An acknowledgement that nobody takes is an error; the lines are written.
func TestPipeAcksRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	var stderr bytes.Buffer
	status := run([]string{"pipe", path, "--ack"}, world{t.Context(), strings.NewReader("one\ntwo\n"), broken{}, &stderr})
	if status != exitFailure || !strings.Contains(stderr.String(), "standard output") || readAll(t, path) != "one\ntwo\n" {
		t.Errorf("status %d, %q", status, stderr.String())
	}
}

// unread is a pipe that nobody reads any more.
func unread(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err == nil {
		err = r.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// TestNobodyReads: who reads what is printed may be gone, which ends neither pipe nor
// serve.
func TestNobodyReads(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "app.log")
	var stderr bytes.Buffer
	cmd := exec.Command(self)
	cmd.Args = []string{"sluice", "pipe", path, "--ack"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("one\ntwo\n"), unread(t), &stderr
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != exitFailure || !strings.Contains(stderr.String(), "standard output") || readAll(t, path) != "one\ntwo\n" {
		t.Errorf("status %d, %q, lines %q", got, stderr.String(), readAll(t, path))
	}

	path = filepath.Join(t.TempDir(), "sluice.log")
	s := startServeWith(t, func(c *exec.Cmd) { c.Stderr = unread(t) }, "--tcp", "127.0.0.1:0", "--udp", "off", "--console", "always", "--file", path)
	for range 2 {
		sendTo(t, "tcp", s.addr["tcp"], frame(t))
	}
	if status, last := s.stop(t, os.Interrupt); status != exitOK || !strings.Contains(last, "2 were written") {
		t.Errorf("status %d, ended with %q", status, last)
	}
}

// broken takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
