package fault

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/inject"
)

// Runner runs faults.
type Runner struct {
	First     uint64 // the first seed
	Seeds     int    // for sluice
	PeerSeeds int    // for the peers; 0: they are not run
	Short     bool
	Dir       string    // where the runs get their directories
	Keep      bool      // the directory of a run that failed stays
	Required  bool      // what a package of Debian's would bring has to be there
	Log       io.Writer // gets a line for each failure
}

// Outcome is what all runs of a fault came to.
type Outcome struct {
	Fault  Fault
	Seeds  int
	Date   time.Time
	Took   time.Duration
	Absent string // what the fault needs and is not there: it was not run
	Result balance.Result
	Peers  []PeerOutcome
	Failed []string // why the promise is not kept, or not shown
}

// PeerOutcome is the same of a peer, for which nothing is promised.
type PeerOutcome struct {
	Peer   Peer
	Absent string
	Err    error
	Result balance.Result
}

// Run runs a fault with all seeds.
func (r *Runner) Run(ctx context.Context, f Fault) Outcome {
	start := time.Now()
	out := Outcome{Fault: f, Seeds: r.seeds(f, r.Seeds), Date: start}
	what, installable := absent(f.Needs)
	if what != "" {
		out.Absent = what
		if r.Required && installable {
			out.Failed = append(out.Failed, "needs "+what)
		}
		return out
	}
	for i := range out.Seeds {
		seed := r.First + uint64(i)
		res, err := r.once(ctx, f, seed, f.Sluice, true)
		if err != nil {
			res.Break("%v", err)
		}
		out.Result.Add(res)
		for _, failure := range res.Failures() {
			out.Failed = append(out.Failed, fmt.Sprintf("seed %d: %s", seed, failure))
		}
		if ctx.Err() != nil {
			return out
		}
	}
	for _, p := range f.Peers {
		if r.PeerSeeds > 0 {
			out.Peers = append(out.Peers, r.peer(ctx, f, p, &out))
		}
	}
	out.Took = time.Since(start)
	return out
}

func (r *Runner) seeds(f Fault, n int) int {
	if f.Seeds > 0 {
		return min(n, f.Seeds)
	}
	return n
}

func (r *Runner) peer(ctx context.Context, f Fault, p Peer, out *Outcome) PeerOutcome {
	po := PeerOutcome{Peer: p}
	what, installable := absent(p.Needs)
	if what != "" {
		po.Absent = what
		if r.Required && installable {
			out.Failed = append(out.Failed, p.Name+" needs "+what)
		}
		return po
	}
	for i := range r.seeds(f, r.PeerSeeds) {
		seed := r.First + uint64(i)
		res, err := r.once(ctx, f, seed, p.Run, false)
		po.Result.Add(res)
		if err != nil {
			po.Err = fmt.Errorf("seed %d: %w", seed, err)
			fmt.Fprintf(r.Log, "%s: %s: %v\n", f.Name(), p.Name, po.Err)
		}
	}
	return po
}

// once runs f for one contender in a directory of its own.
func (r *Runner) once(ctx context.Context, f Fault, seed uint64, run Run, own bool) (res balance.Result, err error) {
	dir, err := os.MkdirTemp(r.Dir, "faults-")
	if err != nil {
		return res, err
	}
	defer func() {
		if r.Keep && own && (err != nil || len(res.Failures()) > 0) {
			fmt.Fprintf(r.Log, "%s: seed %d: see %s\n", f.Name(), seed, dir)
			return
		}
		_ = inject.RemoveAll(dir)
	}()
	self, err := os.Executable()
	if err != nil {
		return res, err
	}
	limit := f.Limit
	if limit == 0 {
		limit = time.Minute
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it takes longer than %v", limit))
	defer cancel()
	e := &Env{Dir: dir, Seed: seed, Rand: rand.New(rand.NewPCG(seed, seed)), Short: r.Short, self: self}
	res, err = run(ctx, e)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return res, err
}
