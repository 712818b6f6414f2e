package files

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/writer"
)

// trouble is what comes upon a contender that writes, lasts, and may end.
type trouble struct {
	lasts   time.Duration // 0: as long as the lines take
	prepare func(s writer.Spec) (undo func(), err error)
	wrap    func(e *fault.Env, s writer.Spec) []string // the writer's command line; nil: as it is
	begin   func(ctx context.Context, m moment) (end func() error, err error)
	endless bool // it does not end before the file is closed
	accepts bool // sluice is to refuse no line
}

// moment is what trouble finds when it begins.
type moment struct {
	env    *fault.Env
	spec   writer.Spec
	ledger *balance.Ledger
	writer *writer.Process
}

// run has a third of the lines written before the trouble, during, and after it.
func (t trouble) run(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
	var l balance.Ledger
	if e.Short && s.Kind == writer.Sluice {
		s.MaxBytes = min(s.MaxBytes, 64<<10) // so that it rolls over among a few lines
	}
	if t.prepare != nil {
		undo, err := t.prepare(s)
		if err != nil {
			return balance.Result{}, err
		}
		defer undo()
	}
	var wrap []string
	if t.wrap != nil {
		wrap = t.wrap(e, s)
	}
	p, err := writer.Start(ctx, e, &l, s, wrap...)
	if err != nil {
		return balance.Result{}, err
	}
	defer p.Kill()
	n := e.Of(2000, 400)
	if err := p.Write(n/2 + e.Rand.IntN(n)); err != nil {
		return balance.Result{}, err
	}
	resumed, err := t.pass(ctx, e, p, s, &l, n)
	if err != nil {
		return balance.Result{}, err
	}
	if err := p.Write(n); err != nil {
		return balance.Result{}, err
	}
	stats, err := p.Stats()
	if err != nil {
		return balance.Result{}, err
	}
	if err := p.Close(); err != nil && stats.Held == 0 && s.Kind == writer.Sluice {
		return balance.Result{}, err // what is held and given up is its to say
	}
	if _, err := l.ReadFiles(logDir(s), "app"); err != nil {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{Held: int(stats.Held)})
	t.judge(&r, s, stats, resumed)
	return r, nil
}

// pass lets the trouble come and go, and tells how long after its end there was
// something new in the files, beside the time for which there was no processor; 0: there
// was no need to wait.
func (t trouble) pass(ctx context.Context, e *fault.Env, p *writer.Process, s writer.Spec, l *balance.Ledger, n int) (time.Duration, error) {
	end := func() error { return nil }
	if t.begin != nil {
		var err error
		if end, err = t.begin(ctx, moment{e, s, l, p}); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	lasts := t.lasts
	if e.Short {
		lasts /= 10
	}
	rounds := max(1, int(lasts/(100*time.Millisecond)))
	for i := range rounds {
		if err := p.Write(max(10, n/rounds)); err != nil {
			return 0, err
		}
		select {
		case <-time.After(time.Until(began.Add(lasts * time.Duration(i+1) / time.Duration(rounds)))):
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
	stats, err := p.Stats()
	if err != nil {
		return 0, err
	}
	before := sizeOf(logDir(s))
	if t.endless {
		return 0, nil
	}
	if err := end(); err != nil || stats.Held == 0 {
		return 0, err
	}
	ended, waited := time.Now(), fault.ProcessorWaitOf(p.Pid())
	err = fault.Until(ctx, func() bool { return sizeOf(logDir(s)) > before || time.Since(ended) > 10*time.Second })
	return max(0, time.Since(ended)-(fault.ProcessorWaitOf(p.Pid())-waited)), err
}

// judge compares what sluice says with what was counted.
func (t trouble) judge(r *balance.Result, s writer.Spec, stats writer.Stats, resumed time.Duration) {
	if s.Kind != writer.Sluice {
		return
	}
	r.Equal("Stats().Lines and Held", int(stats.Lines+stats.Held), r.Accepted)
	r.Equal("Stats().Refused", int(stats.Refused), r.Refused)
	if t.accepts && r.Refused > 0 {
		r.Break("%d lines were refused", r.Refused)
	}
	if stats.Held > 0 && !t.endless {
		r.Break("%d lines are still held", stats.Held)
	}
	if stats.Refused+stats.RollFailures+stats.Failures == 0 {
		r.Break("the trouble was not felt: %+v", stats)
	}
	if resumed > 0 {
		r.Figure("seconds from the end of the trouble to the first line that was held", resumed.Seconds())
	}
	if resumed > time.Second {
		r.Break("it took %v to resume", resumed)
	}
}

// sizeOf is how large the files of dir are together, without dot files.
func sizeOf(dir string) int64 {
	names, err := filepath.Glob(filepath.Join(dir, "app*"))
	if err != nil {
		return 0
	}
	var sum int64
	for _, name := range names {
		if fi, err := os.Stat(name); err == nil {
			sum += fi.Size()
		}
	}
	return sum
}
