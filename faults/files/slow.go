package files

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
)

// slowDisk is how many bytes it takes in a second.
const slowDisk = 64 << 10

// mostMemory is what a writer may need at most: the program, its runtime and what
// waits.
const mostMemory = 64 << 20

// onSlowDisk has lines written to a disk that is mounted for synchronous writing,
// so that it cannot be outrun.
func onSlowDisk(ctx context.Context, e *fault.Env, s writer.Spec) (r balance.Result, err error) {
	image, err := inject.NewImage("ext4", filepath.Join(e.Dir, "image"), logDir(s), "sync")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, image.Close()) }()
	wrap, undo, err := image.SlowDown(slowDisk)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, undo()) }()
	var l balance.Ledger
	p, err := writer.Start(ctx, e, &l, s, wrap...)
	if err != nil {
		return r, err
	}
	defer p.Kill()
	lines := e.Of(80, 20) + e.Rand.IntN(20)
	if s.Queue > 0 {
		lines = e.Of(3000, 1000) + e.Rand.IntN(1000)
	}
	if err := p.Write(lines); err != nil {
		return r, err
	}
	peak, err := p.PeakMemory()
	if err != nil {
		return r, err
	}
	stats, err := p.CloseStats()
	if err != nil {
		return r, err
	}
	if _, err := l.ReadFiles(logDir(s), "app"); err != nil {
		return r, err
	}
	r = l.Balance(balance.Counters{Dropped: int(stats.Dropped), Held: int(stats.Held)})
	if !s.Ours() {
		return r, nil
	}
	r.Equal("Stats().Lines", int(stats.Lines), r.Found)
	r.Equal("Stats().Refused", int(stats.Refused), r.Refused)
	r.Figure("MiB of memory", float64(peak)/(1<<20))
	if peak > mostMemory {
		r.Break("%d bytes of memory", peak)
	}
	if s.Kind == writer.Dropping && r.Dropped == 0 {
		r.Break("nothing was dropped: the disk was not slow")
	}
	if s.Kind != writer.Dropping && r.Dropped > 0 {
		r.Break("%d lines were dropped", r.Dropped)
	}
	return r, nil
}

func slowNeeds() []inject.Need {
	return []inject.Need{inject.Root(), inject.PowerCut("ext4"), inject.Blkio()}
}

func slow(name, title, promise string, s writer.Spec) fault.Fault {
	return fault.Fault{
		ID: "F9", Case: "slow-disk-" + name, Title: "the disk takes 64 kB a second; " + title, Injector: "blkio, a loop device mounted with sync",
		Needs: slowNeeds(), Promise: promise + " The program stays below 64 MiB.",
		Sluice: scenario(onSlowDisk).of(s),
	}
}

func slowDirect() fault.Fault {
	s := writer.Spec{Kind: writer.Sluice, MaxBytes: 4096, Backups: 99}
	f := slow("direct", "each line is written by the caller", "Every line is there: Write waits.", s)
	f.Peers = scenario(onSlowDisk).peers(s, everybody()...)
	return f
}

func slowBlocking() fault.Fault {
	return slow("queue-block", "a queue of 200 that blocks when it is full", "Every line is there: the caller waits.",
		writer.Spec{Kind: writer.Blocking, Queue: 200})
}

func slowDropping() fault.Fault {
	return slow("queue-drop", "a queue of 200 that drops the oldest when it is full", "Every line is there or was dropped and counted.",
		writer.Spec{Kind: writer.Dropping, Queue: 200})
}

// onSlowSync has every fsync take 200 ms.
func onSlowSync(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
	tracer := inject.Tracer{Log: os.DevNull, Calls: "fsync,fdatasync", Inject: "fsync,fdatasync:delay_enter=200ms"}
	var l balance.Ledger
	p, err := writer.Start(ctx, e, &l, s, tracer.Command()...)
	if err != nil {
		return balance.Result{}, err
	}
	defer p.Kill()
	start := time.Now()
	if err := p.Write(e.Of(10, 4) * s.Writers); err != nil {
		return balance.Result{}, err
	}
	took := time.Since(start)
	_, r, err := settle(p, &l, s)
	r.Figure("ms a line, with 16 goroutines", took.Seconds()*1000/float64(r.Accepted))
	return r, err
}

func slowSync() fault.Fault {
	return fault.Fault{
		ID: "F9", Case: "slow-fsync", Title: "an fsync takes 200 ms; Durable, 16 goroutines", Injector: "strace, delay_enter=200ms", Needs: strace(),
		Promise: "No line is lost or refused; goroutines share an fsync, so that a line takes a fraction of it.",
		Sluice:  scenario(onSlowSync).of(writer.Spec{Kind: writer.Sluice, Durable: true, Writers: 16}),
	}
}
