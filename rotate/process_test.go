package rotate

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// processTask is what another process of the test binary is to do.
type processTask struct {
	Path       string
	Process    int
	Goroutines int
	Records    int // of each goroutine
	Max        int64
	When       string
	Backups    int
	Compress   bool
	Grace      time.Duration
	Files      int // Files of the process on the path
	Plain      bool
}

func TestMain(m *testing.M) {
	if task := os.Getenv("ROTATE_TEST_PROCESS"); task != "" {
		if err := runProcess(task); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// runProcess writes numbered records from some goroutines, once standard input says
// so.
func runProcess(task string) error {
	var p processTask
	if err := json.Unmarshal([]byte(task), &p); err != nil {
		return err
	}
	var policy Policy = Size{MaxBytes: p.Max}
	if p.When != "" {
		policy = SizeAndTime{Size{MaxBytes: p.Max}, Timed{When: p.When}}
	}
	o := &Options{
		Policy: policy, Retention: Keep{Backups: p.Backups}, Shared: &Shared{Grace: p.Grace},
		OnError: func(err error) { fmt.Fprintln(os.Stderr, err) },
	}
	if p.Compress {
		o.Compress = Gzip()
	}
	files := make([]*File, max(p.Files, 1))
	for i := range files {
		f, err := Open(p.Path, o)
		if err != nil {
			return err
		}
		files[i] = f
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	var all sync.WaitGroup
	for g := range p.Goroutines {
		all.Go(func() {
			f := files[g%len(files)]
			for i := range p.Records {
				if _, err := fmt.Fprintf(f, "%02d %02d %07d %s\n", p.Process, g, i, strings.Repeat("x", i%90)); err != nil {
					fmt.Fprintln(os.Stderr, err)
				}
			}
		})
	}
	all.Wait()
	for _, f := range files {
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// startProcesses runs n processes that do the task at the same time, and returns a
// function that waits for them. What they print to standard error are failures.
func startProcesses(t testing.TB, n int, task processTask) (wait func()) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	type process struct {
		cmd  *exec.Cmd
		in   io.WriteCloser
		told *strings.Builder
	}
	var all []process
	for i := range n {
		task.Process = i
		text, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		p := process{cmd: exec.Command(exe), told: &strings.Builder{}}
		p.cmd.Env = append(os.Environ(), "ROTATE_TEST_PROCESS="+string(text))
		p.cmd.Stderr = p.told
		if p.in, err = p.cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		out, err := p.cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.in.Close() })
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatalf("process %d: %v: %s", i, err, p.told)
		}
		all = append(all, p)
	}
	for _, p := range all {
		if _, err := p.in.Write([]byte("go\n")); err != nil {
			t.Error(err)
		}
	}
	return func() {
		for i, p := range all {
			if err := p.cmd.Wait(); err != nil || p.told.Len() > 0 {
				t.Errorf("process %d: %v: %s", i, err, p.told.String()[:min(2000, p.told.Len())])
			}
		}
	}
}

// checkNumbered finds every record of every goroutine once in files, the oldest
// first, whole and in order.
func checkNumbered(t testing.TB, files []string, processes int, task processTask) {
	t.Helper()
	type writer struct{ process, goroutine int }
	next := map[writer]int{}
	bad := 0
	for name, content := range files {
		for line := range strings.Lines(content) {
			fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
			if len(fields) != 4 || !strings.HasSuffix(line, "\n") {
				t.Errorf("file %d: torn: %q", name, line)
				return
			}
			p, err1 := strconv.Atoi(fields[0])
			g, err2 := strconv.Atoi(fields[1])
			i, err3 := strconv.Atoi(fields[2])
			if err1 != nil || err2 != nil || err3 != nil || len(fields[3]) != i%90 {
				t.Errorf("file %d: torn: %q", name, line)
				return
			}
			w := writer{p, g}
			if next[w] != i {
				if bad++; bad < 10 {
					t.Errorf("file %d: %q where %d of %v was to come", name, line, next[w], w)
				}
			}
			next[w] = i + 1
		}
	}
	for p := range processes {
		for g := range task.Goroutines {
			if next[writer{p, g}] != task.Records {
				t.Errorf("process %d, goroutine %d: %d records of %d", p, g, next[writer{p, g}], task.Records)
			}
		}
	}
}
