// Package files has the faults of files: what other programs, disks, power and
// clocks do to them.
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

// fiveMinutes are for what is done hundreds of times in a run.
const fiveMinutes = 5 * time.Minute

// Faults are those of this package, in the order of the table.
func Faults() []fault.Fault {
	return []fault.Fault{
		killed(), killedShared(), pipeKilled(), killedInRollover(), killedInGrowingRollover(), killedInSharedRollover(),
		powerArchives("ext4"), powerArchives("xfs"), powerInterval("ext4"), powerInterval("xfs"),
		powerDurable("ext4", false), powerDurable("xfs", false), powerDurable("ext4", true),
		fullHeld(), fullUnheld(),
		writeOnce(), writeOnceUnheld(), writeForEver(), writeForEverUnheld(), writeForAWhile(),
		syncFails(true), syncFails(false),
		renameRefused(), openRefused(), readOnlyDirectory(), goneDirectory(),
		removed(), renamed(), truncated(),
		logrotateCreate(), logrotateCopytruncate(),
		slowDirect(), slowBlocking(), slowDropping(), slowSync(),
		threeYearsKept(), threeYearsPruned(), clockSteps(), clockStepsPruned(),
		sharedSmall(), sharedLarge(), sharedWithPython(), sharedLate(), sharedTwice(),
	}
}

// scenario is what happens to a contender that is opened by spec.
type scenario func(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error)

// of is the scenario with the spec of one contender.
func (do scenario) of(s writer.Spec) fault.Run {
	return func(ctx context.Context, e *fault.Env) (balance.Result, error) {
		s.Path = filepath.Join(e.Dir, "log", "app.log")
		if s.Line == 0 {
			s.Line = 120
		}
		if err := mkdir(s.Path); err != nil {
			return balance.Result{}, err
		}
		return do(ctx, e, s)
	}
}

// peers are all peers in the scenario with the spec of sluice.
func (do scenario) peers(s writer.Spec, kinds ...string) []fault.Peer {
	var peers []fault.Peer
	for _, kind := range kinds {
		s.Kind = kind
		p := fault.Peer{Name: kind, Run: do.of(s)}
		if kind == writer.Rotating || kind == writer.Watched {
			p.Name, p.As, p.Needs = "CPython", kind, []inject.Need{inject.Python()}
		}
		peers = append(peers, p)
	}
	return peers
}

// everybody are the peers that rotate.
func everybody() []string {
	return []string{writer.Lumberjack, writer.Timberjack, writer.Rotating}
}

// agree compares sluice's counters with what was counted of its answers. Those of
// the peers do not exist.
func agree(r *balance.Result, s writer.Spec, stats writer.Stats) {
	if s.Kind != writer.Sluice {
		return
	}
	r.Equal("Stats().Lines", int(stats.Lines), r.Accepted)
	r.Equal("Stats().Refused", int(stats.Refused), r.Refused)
}

// settle asks for the counters, closes the file, and reads what there is of it.
func settle(p *writer.Process, l *balance.Ledger, s writer.Spec) ([]balance.File, balance.Result, error) {
	stats, err := p.Stats()
	if err != nil {
		return nil, balance.Result{}, err
	}
	if err := p.Close(); err != nil {
		return nil, balance.Result{}, err
	}
	files, err := l.ReadFiles(filepath.Dir(s.Path), "app")
	r := l.Balance(balance.Counters{})
	agree(&r, s, stats)
	return files, r, err
}
