package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice/rotate"
)

// sharedPath, in the environment, makes of this program one that writes lines to
// the file of that path, as many as its standard input says each time.
const sharedPath = "SLUICE_BENCH_SHARED"

func openShared(path string) (io.WriteCloser, error) {
	return rotate.Open(path, &rotate.Options{
		Policy:    rotate.Size{MaxBytes: 1 << 20},
		Retention: rotate.Keep{Backups: backups},
		Shared:    &rotate.Shared{Grace: -1},
	})
}

// writeShared is what the program does then.
func writeShared(path string, in io.Reader, out io.Writer) error {
	f, err := openShared(path)
	if err != nil {
		return err
	}
	line := append(bytes.Repeat([]byte("x"), 199), '\n')
	var n int
	for {
		if _, err := fmt.Fscanln(in, &n); err != nil {
			return f.Close()
		}
		for range n {
			if _, err := f.Write(line); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(out, "done"); err != nil {
			return err
		}
	}
}

// peer is one of the processes.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startPeer(path string) (p peer, err error) {
	exe, err := os.Executable()
	if err != nil {
		return p, err
	}
	p.cmd = exec.Command(exe)
	p.cmd.Env = append(os.Environ(), sharedPath+"="+path)
	p.cmd.Stderr = os.Stderr
	in, errIn := p.cmd.StdinPipe()
	out, errOut := p.cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return p, err
	}
	p.in, p.out = in, bufio.NewReader(out)
	return p, p.cmd.Start()
}

func (p peer) end() error { return errors.Join(p.in.Close(), drain(p.out), p.cmd.Wait()) }

// openPeers measures as many processes as the column has goroutines, which share n
// lines.
func openPeers(c column) (subject, error) {
	dir, err := os.MkdirTemp(c.dir, "sluice-bench-")
	if err != nil {
		return subject{}, err
	}
	var peers []peer
	end := func() error {
		var errs []error
		for _, p := range peers {
			errs = append(errs, p.end())
		}
		return errors.Join(append(errs, removeAll(dir))...)
	}
	for range c.goroutines {
		p, err := startPeer(filepath.Join(dir, "app.log"))
		if err != nil {
			return subject{}, errors.Join(err, end())
		}
		peers = append(peers, p)
	}
	run := func(n int) (time.Duration, error) {
		start := time.Now()
		for _, p := range peers {
			if _, err := fmt.Fprintln(p.in, (n+len(peers)-1)/len(peers)); err != nil {
				return 0, err
			}
		}
		for _, p := range peers {
			if _, err := p.out.ReadString('\n'); err != nil {
				return 0, fmt.Errorf("answer of a process: %w", err)
			}
		}
		return time.Since(start), nil
	}
	return subject{foreign: true, run: run, close: end}, nil
}

// shared compares processes that write one file.
func shared(o options) suite {
	const row = "rotate.File, Shared"
	s := suite{
		name:  "shared",
		title: "Processes that write one file",
		note: "Lines of 200 bytes from 1, 2, 4 and 8 processes to one file, one Write each; rollover at 1 MiB, five backups kept. " +
			"The time is the time that passed by the lines of all of them.",
		base:       row,
		mixed:      true,
		contenders: []contender{{row, openPeers}},
	}
	for _, place := range []struct{ name, dir string }{{"tmpfs", o.memory}, {"disk", o.disk}} {
		if fi, err := os.Stat(place.dir); err != nil || !fi.IsDir() {
			continue
		}
		name := func(n int) string { return fmt.Sprintf("%s, %d processes", place.name, n) }
		for _, n := range []int{1, 2, 4, 8} {
			s.columns = append(s.columns, column{name: name(n), goroutines: n, dir: place.dir})
		}
		s.goals = append(s.goals, goal{cell{row, name(4)}, cell{row, name(1)}, 2})
	}
	return s
}
