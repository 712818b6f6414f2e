package inject

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Tracer is strace for one run of a program. It looks only at the calls that have
// to do with Paths, by name or by an open file.
type Tracer struct {
	Log    string // gets the calls
	Paths  []string
	Inject string // strace's expression: "fsync:delay_enter=200000"; empty: none
	Calls  string // strace's expression; empty: all, or those that Inject names
}

// Command is what stands in front of the program's command line.
func (t Tracer) Command() []string {
	line := []string{"strace", "-f", "-qq", "-s", "60", "-o", t.Log}
	for _, path := range t.Paths {
		line = append(line, "-P", path)
	}
	if t.Calls != "" {
		line = append(line, "-e", "trace="+t.Calls)
	}
	if t.Inject != "" {
		line = append(line, "-e", "inject="+t.Inject)
	}
	return line
}

// Attach traces all threads of a process that runs, until detach is called.
func (t Tracer) Attach(ctx context.Context, pid int) (detach func() error, err error) {
	line := append(t.Command(), "-p", strconv.Itoa(pid))
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	detach = func() error {
		_ = cmd.Process.Signal(os.Interrupt)
		err := <-ended
		var status *exec.ExitError
		if errors.As(err, &status) {
			return nil // it is that of the signal
		}
		return err
	}
	for !traced(pid) {
		select {
		case err := <-ended:
			return nil, fmt.Errorf("strace does not attach: %w", err)
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), detach())
		case <-time.After(time.Millisecond):
		}
	}
	return detach, nil
}

// traced says that every thread of the process is traced.
func traced(pid int) bool {
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(paths) == 0 {
		return false
	}
	for _, path := range paths {
		status, err := os.ReadFile(path)
		if err == nil && bytes.Contains(status, []byte("TracerPid:\t0\n")) {
			return false
		}
	}
	return true
}

// Call is a system call that strace has seen.
type Call struct {
	Thread string
	Name   string
	Text   string // with its arguments, and what it gave
	Nth    int    // of its name and thread, from 1: strace's when=
}

// ReadCalls reads a Tracer's log.
func ReadCalls(path string) ([]Call, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var calls []Call
	count := map[string]int{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		thread, text, _ := strings.Cut(lines.Text(), " ")
		text = strings.TrimSpace(text)
		name, _, ok := strings.Cut(text, "(")
		if !ok || strings.ContainsAny(name, " <+-") {
			continue // the rest of a call, a signal, an exit
		}
		key := thread + " " + name
		count[key]++
		calls = append(calls, Call{Thread: thread, Name: name, Text: text, Nth: count[key]})
	}
	return calls, lines.Err()
}

// Kill is the Inject that kills the process in front of the call.
func (c Call) Kill() string { return fmt.Sprintf("%s:signal=KILL:when=%d", c.Name, c.Nth) }

// Changes says that the call can change a file or a name, or what of them is on the
// disk. In front of another one the disk is as it was after the one before.
func (c Call) Changes() bool {
	switch c.Name {
	case "fcntl", "epoll_ctl", "fstat", "newfstatat", "stat", "lstat", "statx", "getdents64", "read", "pread64", "lseek", "ioctl", "close":
		return false
	}
	return c.Name != "openat" || strings.Contains(c.Text, "O_CREAT") || strings.Contains(c.Text, "O_TRUNC")
}

// Short is the call without what differs from run to run: its name and the last
// parts of the paths that it names.
func (c Call) Short() string {
	parts := []string{c.Name}
	for i, s := range strings.Split(c.Text, `"`) {
		if i%2 == 1 && strings.HasPrefix(s, "/") {
			parts = append(parts, s[strings.LastIndexByte(s, '/')+1:])
		}
	}
	return strings.Join(parts, " ")
}
