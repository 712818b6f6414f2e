package files

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
)

// crowd is several processes on one file.
type crowd struct {
	processes []int  // how many, one after the other
	lines     int    // of each process
	others    string // what half of them are; empty: all are the same
}

// run has each crowd write into a directory of its own.
func (c crowd) run(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
	var sum balance.Result
	processes := c.processes
	if e.Short && len(processes) > 1 {
		processes = processes[1:2]
	}
	for _, n := range processes {
		own := s
		own.Path = fmt.Sprintf("%s/%d/app.log", logDir(s), n)
		if err := mkdir(own.Path); err != nil {
			return sum, err
		}
		r, err := c.write(ctx, e, own, n)
		if err != nil {
			return sum, fmt.Errorf("%d processes: %w", n, err)
		}
		for i, broken := range r.Broken {
			r.Broken[i] = fmt.Sprintf("%d processes: %s", n, broken)
		}
		sum.Add(r)
	}
	return sum, nil
}

func (c crowd) write(ctx context.Context, e *fault.Env, s writer.Spec, n int) (r balance.Result, err error) {
	var l balance.Ledger
	all := make([]*writer.Process, n)
	for i := range all {
		own := s
		own.Producer = i
		if c.others != "" && i%2 == 1 {
			own.Kind = c.others
		}
		if all[i], err = writer.Start(ctx, e, &l, own); err != nil {
			return r, err
		}
		defer all[i].Kill()
	}
	start := time.Now()
	lines := e.Of(c.lines, c.lines/4)
	for _, p := range all {
		if err := p.Begin(lines+e.Rand.IntN(50), 0); err != nil {
			return r, err
		}
	}
	written := 0
	for i, p := range all {
		if err := p.Finish(); err != nil {
			return r, fmt.Errorf("process %d: %w", i, err)
		}
		written += p.Answers()
	}
	took := time.Since(start)
	var counted writer.Stats
	for _, p := range all {
		stats, closed := p.CloseStats()
		err = errors.Join(err, closed)
		counted.Lines += stats.Lines
		counted.Refused += stats.Refused
	}
	if err != nil {
		return r, err
	}
	files, err := l.ReadFiles(logDir(s), "app")
	if err != nil {
		return r, err
	}
	r = l.Balance(balance.Counters{})
	if s.Ours() && c.others == "" {
		agree(&r, s, counted)
	}
	if s.Ours() {
		r.Figure(fmt.Sprintf("µs a line with %d processes, all together", n), took.Seconds()*1e6/float64(written))
		c.enough(&r, s, files, n)
	}
	return r, whole(&r, s)
}

// enough checks that the files are as few as they can be: whoever finds that
// another one has just rolled over does not roll over again.
func (c crowd) enough(r *balance.Result, s writer.Spec, files []balance.File, n int) {
	lines := 0
	for _, f := range files {
		lines += len(f.IDs)
	}
	if most := lines*s.Line/int(s.MaxBytes) + n; len(files) > most {
		r.Break("%d files, at most %d were to be expected", len(files), most)
	}
}

func crowds() []int { return []int{2, 4, 8, 32} }

func sharedSmall() fault.Fault {
	do := scenario(crowd{processes: crowds(), lines: 1000}.run)
	s := writer.Spec{Kind: writer.Sluice, Shared: true, MaxBytes: 64 << 10, Backups: 999, Line: 120}
	return fault.Fault{
		ID: "F11", Case: "64KiB", Title: "2, 4, 8 and 32 processes write one file, which rolls over at 64 KiB", Injector: "processes",
		Promise: "With Shared no line is lost, torn or doubled, and there are no more files than the bytes need.",
		Limit:   fiveMinutes,
		Sluice:  do.of(s), Peers: do.peers(s, writer.Rotating),
	}
}

func sharedLarge() fault.Fault {
	do := scenario(crowd{processes: crowds(), lines: 4000}.run)
	s := writer.Spec{Kind: writer.Sluice, Shared: true, MaxBytes: 1 << 20, Backups: 999, Line: 500}
	return fault.Fault{
		ID: "F11", Case: "1MiB", Title: "2, 4, 8 and 32 processes write one file, which rolls over at 1 MiB", Injector: "processes",
		Promise: "With Shared no line is lost, torn or doubled, and there are no more files than the bytes need.",
		Limit:   fiveMinutes,
		Sluice:  do.of(s), Peers: do.peers(s, everybody()...),
	}
}

func sharedWithPython() fault.Fault {
	do := scenario(crowd{processes: []int{4}, lines: 4000, others: writer.Watched}.run)
	s := writer.Spec{Kind: writer.Sluice, Shared: true, MaxBytes: 256 << 10, Backups: 999, Line: 120, Compress: true}
	return fault.Fault{
		ID: "F11", Case: "with-python", Title: "two processes of sluice and two of CPython's WatchedFileHandler write one file, which rolls over at 256 KiB, with gzip", Injector: "processes",
		Needs:   []inject.Need{inject.Python()},
		Promise: "With Shared no line is lost, torn or doubled: what WatchedFileHandler still writes to a file that was just moved away is in the backup.",
		Sluice:  do.of(s),
	}
}

func sharedTwice() fault.Fault {
	do := scenario(crowd{processes: []int{1}, lines: 8000}.run)
	s := writer.Spec{Kind: writer.Sluice, Shared: true, Twice: true, Writers: 4, MaxBytes: 1 << 20, Backups: 999, Line: 500}
	return fault.Fault{
		ID: "F12", Case: "two-handlers", Title: "two handlers of one process write one file, with 4 goroutines", Injector: "a process",
		Promise: "With Shared no line is lost, torn or doubled.",
		Sluice:  do.of(s), Peers: do.peers(s, everybody()...),
	}
}
