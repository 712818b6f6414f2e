package files

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/rotate"
)

// lateGrace is the Shared.Grace of the row.
const lateGrace = 50 * time.Millisecond

// sharedLate is a program of another kind that had the file open before a rollover
// and writes after it: to a backup, which is going to be compressed.
func sharedLate() fault.Fault {
	return fault.Fault{
		ID: "F11", Case: "late-writer", Title: "a program of another kind keeps its descriptor for up to twice Shared.Grace after each of 100 rollovers, and then writes; gzip",
		Injector: "a descriptor",
		Promise:  "What it writes within the grace is not lost. What it writes later may go to a file that was compressed and removed by then: that is open, and how much it is stands here.",
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			return late(ctx, e, filepath.Join(e.Dir, "app.log"))
		},
	}
}

func late(ctx context.Context, e *fault.Env, path string) (balance.Result, error) {
	f, err := rotate.Open(path, &rotate.Options{
		Policy: rotate.Size{MaxBytes: 1 << 20}, Retention: rotate.Keep{Backups: 999},
		Shared: &rotate.Shared{Grace: lateGrace}, Compress: rotate.Gzip(), LineEnd: "\n",
	})
	if err != nil {
		return balance.Result{}, err
	}
	defer func() { _ = f.Close() }()
	var l balance.Ledger
	rolls := e.Of(100, 10)
	after := 0
	for i := range rolls {
		own := balance.ID{Producer: 0, Seq: i}
		if _, err := f.Write(balance.AppendLine(nil, own, 120)); err != nil {
			return balance.Result{}, err
		}
		l.Accept(own)
		foreign, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return balance.Result{}, err
		}
		rolled := time.Now()
		if err := f.Roll(); err != nil {
			return balance.Result{}, err
		}
		time.Sleep(time.Duration(e.Rand.Int64N(int64(2 * lateGrace))))
		id := balance.ID{Producer: 1, Seq: i}
		_, err = foreign.Write(balance.AppendLine(nil, id, 120))
		if err != nil {
			return balance.Result{}, err
		}
		l.Accept(id)
		if time.Since(rolled) >= lateGrace {
			l.Open(id)
			after++
		}
		if err := foreign.Close(); err != nil {
			return balance.Result{}, err
		}
		if ctx.Err() != nil {
			return balance.Result{}, ctx.Err()
		}
	}
	if err := f.Close(); err != nil {
		return balance.Result{}, err
	}
	if _, err := l.ReadFiles(filepath.Dir(path), "app"); err != nil {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	r.Runs = rolls
	if after > 0 {
		r.Figure("% lost of what was written after the grace", 100*float64(r.Lost)/float64(after))
	}
	return r, nil
}
