package files

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
)

// logrotates is how often logrotate rotates in a run.
const logrotates = 6

// rotated has logrotate rotate the file, by rules, while the contender writes.
func rotated(rules string, judge func(*balance.Ledger, []balance.File, *balance.Result)) scenario {
	return func(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
		var l balance.Ledger
		logs, err := inject.NewLogrotater(e.Dir, logDir(s), "rotate 99\n"+rules)
		if err != nil {
			return balance.Result{}, err
		}
		p, err := writer.Start(ctx, e, &l, s)
		if err != nil {
			return balance.Result{}, err
		}
		defer p.Kill()
		lines := e.Of(5000, 1500)
		if err := p.Begin(lines, time.Millisecond); err != nil {
			return balance.Result{}, err
		}
		for i := range logrotates {
			// At any moment of its share of the lines, so that all fall into the run.
			at := (i*lines + e.Rand.IntN(lines)) / (logrotates + 1)
			if err := fault.Until(ctx, func() bool { return p.Answers() >= at }); err != nil {
				return balance.Result{}, err
			}
			if err := logs.Rotate(); err != nil {
				return balance.Result{}, err
			}
		}
		if err := p.Finish(); err != nil {
			return balance.Result{}, err
		}
		if err := p.Write(100); err != nil { // into the last file, whatever happened before
			return balance.Result{}, err
		}
		files, r, err := settle(p, &l, s)
		if judge != nil && err == nil {
			judge(&l, files, &r)
		}
		r.Runs = logrotates
		return r, err
	}
}

func logrotateCreate() fault.Fault {
	do := rotated("create 0644", nil)
	return fault.Fault{
		ID: "F8", Case: "create", Title: "logrotate moves the file away and creates a new one, 6 times, while it is written to",
		Injector: "logrotate, create", Needs: []inject.Need{inject.Logrotate()},
		Promise: "With Watch no line is lost, torn or doubled.",
		Sluice:  do.of(watched()), Peers: do.peers(watched(), watchers()...),
	}
}

func logrotateCopytruncate() fault.Fault {
	do := rotated("copytruncate", between)
	s := watched()
	return fault.Fault{
		ID: "F8", Case: "copytruncate", Title: "logrotate copies the file and empties it, 6 times, while it is written to",
		Injector: "logrotate, copytruncate", Needs: []inject.Need{inject.Logrotate()},
		Promise: "Lost is only what came between logrotate's copying and its emptying, where one file ends and the next begins; that is open, and the same happens to the `>>` of a shell. There are no holes of NULs.",
		Sluice:  do.of(s), Peers: do.peers(s, append(watchers(), writer.Append)...),
	}
}

// between opens the promise for the lines between the end of one file and the
// beginning of the next, and forgives logrotate the line that its copy ends in.
func between(l *balance.Ledger, files []balance.File, r *balance.Result) {
	files = slices.DeleteFunc(files, func(f balance.File) bool { return len(f.IDs) == 0 })
	slices.SortFunc(files, func(a, b balance.File) int { return a.IDs[0].Seq - b.IDs[0].Seq })
	cut := 0
	for i, f := range files[:max(0, len(files)-1)] {
		last, next := f.IDs[len(f.IDs)-1], files[i+1].IDs[0]
		for seq := last.Seq + 1; seq < next.Seq; seq++ {
			l.Open(balance.ID{Producer: last.Producer, Seq: seq})
		}
		if f.Cut {
			cut++
		}
	}
	again := l.Balance(balance.Counters{})
	r.Allowed = again.Allowed
	if r.Torn -= cut; cut > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("logrotate's copies end %d times within a line", cut))
	}
}
