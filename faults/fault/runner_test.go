package fault_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
)

func runner(t *testing.T) fault.Runner {
	return fault.Runner{First: 5, Seeds: 4, PeerSeeds: 2, Dir: t.TempDir(), Log: io.Discard}
}

func good(context.Context, *fault.Env) (balance.Result, error) {
	return balance.Result{Accepted: 10}, nil
}

// TestRun: each run has a seed and a directory of its own, which is gone
// afterwards; what is lost in one of them is lost.
func TestRun(t *testing.T) {
	r := runner(t)
	var seeds []uint64
	f := fault.Fault{ID: "F0", Case: "x", Sluice: func(_ context.Context, e *fault.Env) (balance.Result, error) {
		seeds = append(seeds, e.Seed)
		if names, err := os.ReadDir(e.Dir); err != nil || len(names) > 0 {
			t.Errorf("%s: %v, %v", e.Dir, names, err)
		}
		if err := os.WriteFile(filepath.Join(e.Dir, "file"), nil, 0o666); err != nil {
			t.Error(err)
		}
		res := balance.Result{Accepted: 10}
		if e.Seed == 6 {
			res.Lost = 1
		}
		return res, nil
	}, Peers: []fault.Peer{{Name: "peer", Run: good}}}
	o := r.Run(t.Context(), f)
	if len(seeds) != 4 || seeds[0] != 5 || seeds[3] != 8 {
		t.Errorf("seeds %v", seeds)
	}
	if o.Result.Accepted != 40 || o.Result.Runs != 4 || o.Result.Lost != 1 {
		t.Errorf("%+v", o.Result)
	}
	if len(o.Failed) != 1 || !strings.Contains(o.Failed[0], "seed 6") {
		t.Errorf("%q", o.Failed)
	}
	if len(o.Peers) != 1 || o.Peers[0].Result.Accepted != 20 {
		t.Errorf("%+v", o.Peers)
	}
	if names, err := os.ReadDir(r.Dir); err != nil || len(names) > 0 {
		t.Errorf("left: %v, %v", names, err)
	}
}

// TestRunFails: an error and a run that hangs are failures.
func TestRunFails(t *testing.T) {
	for name, run := range map[string]fault.Run{
		"broken": func(context.Context, *fault.Env) (balance.Result, error) {
			return balance.Result{Accepted: 1}, errors.New("it is broken")
		},
		"longer than": func(ctx context.Context, _ *fault.Env) (balance.Result, error) {
			<-ctx.Done()
			return balance.Result{Accepted: 1}, ctx.Err()
		},
		"no line": func(context.Context, *fault.Env) (balance.Result, error) { return balance.Result{}, nil },
	} {
		r := runner(t)
		r.Seeds = 1
		o := r.Run(t.Context(), fault.Fault{ID: "F0", Case: "x", Sluice: run, Limit: time.Millisecond})
		if len(o.Failed) != 1 || !strings.Contains(o.Failed[0], name) {
			t.Errorf("%s: %q", name, o.Failed)
		}
	}
}

// TestAbsent: what is not there is not run, and says so; what could be installed
// has to be.
func TestAbsent(t *testing.T) {
	none := func() error { return errors.New("it is not") }
	for _, c := range []struct {
		need     inject.Need
		required bool
		fails    bool
	}{
		{inject.Need{Name: "a module of the kernel", Probe: none}, true, false},
		{inject.Need{Name: "a program", Package: "strace", Probe: none}, false, false},
		{inject.Need{Name: "a program", Package: "strace", Probe: none}, true, true},
	} {
		r := runner(t)
		r.Required = c.required
		run := func(context.Context, *fault.Env) (balance.Result, error) {
			t.Error("it runs")
			return balance.Result{}, nil
		}
		o := r.Run(t.Context(), fault.Fault{ID: "F0", Case: "x", Sluice: run, Needs: []inject.Need{c.need}})
		if !strings.Contains(o.Absent, c.need.Name) || len(o.Failed) > 0 != c.fails {
			t.Errorf("%+v: %q, %q", c, o.Absent, o.Failed)
		}
	}
}
