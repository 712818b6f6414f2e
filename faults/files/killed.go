package files

import (
	"context"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/writer"
)

// killedWriting kills so many writers in the middle of their work, again and again,
// and has others go on.
func killedWriting(writers int) scenario {
	return func(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
		var l balance.Ledger
		kills := e.Of(10, 3)
		next := 0
		for range kills {
			if err := killSome(ctx, e, &l, s, writers, next); err != nil {
				return balance.Result{}, err
			}
			next += writeOn
		}
		if err := goOn(ctx, e, &l, s, next); err != nil {
			return balance.Result{}, err
		}
		r := l.Balance(balance.Counters{})
		r.Runs = kills
		tails(&r, kills*writers, false)
		if r.Unasked > kills*writers*max(1, s.Writers) {
			r.Break("%d lines were in flight at %d kills", r.Unasked, kills)
		}
		if s.Kind == writer.Sluice {
			return r, whole(&r, s)
		}
		return r, nil
	}
}

// goOn has another writer write ten lines from next on and close, and reads the files.
func goOn(ctx context.Context, e *fault.Env, l *balance.Ledger, s writer.Spec, next int) error {
	p, err := writer.Start(ctx, e, l, s)
	if err != nil {
		return err
	}
	defer p.Kill()
	p.From(next)
	if err := p.Write(10); err != nil {
		return err
	}
	if err := p.Close(); err != nil {
		return err
	}
	_, err = l.ReadFiles(logDir(s), "app")
	return err
}

// writeOn is more lines than anybody writes until he is killed.
const writeOn = 1 << 20

// killSome starts writers and kills them all.
func killSome(ctx context.Context, e *fault.Env, l *balance.Ledger, s writer.Spec, writers, next int) error {
	all := make([]*writer.Process, writers)
	for i := range all {
		s.Producer = i
		p, err := writer.Start(ctx, e, l, s)
		if err != nil {
			return err
		}
		defer p.Kill()
		all[i] = p
		p.From(next)
		if err := p.Begin(writeOn, 0); err != nil {
			return err
		}
	}
	for _, p := range all {
		at := e.Rand.IntN(3000)
		if err := fault.Until(ctx, func() bool { return p.Answers() >= at }); err != nil {
			return err
		}
		p.Kill()
	}
	return nil
}

func killed() fault.Fault {
	s := writer.Spec{Kind: writer.Sluice, MaxBytes: 64 << 10, Backups: 1000, Compress: true, Writers: 4}
	do := killedWriting(1)
	return fault.Fault{
		ID: "F1", Case: "kill", Title: "kill -9 at 10 random moments of a run, 4 goroutines writing, 64 KiB a file, gzip",
		Injector: "SIGKILL",
		Promise:  "No line for which Write had returned is lost, none is there twice, and when the file was opened again there is no piece of one. At most one line for each goroutine and kill is there without having been acknowledged. No archive is half done, and no number is left out among those of the backups.",
		Sluice:   do.of(s), Peers: do.peers(s, everybody()...),
	}
}

func killedShared() fault.Fault {
	s := writer.Spec{Kind: writer.Sluice, MaxBytes: 64 << 10, Backups: 1000, Shared: true, Writers: 2}
	do := killedWriting(4)
	return fault.Fault{
		ID: "F1", Case: "kill-shared", Title: "kill -9 of 4 processes that write one file, at 10 random moments of a run, 2 goroutines each, 64 KiB a file",
		Injector: "SIGKILL",
		Promise:  "The same with Shared. A process that is killed with the lock in its hand does not stop the others. No number is left out among those of the backups.",
		Sluice:   do.of(s), Peers: do.peers(s, writer.Rotating),
	}
}
