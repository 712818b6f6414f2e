package files

import (
	"context"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
)

// cut is a power cut, with what has to be there afterwards.
type cut struct {
	kind string // of the file system
	// after is how long after a line was accepted it has to be on the disk.
	after time.Duration
	// archived: only what was in an archive has to be there.
	archived bool
	// durable: every line that was accepted before has to be there.
	durable bool
}

// run cuts the power at random moments, and each time has another process go on.
func (c cut) run(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
	image, err := inject.NewImage(c.kind, filepath.Join(e.Dir, "image"), logDir(s))
	if err != nil {
		return balance.Result{}, err
	}
	defer func() { _ = image.Close() }()
	var l balance.Ledger
	cuts := e.Of(5, 1)
	next := 0
	for range cuts {
		if next, err = c.once(ctx, e, s, &l, image, next); err != nil {
			return balance.Result{}, err
		}
	}
	if err := goOn(ctx, e, &l, s, next); err != nil {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	r.Runs = cuts
	tails(&r, cuts, true)
	return r, nil
}

// once cuts the power once, and opens the promise for what it does not cover.
func (c cut) once(ctx context.Context, e *fault.Env, s writer.Spec, l *balance.Ledger, image *inject.Image, next int) (int, error) {
	p, err := writer.Start(ctx, e, l, s)
	if err != nil {
		return 0, err
	}
	defer p.Kill()
	p.From(next)
	if err := p.Begin(1<<20, 4*time.Millisecond); err != nil {
		return 0, err
	}
	fault.Wait(ctx, time.Duration(100+e.Rand.IntN(400))*time.Millisecond)
	safe := map[balance.ID]bool{}
	for _, id := range l.Accepted(func(id balance.ID) bool { return id.Seq >= next }) {
		safe[id] = true
	}
	if c.after > 0 {
		fault.WaitOf(ctx, p.Pid(), c.after)
	}
	if c.archived {
		if safe, err = archived(logDir(s)); err != nil {
			return 0, err
		}
	}
	if c.durable {
		// What is accepted from here on is not known to anybody: the power is cut.
		// (ext4 answers an fsync that the shutdown has overtaken with success.)
		for _, id := range l.Accepted(func(id balance.ID) bool { return id.Seq >= next }) {
			safe[id] = true
		}
	}
	if err := image.Cut(); err != nil {
		return 0, err
	}
	p.Kill()
	for _, id := range l.Accepted(func(id balance.ID) bool { return id.Seq >= next && !safe[id] }) {
		l.Open(id)
	}
	return p.Next(), image.Restart()
}

// archived are the lines that are in archives. One that is being renamed may be
// overlooked: then less is asked.
func archived(dir string) (map[balance.ID]bool, error) {
	var l balance.Ledger
	ids := map[balance.ID]bool{}
	names, err := filepath.Glob(filepath.Join(dir, "app*.gz"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		f, err := l.ReadFile(name)
		if err := ignoreGone(err); err != nil {
			return nil, err
		}
		for _, id := range f.IDs {
			ids[id] = true
		}
	}
	return ids, nil
}

func (c cut) needs() []inject.Need { return []inject.Need{inject.Root(), inject.PowerCut(c.kind)} }

func powerArchives(kind string) fault.Fault {
	c := cut{kind: kind, archived: true}
	s := mib(false)
	s.Compress = true
	do := scenario(c.run)
	return fault.Fault{
		ID: "F3", Case: kind + "-archives", Title: "the power is cut at 5 random moments of a run, 1 MiB a file, gzip; " + kind,
		Injector: "FS_IOC_SHUTDOWN on a loop device", Needs: c.needs(),
		Promise: "What is in an archive when the power is cut is in it afterwards. All else is open: nothing was asked to be synced.",
		Sluice:  do.of(s), Peers: do.peers(s, everybody()...),
	}
}

// syncInterval is Options.SyncInterval where it is set, and syncLate how much later
// than that a busy machine may have begun and ended the sync.
const (
	syncInterval = time.Second
	syncLate     = 500 * time.Millisecond
)

func powerInterval(kind string) fault.Fault {
	c := cut{kind: kind, after: syncInterval + syncLate}
	s := mib(false)
	s.Compress, s.SyncInterval = true, syncInterval
	return fault.Fault{
		ID: "F3", Case: kind + "-interval", Title: "the power is cut at 5 random moments of a run, 1 MiB a file, gzip; SyncInterval 1 s; " + kind,
		Injector: "FS_IOC_SHUTDOWN on a loop device", Needs: c.needs(),
		Promise: "Every line that was accepted 1.5 s before, that is the interval and what a busy machine may be late, is there, in the file or in a backup. Younger ones are open.",
		Sluice:  scenario(c.run).of(s),
	}
}

func powerDurable(kind string, shared bool) fault.Fault {
	c := cut{kind: kind, durable: true}
	s := writer.Spec{Kind: writer.Sluice, MaxBytes: 64 << 10, Backups: 999, Line: 1500, Compress: !shared, Durable: true, Writers: 4, Shared: shared}
	f := fault.Fault{
		ID: "F3", Case: kind + "-durable", Title: "the power is cut at 5 random moments of a run, 64 KiB a file, gzip, 4 goroutines; Durable; " + kind,
		Injector: "FS_IOC_SHUTDOWN on a loop device", Needs: c.needs(),
		Promise: "Every line that was accepted before the power was cut is there. Those that the process still heard of while the file system went down are open.",
		Sluice:  scenario(c.run).of(s),
	}
	if shared {
		f.Case += "-shared"
		f.Title = "the same with Shared, without gzip"
	}
	return f
}
