//go:build unix

package conformance

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluicelog/sluice/rotate"
)

// rotations is how often logrotate rotates in each test.
const rotations = 6

// logrotate is the real one, with a configuration of its own.
type logrotate struct {
	dir, path, conf, state string

	running sync.Mutex // held while it rotates
}

// newLogrotate makes a configuration that rotates the files of dir by rules.
func newLogrotate(t *testing.T, dir, rules string) *logrotate {
	t.Helper()
	path, err := exec.LookPath("logrotate")
	if err != nil {
		// Not in every user's PATH.
		if path = "/usr/sbin/logrotate"; !exists(path) {
			absent(t, "logrotate", "logrotate")
		}
	}
	etc := t.TempDir()
	l := &logrotate{dir: dir, path: path, conf: filepath.Join(etc, "conf"), state: filepath.Join(etc, "state")}
	conf := fmt.Sprintf("%s/*.log {\n  rotate %d\n  %s\n}\n", dir, rotations+1, rules)
	if err := os.WriteFile(l.conf, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return l
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (l *logrotate) rotate(t *testing.T) {
	t.Helper()
	l.running.Lock()
	defer l.running.Unlock()
	if out, err := exec.Command(l.path, "-f", "-s", l.state, l.conf).CombinedOutput(); err != nil {
		t.Fatalf("logrotate: %v: %s", err, out)
	}
}

// await waits while it rotates.
func (l *logrotate) await() {
	l.running.Lock()
	defer l.running.Unlock()
}

// keepAside gives a name of its own to what logrotate puts aside: between its renaming
// of a file and its making of a new one, who writes may have made one. left is how many
// rotations follow.
func (l *logrotate) keepAside(t *testing.T, left int) {
	t.Helper()
	aside, err := filepath.Glob(filepath.Join(l.dir, "*.log-*.backup"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range aside {
		path, _, _ := strings.Cut(name, ".log-")
		if err := os.Rename(name, fmt.Sprintf("%s.log.%d.aside", path, left+1)); err != nil {
			t.Fatal(err)
		}
	}
}

// numbered reads the lines of the file at path, of those it was rotated to and of what
// was kept aside, the oldest first. A line that logrotate has cut is left out and
// counted.
func numbered(t *testing.T, path string) (numbers []int, cut int) {
	t.Helper()
	var names []string
	for i := rotations + 1; i > 0; i-- {
		name := fmt.Sprintf("%s.%d", path, i)
		names = append(names, name, name+".aside")
	}
	for _, name := range append(names, path) {
		content, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(content, 0) >= 0 {
			t.Errorf("%s has NULs", name)
		}
		for line := range strings.Lines(string(content)) {
			n, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
			if err != nil || !strings.HasSuffix(line, "\n") || len(line) != 10 {
				cut++
				continue
			}
			numbers = append(numbers, n)
		}
	}
	return numbers, cut
}

func all(t *testing.T, path string, written int) {
	t.Helper()
	numbers, cut := numbered(t, path)
	if len(numbers) != written || cut > 0 {
		t.Errorf("%s: %d lines and %d pieces, want %d", path, len(numbers), cut, written)
	}
	for i, n := range numbers {
		if n != i {
			t.Fatalf("%s: line %d has the number %d", path, i, n)
		}
	}
}

func put(t *testing.T, f interface{ Write([]byte) (int, error) }, n int) bool {
	if _, err := fmt.Fprintf(f, "%09d\n", n); err != nil {
		t.Error(err)
		return false
	}
	return true
}

// meanwhile rotates while write is called with one number after the other, and
// returns how many there were.
func meanwhile(t *testing.T, l *logrotate, write func(n int) bool) int {
	t.Helper()
	var stop, failed atomic.Bool
	var n atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ; !stop.Load(); n.Add(1) {
			if !write(int(n.Load())) {
				failed.Store(true)
				return
			}
		}
	}()
	for i := range rotations {
		l.rotate(t)
		l.keepAside(t, rotations-1-i)
		written, limit := n.Load(), time.Now().Add(patience)
		for n.Load() < written+2 && !failed.Load() {
			runtime.Gosched() // a line that was begun after this rotation is written
			if time.Now().After(limit) {
				t.Fatalf("%v have passed, and no line was written after rotation %d", patience, i)
			}
		}
	}
	stop.Store(true)
	<-done
	return int(n.Load())
}

// TestLogrotateCreate: logrotate moves the file away, and makes a new one or leaves
// that to who writes, meanwhile. A watched File loses nothing, and keeps the order.
func TestLogrotateCreate(t *testing.T) {
	for _, rules := range []string{"create 0640", "nocreate"} {
		t.Run(rules, func(t *testing.T) {
			dir := t.TempDir()
			l := newLogrotate(t, dir, rules)
			path := filepath.Join(dir, "app.log")
			f, err := rotate.Open(path, &rotate.Options{Watch: true, OnError: func(err error) { t.Error(err) }})
			if err != nil {
				t.Fatal(err)
			}
			reopens := uint64(0)
			written := meanwhile(t, l, func(n int) bool {
				if now := f.Stats().Reopens; now != reopens {
					// Who makes a second file while logrotate is about to make its own has
					// that put aside over the first one, and logrotate give up.
					reopens = now
					l.await()
				}
				return put(t, f, n)
			})
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			all(t, path, written)
			if s := f.Stats(); s.Reopens == 0 {
				t.Errorf("reopened %d times of %d lines", s.Reopens, written)
			}
			aside, err := filepath.Glob(filepath.Join(dir, "*.aside"))
			if err != nil || rules == "nocreate" && len(aside) > 0 {
				t.Errorf("put aside: %q, %v", aside, err)
			}
		})
	}
}

// TestLogrotateSignal: logrotate tells sluice pipe by SIGHUP. Every line that was
// acknowledged is there.
func TestLogrotateSignal(t *testing.T) {
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	cmd := exec.Command(program, "pipe", path, "--ack")
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
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	acks := bufio.NewScanner(out)
	send := func(n int) bool { return put(t, in, n) && acks.Scan() && acks.Text() == strconv.Itoa(n+1) }
	if !send(0) {
		t.Fatal("it does not answer")
	}
	l := newLogrotate(t, dir, fmt.Sprintf("create 0640\n  postrotate\n    kill -HUP %d\n  endscript", cmd.Process.Pid))
	written := 1 + meanwhile(t, l, func(n int) bool { return send(n + 1) })
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	all(t, path, written)
}

// TestLogrotateCopytruncate: logrotate copies the file and empties it in place.
// Between rotations nothing is lost; what comes between its two steps is, as it is
// of a cat that appends. There are no holes, and no piece of a line but where the
// copy ends.
func TestLogrotateCopytruncate(t *testing.T) {
	dir := t.TempDir()
	l := newLogrotate(t, dir, "copytruncate")
	o := &rotate.Options{Policy: rotate.Size{MaxBytes: 1 << 40}, Retention: rotate.Keep{Backups: 1}, Watch: true, OnError: func(err error) { t.Error(err) }}
	path := filepath.Join(dir, "app.log")
	f, err := rotate.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	for range rotations {
		for range 1000 {
			put(t, f, written)
			written++
		}
		l.rotate(t)
	}
	put(t, f, written)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	all(t, path, written+1)

	for _, name := range []string{"sluice", "cat"} {
		dir := t.TempDir()
		l := newLogrotate(t, dir, "copytruncate")
		path := filepath.Join(dir, name+".log")
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		var w interface {
			Write([]byte) (int, error)
			Close() error
		} = f
		if name == "sluice" {
			_ = f.Close()
			if w, err = rotate.Open(path, o); err != nil {
				t.Fatal(err)
			}
		}
		written := meanwhile(t, l, func(n int) bool { return put(t, w, n) })
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		numbers, cut := numbered(t, path)
		gaps, next := 0, 0
		for _, n := range numbers {
			if n < next {
				t.Fatalf("%s: %d comes after %d", name, n, next-1)
			}
			if n > next {
				gaps++
			}
			next = n + 1
		}
		if gaps > rotations || cut > rotations {
			t.Errorf("%s: %d gaps and %d pieces in %d rotations", name, gaps, cut, rotations)
		}
		t.Logf("%s: %d of %d lines lost between copy and truncation, in %d gaps", name, written-len(numbers), written, gaps)
	}
}
