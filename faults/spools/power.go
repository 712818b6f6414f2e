package spools

import (
	"context"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
)

// power cuts the power of a machine with a durable spool.
func power(kind string) fault.Fault {
	return fault.Fault{
		ID: "F23", Case: kind + "-power", Title: "the power is cut at 5 random moments, 4 goroutines, 64 KiB a segment; Durable; " + kind,
		Injector: "FS_IOC_SHUTDOWN on a loop device", Needs: []inject.Need{inject.Root(), inject.PowerCut(kind)},
		Promise: "Every record for which Flush had returned before is there, once. Those that the process still heard of while the file system went down are open.",
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			s, err := place(e, writer.Spec{Kind: writer.Spooled, MaxBytes: small, Writers: 4, Durable: true})
			if err != nil {
				return balance.Result{}, err
			}
			image, err := inject.NewImage(kind, filepath.Join(e.Dir, "image"), filepath.Dir(s.Path))
			if err != nil {
				return balance.Result{}, err
			}
			defer func() { _ = image.Close() }()
			var l balance.Ledger
			cuts, next := e.Of(5, 1), 0
			for range cuts {
				if next, err = cut(ctx, e, s, &l, image, next); err != nil {
					return balance.Result{}, err
				}
			}
			if _, _, err := drain(&l, s); err != nil {
				return balance.Result{}, err
			}
			r := l.Balance(balance.Counters{})
			r.Runs = cuts
			return r, nil
		},
	}
}

func cut(ctx context.Context, e *fault.Env, s writer.Spec, l *balance.Ledger, image *inject.Image, next int) (int, error) {
	p, err := writer.Start(ctx, e, l, s)
	if err != nil {
		return 0, err
	}
	defer p.Kill()
	p.From(next)
	if err := p.Begin(1<<20, 0); err != nil {
		return 0, err
	}
	fault.Wait(ctx, time.Duration(50+e.Rand.IntN(400))*time.Millisecond)
	if err := fault.Until(ctx, func() bool { return p.Accepted() > 0 }); err != nil {
		return 0, err
	}
	young := func(id balance.ID) bool { return id.Seq >= next }
	safe := map[balance.ID]bool{}
	for _, id := range l.Accepted(young) {
		safe[id] = true
	}
	if err := image.Cut(); err != nil {
		return 0, err
	}
	p.Kill()
	for _, id := range l.Accepted(young) {
		if !safe[id] {
			l.Open(id)
		}
	}
	return p.Next(), image.Restart()
}

// full is a disk that is full for a second.
func full() fault.Fault {
	return fault.Fault{
		ID: "F23", Case: "disk-full", Title: "the disk is full for a second and is then freed",
		Injector: "tmpfs and ballast", Needs: []inject.Need{inject.Root(), inject.Tmpfs()},
		Promise: "Flush tells of it; what it had returned for is there, once, and what came when there is room again.",
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			s, err := place(e, writer.Spec{Kind: writer.Spooled, MaxBytes: small, Writers: 2})
			if err != nil {
				return balance.Result{}, err
			}
			dir := filepath.Dir(s.Path)
			if err := inject.MountTmpfs(dir, 4<<20); err != nil {
				return balance.Result{}, err
			}
			defer func() { _ = inject.Unmount(dir) }()
			var l balance.Ledger
			p, err := writer.Start(ctx, e, &l, s)
			if err != nil {
				return balance.Result{}, err
			}
			defer p.Kill()
			n := e.Of(6000, 2000)
			if err := p.Begin(n, time.Millisecond); err != nil {
				return balance.Result{}, err
			}
			at := e.Rand.IntN(n / 4)
			if err := fault.Until(ctx, func() bool { return p.Answers() >= at }); err != nil {
				return balance.Result{}, err
			}
			free, err := inject.Fill(dir)
			if err != nil {
				return balance.Result{}, err
			}
			// Who has written all before the disk was full, or writes late, is waited for.
			refused := func() bool { return p.Answers() > p.Accepted() }
			if err := fault.Until(ctx, func() bool { return refused() || p.Answers() == n }); err != nil {
				return balance.Result{}, err
			}
			if !refused() {
				if err := p.Finish(); err != nil {
					return balance.Result{}, err
				}
				if err := p.Begin(n, time.Millisecond); err != nil {
					return balance.Result{}, err
				}
				if err := fault.Until(ctx, refused); err != nil {
					return balance.Result{}, err
				}
			}
			fault.Wait(ctx, time.Duration(e.Of(1000, 200))*time.Millisecond)
			if err := free(); err != nil {
				return balance.Result{}, err
			}
			if err := p.Finish(); err != nil {
				return balance.Result{}, err
			}
			if err := p.Write(10); err != nil {
				return balance.Result{}, err
			}
			if err := p.Close(); err != nil {
				return balance.Result{}, err
			}
			if _, _, err := drain(&l, s); err != nil {
				return balance.Result{}, err
			}
			r := l.Balance(balance.Counters{})
			if r.Refused == 0 {
				r.Break("nothing was refused: the disk was not full long enough")
			}
			return r, nil
		},
	}
}
