package files

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/writer"
)

//go:embed clock.py
var clockScript string

// python has CPython live through the years, in the zones of the seed.
func (y simulated) python(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
	var sum balance.Result
	all := zones()
	for i := range e.Of(3, 1) {
		zone := all[(int(e.Seed-1)*3+i)%len(all)]
		own := s
		own.Path = fmt.Sprintf("%s/%d/app.log", logDir(s), i)
		if err := mkdir(own.Path); err != nil {
			return sum, err
		}
		r, err := y.pythonZone(ctx, e, own, zone)
		if err != nil {
			return sum, fmt.Errorf("%s: %w", zone, err)
		}
		sum.Add(r)
	}
	return sum, nil
}

// pythonZone runs the script, which prints the numbers of the lines after which it
// has rolled over.
func (y simulated) pythonZone(ctx context.Context, e *fault.Env, s writer.Spec, zone string) (balance.Result, error) {
	hours := e.Of(y.hours, y.hours/3)
	cmd := exec.CommandContext(ctx, "python3", "-c", clockScript, s.Path, strconv.Itoa(s.Backups),
		strconv.FormatInt(y.from.Unix(), 10), strconv.Itoa(hours))
	cmd.Env = append(cmd.Environ(), "TZ="+zone)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return balance.Result{}, fmt.Errorf("clock.py: %w", err)
	}
	var l balance.Ledger
	for seq := range hours {
		l.Accept(balance.ID{Seq: seq})
	}
	if _, err := l.ReadFiles(logDir(s), "app"); err != nil {
		return balance.Result{}, err
	}
	rolledAt := bytes.Fields(out)
	if s.Backups > 0 && len(rolledAt) > s.Backups {
		first, err := strconv.Atoi(string(rolledAt[len(rolledAt)-s.Backups-1]))
		if err != nil {
			return balance.Result{}, err
		}
		for seq := range first {
			l.Destroy(balance.ID{Seq: seq})
		}
	}
	return l.Balance(balance.Counters{}), nil
}
