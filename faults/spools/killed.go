package spools

import (
	"context"
	"path/filepath"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/writer"
)

// inFlight is how many records a Listener takes at once: those that come again when
// it is killed.
const inFlight = 256

// kill kills a writer again and again in the middle of its work, and has others go
// on.
func kill(ctx context.Context, e *fault.Env, l *balance.Ledger, s writer.Spec) (kills, next int, err error) {
	kills = e.Of(10, 2)
	for range kills {
		p, err := writer.Start(ctx, e, l, s)
		if err != nil {
			return 0, 0, err
		}
		p.From(next)
		if err := p.Begin(1<<20, 0); err != nil {
			return 0, 0, err
		}
		at := e.Rand.IntN(e.Of(3000, 500))
		err = fault.Until(ctx, func() bool { return p.Answers() >= at })
		p.Kill()
		if err != nil {
			return 0, 0, err
		}
		next = p.Next()
	}
	return kills, next, nil
}

func killed() fault.Fault {
	return fault.Fault{
		ID: "F23", Case: "kill", Title: "kill -9 of a producer at 10 random moments, 4 goroutines, 64 KiB a segment",
		Injector: "SIGKILL",
		Promise:  "No record for which Flush had returned is lost, and none comes twice.",
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			s, err := place(e, writer.Spec{Kind: writer.Spooled, MaxBytes: small, Writers: 4})
			if err != nil {
				return balance.Result{}, err
			}
			var l balance.Ledger
			kills, _, err := kill(ctx, e, &l, s)
			if err != nil {
				return balance.Result{}, err
			}
			dropped, _, err := drain(&l, s)
			r := l.Balance(balance.Counters{Dropped: dropped})
			r.Runs = kills
			if dropped > 0 {
				r.Break("%d records could not be read back", dropped)
			}
			return r, err
		},
	}
}

func killedDelivering() fault.Fault {
	return fault.Fault{
		ID: "F23", Case: "kill-delivering", Title: "the same while the spool is emptied into a rotating file",
		Injector: "SIGKILL",
		Promise:  "No record for which Flush had returned is lost; of those that the file has, at most the 256 in flight come again at each kill, and of one that was being written there may be a piece, on a line of its own.",
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			s, err := place(e, writer.Spec{Kind: writer.Delivering, MaxBytes: small, Writers: 4, Backups: 1000})
			if err != nil {
				return balance.Result{}, err
			}
			var l balance.Ledger
			kills, next, err := kill(ctx, e, &l, s)
			if err != nil {
				return balance.Result{}, err
			}
			p, err := writer.Start(ctx, e, &l, s)
			if err != nil {
				return balance.Result{}, err
			}
			defer p.Kill()
			p.From(next)
			if err := p.Write(10); err != nil {
				return balance.Result{}, err
			}
			stats, err := p.CloseStats()
			if err != nil {
				return balance.Result{}, err
			}
			if _, err := l.ReadFiles(filepath.Dir(s.Path), "app"); err != nil {
				return balance.Result{}, err
			}
			r := l.Balance(balance.Counters{Dropped: int(stats.Dropped), Held: int(stats.Held)})
			r.Runs = kills
			r.Figure("records that came again, of 10 kills", float64(r.Doubled))
			r.Doubled = max(0, r.Doubled-inFlight*kills)
			r.Torn = max(0, r.Torn-kills)
			return r, nil
		},
	}
}
