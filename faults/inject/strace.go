package inject

import (
	"bufio"
	"fmt"
	"os"
	"strings"
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
