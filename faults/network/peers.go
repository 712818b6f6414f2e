package network

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/syslog"
	"net"
	"os/exec"
	"strings"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
)

// logSyslog is Go's log/syslog over TCP against a peer that never reads.
func logSyslog(string) fault.Peer {
	return fault.Peer{Name: "log/syslog", As: "over TCP", Run: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
		var l balance.Ledger
		goOn := make(chan struct{})
		p, err := listen(&l, func(_ *peer, c *net.TCPConn) {
			<-goOn
			for in := bufio.NewScanner(c); in.Scan(); {
				if _, text, ok := strings.Cut(in.Text(), "]: "); ok {
					l.Found([]byte(text))
				}
			}
		})
		if err != nil {
			return balance.Result{}, err
		}
		defer p.Close()
		w, err := syslog.Dial("tcp", p.Addr().String(), syslog.LOG_INFO, "faults")
		if err != nil {
			return balance.Result{}, err
		}
		stop, cancel := context.WithCancel(ctx)
		defer cancel()
		ended := make(chan struct{})
		sent := 0
		go func() {
			defer close(ended)
			for i := 0; stop.Err() == nil && i < 1<<20; i++ {
				id := balance.ID{Seq: i}
				if w.Info(message(id, 1000)) != nil {
					l.Refuse(id)
					return
				}
				l.Accept(id)
				sent = i
			}
		}()
		hung := false
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			hung = true
		}
		cancel()
		close(goOn) // it goes on as soon as the peer reads
		<-ended
		_ = w.Close()
		p.conns.Wait()
		r := l.Balance(balance.Counters{})
		if hung {
			r.Break("a call hung for 5 s, without a deadline")
		}
		r.Notes = append(r.Notes, fmt.Sprintf("%d records went before", sent))
		return r, nil
	}}
}

//go:embed collect.py
var collectScript string

// cookbook is the receiver of CPython's logging cookbook, which writes each record's
// message to a file.
type cookbook struct{ file string }

func (c cookbook) start(ctx context.Context, address string) (*exec.Cmd, error) {
	path, err := inject.Look("python3")
	if err != nil {
		return nil, err
	}
	return startReady(exec.CommandContext(ctx, path, "-u", "-c", collectScript, address, c.file), "ready")
}

// startReady starts cmd and waits until it prints a line that contains text.
func startReady(cmd *exec.Cmd, text string) (*exec.Cmd, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), text) {
			return cmd, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("%s did not start", cmd.Path), cmd.Wait())
}
