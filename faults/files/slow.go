package files

import (
	"context"
	"errors"
	"path/filepath"

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
