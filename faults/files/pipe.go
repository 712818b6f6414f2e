package files

import (
	"bufio"
	"context"
	"os/exec"
	"strconv"
	"sync/atomic"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
)

// killedPipe kills the program sluice pipe, which acknowledges each line on its
// standard output, and starts it again.
func killedPipe(ctx context.Context, e *fault.Env, s writer.Spec) (balance.Result, error) {
	program, err := e.Program(ctx)
	if err != nil {
		return balance.Result{}, err
	}
	var l balance.Ledger
	kills := e.Of(10, 2)
	for i := range kills + 1 {
		p := pipe{
			ledger: &l, producer: i,
			cmd: e.Command(ctx, []string{program, "pipe", s.Path, "--ack", "--max-bytes", "64k", "--backup-count", "999", "--compress", "gzip"}),
		}
		var err error
		if i == kills {
			err = p.run(ctx, 100, 100, false)
		} else {
			err = p.run(ctx, 1<<20, int64(1+e.Rand.IntN(5000)), true)
		}
		if err != nil {
			return balance.Result{}, err
		}
	}
	if _, err := l.ReadFiles(logDir(s), "app"); err != nil {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	r.Runs = kills
	tails(&r, kills, false)
	return r, whole(&r, s)
}

// pipe is one process of sluice pipe.
type pipe struct {
	ledger   *balance.Ledger
	producer int
	cmd      *exec.Cmd
	acked    atomic.Int64
}

// run gives the process so many lines, until so many are acknowledged; then it is
// killed, or has its end.
func (p *pipe) run(ctx context.Context, lines int, most int64, kill bool) error {
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		var line []byte
		for seq := range lines {
			line = balance.AppendLine(line[:0], balance.ID{Producer: p.producer, Seq: seq}, 60+seq%60)
			if _, err := in.Write(line); err != nil {
				return // it was killed
			}
		}
	}()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		acks := bufio.NewScanner(out)
		for acks.Scan() {
			if n, err := strconv.Atoi(acks.Text()); err == nil {
				p.ledger.Accept(balance.ID{Producer: p.producer, Seq: n - 1})
				p.acked.Add(1)
			}
		}
	}()
	err = fault.Until(ctx, func() bool { return p.acked.Load() >= most })
	if kill {
		_ = p.cmd.Process.Kill()
	} else {
		_ = in.Close()
	}
	<-ended
	if status := p.cmd.Wait(); err == nil && !kill {
		err = status
	}
	return err
}

func pipeKilled() fault.Fault {
	s := writer.Spec{Kind: writer.Sluice, Compress: true}
	return fault.Fault{
		ID: "F1", Case: "kill-pipe", Title: "kill -9 of `sluice pipe --ack` at 10 random moments, 64 KiB a file, gzip", Injector: "SIGKILL",
		Needs:   []inject.Need{inject.Program("go", "")},
		Promise: "No line that was acknowledged is lost, none is there twice. No number is left out among those of the backups.",
		Sluice:  scenario(killedPipe).of(s),
	}
}
