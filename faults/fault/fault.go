// Package fault says what a fault is, and runs it with seeds for sluice and for
// its peers.
package fault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/inject"
)

// A Run injects the fault once, or as often as its Result says, and returns the
// balance after it. An error says that the fault could not be injected or that
// its end could not be seen: that shows nothing, and is a failure.
type Run func(ctx context.Context, e *Env) (balance.Result, error)

// A Fault is a row of the catalogue.
type Fault struct {
	ID       string // F7
	Case     string // one word or more with hyphens
	Title    string // what happens, in a few words
	Injector string // by what it is made to happen
	Promise  string // what sluice promises under it
	Needs    []inject.Need
	Limit    time.Duration // of a run; 0: one minute. What takes longer hangs.
	Sluice   Run
	Peers    []Peer
	Seeds    int // at most so many, for what is the same each time; 0: no bound
}

// Name is what -run matches.
func (f *Fault) Name() string { return f.ID + "/" + f.Case }

// Peer is what does the same job, and is run beside.
type Peer struct {
	Name  string // a column of the table: lumberjack, timberjack, CPython
	As    string // which of its classes, if there are several
	Needs []inject.Need
	Run   Run
}

// Env is what a run is given.
type Env struct {
	Dir   string     // empty, of this run alone, removed afterwards
	Seed  uint64     // what may be random comes from it
	Rand  *rand.Rand // is seeded with it
	Short bool       // the short form: a few seconds for all faults together

	self string // this program
}

// Of returns full, or short in the short form.
func (e *Env) Of(full, short int) int {
	if e.Short {
		return short
	}
	return full
}

// Child returns the command line that runs a function of main's list of children
// in a process of its own: what is to be killed or traced.
func (e *Env) Child(name string, args ...string) []string {
	return append([]string{e.self, "child", name}, args...)
}

// Command is exec.CommandContext for such a command line. The process does not
// outlive ctx.
func (e *Env) Command(ctx context.Context, line []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.WaitDelay = time.Second
	return cmd
}

// Program builds the program sluice into Dir and returns its path.
func (e *Env) Program(ctx context.Context) (string, error) {
	path := filepath.Join(e.Dir, "sluice")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/sluicelog/sluice/cmd/sluice").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
}

// absent says which of needs is not there; empty: all are.
func absent(needs []inject.Need) (what string, installable bool) {
	var all []string
	installable = true
	for _, n := range needs {
		if err := n.Probe(); err != nil {
			all = append(all, n.Name+" ("+err.Error()+")")
			installable = installable && n.Package != ""
		}
	}
	return strings.Join(all, ", "), installable
}
