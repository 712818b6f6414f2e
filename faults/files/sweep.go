package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
)

// sweep kills the writer in front of each system call that it makes on its files
// while it opens them, rolls over and closes, and opens them again.
type sweep struct {
	e      *fault.Env
	spec   writer.Spec
	saved  string // the files as they were
	before []balance.File
	next   int
	calls  []inject.Call
	paths  []string
}

const (
	backupsThere = 10
	sweepLines   = 12 // of which one rolls the file over
	sweepSlack   = 8 * 200
)

// killedRolling does a sweep.
func killedRolling(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
	s.Line = 150 + e.Rand.IntN(50)
	w := &sweep{e: e, spec: s, saved: filepath.Join(e.Dir, "saved")}
	if err := w.prepare(ctx); err != nil {
		return balance.Result{}, fmt.Errorf("prepare: %w", err)
	}
	if err := w.enumerate(ctx); err != nil {
		return balance.Result{}, fmt.Errorf("trace: %w", err)
	}
	var sum balance.Result
	var list []string
	step := e.Of(1, 13)
	for i := int(e.Seed) % step; i < len(w.calls); i += step {
		c := w.calls[i]
		if e.Seed > 1 && !c.Changes() {
			continue
		}
		r, err := w.strike(ctx, c)
		if err != nil {
			return sum, fmt.Errorf("call %d, %s: %w", i+1, c.Text, err)
		}
		if r.Runs == 0 {
			list = append(list, fmt.Sprintf("%d %s (not reached)", i+1, c.Short()))
			continue
		}
		for j, broken := range r.Broken {
			r.Broken[j] = fmt.Sprintf("call %d, %s: %s", i+1, c.Short(), broken)
		}
		sum.Add(r)
		list = append(list, fmt.Sprintf("%d %s", i+1, c.Short()))
	}
	if e.Seed == 1 {
		sum.Notes = []string{"the calls of the first seed, each killed in front of: " + strings.Join(list, ", ")}
	}
	return sum, nil
}

// strike kills at the call. Another thread may make it this time, and its count be
// another: then it is tried again, and at last given up with no run.
func (w *sweep) strike(ctx context.Context, c inject.Call) (balance.Result, error) {
	for range 5 {
		r, struck, err := w.kill(ctx, c)
		if err != nil || struck {
			r.Runs = 1
			return r, err
		}
	}
	return balance.Result{}, nil
}

// prepare writes until all backups are there and the file is nearly full.
func (w *sweep) prepare(ctx context.Context) error {
	var l balance.Ledger
	p, err := writer.Start(ctx, w.e, &l, w.spec)
	if err != nil {
		return err
	}
	defer p.Kill()
	for {
		if err := p.Write(1); err != nil {
			return err
		}
		fi, err := os.Stat(w.spec.Path)
		if err != nil {
			return err
		}
		if w.backups() >= min(w.spec.Backups, backupsThere) && fi.Size() > w.spec.MaxBytes-sweepSlack/2 {
			break
		}
	}
	w.next = p.Next()
	if err := p.Close(); err != nil {
		return err
	}
	if w.before, err = l.ReadFiles(logDir(w.spec), "app"); err != nil {
		return err
	}
	return os.CopyFS(w.saved, os.DirFS(logDir(w.spec)))
}

// backups is how many there are, compressed or not yet.
func (w *sweep) backups() int {
	n := 0
	for {
		name := fmt.Sprintf("%s.%d", w.spec.Path, n+1)
		_, plain := os.Stat(name)
		_, archive := os.Stat(name + ".gz")
		if plain != nil && archive != nil {
			return n
		}
		n++
	}
}

// restore brings the files back, and gives a ledger of their lines.
func (w *sweep) restore() (*balance.Ledger, error) {
	if err := os.RemoveAll(logDir(w.spec)); err != nil {
		return nil, err
	}
	l := new(balance.Ledger)
	for _, f := range w.before {
		for _, id := range f.IDs {
			l.Accept(id)
		}
	}
	return l, os.CopyFS(logDir(w.spec), os.DirFS(w.saved))
}

// write opens the file, has lines written and closes it, traced.
func (w *sweep) write(ctx context.Context, l *balance.Ledger, wrap ...string) error {
	p, err := writer.Start(ctx, w.e, l, w.spec, wrap...)
	if err != nil {
		return err
	}
	defer p.Kill()
	p.From(w.next)
	if err := p.Write(sweepLines); err != nil {
		return err
	}
	return p.Close()
}

