package files

import (
	"context"
	"fmt"
	"os"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/writer"
)

// away takes the file away from a contender that is between two lines.
func away(take func(e *fault.Env, l *balance.Ledger, path string, n int) error) scenario {
	const times = 6
	return func(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
		var l balance.Ledger
		p, err := writer.Start(ctx, e, &l, s)
		if err != nil {
			return balance.Result{}, err
		}
		defer p.Kill()
		some := func() error { return p.Write(1 + e.Rand.IntN(e.Of(1000, 100))) }
		for i := range times {
			if err := some(); err != nil {
				return balance.Result{}, err
			}
			if err := take(e, &l, s.Path, i); err != nil {
				return balance.Result{}, err
			}
		}
		if err := some(); err != nil {
			return balance.Result{}, err
		}
		_, r, err := settle(p, &l, s)
		r.Runs = times
		return r, err
	}
}

func watched() writer.Spec { return writer.Spec{Kind: writer.Sluice, Watch: true} }

func watchers() []string { return append(everybody(), writer.Watched) }

func removing() scenario {
	return away(func(_ *fault.Env, l *balance.Ledger, path string, _ int) error {
		if err := destroy(l, path); err != nil {
			return err
		}
		return ignoreGone(os.Remove(path)) // a peer has not made it anew
	})
}

func removed() fault.Fault {
	do := removing()
	return fault.Fault{
		ID: "F7", Case: "removed", Title: "the file is deleted, 6 times", Injector: "unlink",
		Promise: "With Watch every line that comes after the deletion is in the new file.",
		Sluice:  do.of(watched()), Peers: do.peers(watched(), watchers()...),
	}
}

func renamed() fault.Fault {
	do := away(func(_ *fault.Env, _ *balance.Ledger, path string, n int) error {
		return ignoreGone(os.Rename(path, fmt.Sprintf("%s.moved%d", path, n)))
	})
	return fault.Fault{
		ID: "F7", Case: "renamed", Title: "the file is moved away, 6 times", Injector: "rename",
		Promise: "With Watch every line that comes after the move is in the new file.",
		Sluice:  do.of(watched()), Peers: do.peers(watched(), watchers()...),
	}
}

func truncated() fault.Fault {
	do := away(func(_ *fault.Env, l *balance.Ledger, path string, _ int) error {
		if err := destroy(l, path); err != nil {
			return err
		}
		return os.Truncate(path, 0)
	})
	return fault.Fault{
		ID: "F7", Case: "truncated", Title: "the file is emptied in place, 6 times", Injector: "truncate",
		Promise: "Every line that comes after is in the file, which has no hole of NULs.",
		Sluice:  do.of(watched()), Peers: do.peers(watched(), watchers()...),
	}
}

// destroy says that the lines that the file has now will go with it.
func destroy(l *balance.Ledger, path string) error {
	var now balance.Ledger
	f, err := now.ReadFile(path)
	for _, id := range f.IDs {
		l.Destroy(id)
	}
	return ignoreGone(err)
}

func ignoreGone(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}
