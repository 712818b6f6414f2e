//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestReopen: after SIGHUP sluice pipe writes to a new file at its path. Every
// line that it acknowledged is in the one or in the other.
func TestReopen(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "app.log")
	cmd := exec.Command(self)
	cmd.Args = []string{"sluice", "pipe", path, "--ack"}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bounded(t, cmd)
	acked := bufio.NewScanner(out)
	sent := 0
	send := func() {
		sent++
		if _, err := fmt.Fprintln(in, sent); err != nil {
			t.Fatal(err)
		}
		if !acked.Scan() || acked.Text() != strconv.Itoa(sent) {
			t.Fatalf("line %d: acknowledged %q", sent, acked.Text())
		}
	}
	send()
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for {
		send()
		if _, err := os.Stat(path); err == nil {
			break
		}
	}
	send()
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("in the end it printed %q, %v", rest, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range []string{path + ".old", path} {
		content, err := os.ReadFile(name)
		if err != nil || len(content) == 0 {
			t.Errorf("%s: %q, %v", name, content, err)
		}
		all.Write(content)
	}
	var want strings.Builder
	for i := 1; i <= sent; i++ {
		fmt.Fprintln(&want, i)
	}
	if all.String() != want.String() {
		t.Errorf("the files hold %q", all.String())
	}
}

// TestServeFile: whatever the umask, the file of sluice serve is its owner's and
// group's; SIGHUP opens it anew; a link in its place is refused.
func TestServeFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	s := startServe(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--file", path)
	perm := func() {
		t.Helper()
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o640 {
			t.Errorf("%v, %v", st, err)
		}
	}
	perm()
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	until(t, "a new file", func() bool {
		st, err := os.Stat(path)
		return err == nil && st.Mode().Perm() == 0o640
	})
	if status, _ := s.stop(t, syscall.SIGTERM); status != exitOK {
		t.Errorf("status %d", status)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("app.log.old", path); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status := run([]string{"serve", "--tcp", "127.0.0.1:0", "--udp", "off", "--file", path}, world{t.Context(), strings.NewReader(""), &stdout, &stderr})
	if status != exitFailure || !strings.Contains(stderr.String(), "symbolic link") {
		t.Errorf("a link in its place: status %d, %q", status, stderr.String())
	}
}