// enumerate finds the names that are used, and then the calls that use them.
func (w *sweep) enumerate(ctx context.Context) error {
	names := map[string]bool{logDir(w.spec): true}
	tracer := inject.Tracer{Log: filepath.Join(w.e.Dir, "trace"), Calls: "%file"}
	for range 2 {
		l, err := w.restore()
		if err != nil {
			return err
		}
		if err := w.write(ctx, l, tracer.Command()...); err != nil {
			return err
		}
		if w.calls, err = inject.ReadCalls(tracer.Log); err != nil {
			return err
		}
		for _, c := range w.calls {
			for _, text := range strings.Split(c.Text, `"`) {
				if strings.HasPrefix(text, logDir(w.spec)) {
					names[text] = true
				}
			}
		}
		w.paths = w.paths[:0]
		for name := range names {
			w.paths = append(w.paths, name)
		}
		slices.Sort(w.paths)
		tracer.Paths, tracer.Calls = w.paths, ""
	}
	if len(w.calls) < backupsThere {
		return fmt.Errorf("only %d calls in a rollover with %d backups", len(w.calls), backupsThere)
	}
	return nil
}

// kill kills the writer in front of the call, and lets the next one finish.
func (w *sweep) kill(ctx context.Context, c inject.Call) (r balance.Result, struck bool, err error) {
	l, err := w.restore()
	if err != nil {
		return r, false, err
	}
	tracer := inject.Tracer{Log: filepath.Join(w.e.Dir, "trace"), Paths: w.paths, Inject: c.Kill()}
	if err := w.write(ctx, l, tracer.Command()...); errors.Is(err, writer.ErrDied) {
		struck = true
	} else if err != nil {
		return r, false, err
	}
	p, err := writer.Start(ctx, w.e, l, w.spec)
	if err != nil {
		return r, struck, err
	}
	defer p.Kill()
	p.From(w.next + sweepLines)
	if err := p.Write(1); err != nil {
		return r, struck, err
	}
	if err := p.Close(); err != nil {
		return r, struck, err
	}
	now, err := l.ReadFiles(logDir(w.spec), "app")
	if err != nil {
		return r, struck, err
	}
	var state balance.Result
	if w.spec.Backups <= backupsThere {
		early(l, &state, w.spec, w.before, now)
	}
	if w.spec.Kind == writer.Sluice {
		err = whole(&state, w.spec)
	}
	r = l.Balance(balance.Counters{})
	r.Broken, r.Worst = append(r.Broken, state.Broken...), state.Worst
	if n := r.Lost; n > 0 {
		r.Break("%d lines lost", n)
	}
	if r.Unasked > 1 {
		r.Break("%d lines were in flight", r.Unasked)
	}
	return r, struck, err
}

func killedInRollover() fault.Fault {
	s := writer.Spec{Kind: writer.Sluice, MaxBytes: 6000, Backups: 10, Compress: true}
	plain := s
	plain.Compress = false
	do := scenario(killedRolling)
	return fault.Fault{
		ID: "F2", Case: "kill-at-each-call", Title: "kill -9 in front of every system call on the files while they are opened, rolled over with 10 backups, gzip and pruning, and closed",
		Injector: "strace, signal=KILL", Needs: []inject.Need{inject.Strace()},
		Promise: "Every call with the first seed, every one that can change a file or a name with the others. No line that was acknowledged is lost, none is there twice, no backup goes before its time, and the next Open finishes: 10 backups, all compressed, no number left out, no temporary name.",
		Limit:   fiveMinutes,
		Sluice:  do.of(s), Peers: do.peers(plain, writer.Rotating),
	}
}

func killedInSharedRollover() fault.Fault {
	s := writer.Spec{Kind: writer.Sluice, MaxBytes: 6000, Backups: 10, Shared: true}
	f := killedInRollover()
	f.Case = "kill-at-each-call-shared"
	f.Title = "the same with Shared, without gzip"
	f.Promise = "No line that was acknowledged is lost, none is there twice, no backup goes before its time, and no number is left out among those of the backups. More than 10 may stay for a while: the grace of Shared."
	f.Sluice, f.Peers = scenario(killedRolling).of(s), nil
	return f
}

func killedInGrowingRollover() fault.Fault {
	s := writer.Spec{Kind: writer.Sluice, MaxBytes: 6000, Backups: 99, Compress: true}
	f := killedInRollover()
	f.Case = "kill-at-each-call-growing"
	f.Title = "the same with 10 backups of the 99 that are to be kept, so that none is removed"
	f.Promise = "No line that was acknowledged is lost, none is there twice. No archive is half done, and no number is left out among those of the backups."
	f.Sluice, f.Peers = scenario(killedRolling).of(s), nil
	return f
}
