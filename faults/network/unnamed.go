package network

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/internal/freeport"
)

func unnamed() fault.Fault {
	return fault.Fault{
		ID: "F14", Case: "serve-unnamed", Title: "the receiver, sluice serve, is killed 10 times just when its file has grown; the records have no ID",
		Injector: "SIGKILL",
		Promise:  "What is in the file is there once, as serve gives each record an ID; of a line that was being written there may be a piece, on a line of its own. What serve had not read is lost, as the sender keeps nothing.",
		Limit:    3 * time.Minute,
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			file := filepath.Join(e.Dir, "log")
			own, err := freeport.Hold()
			if err != nil {
				return balance.Result{}, err
			}
			defer func() { _ = own.Close() }()
			var l balance.Ledger
			next, runs := 0, e.Of(10, 3)
			for range runs {
				if next, err = killGrowing(ctx, e, own.Addr(), &l, file, next); err != nil {
					return balance.Result{}, err
				}
			}
			last, err := serve().start(ctx, e, "", own.Addr().String(), file)
			if err != nil {
				return balance.Result{}, err
			}
			serve().end(ctx, last) // what waits is on its way to the file
			err = readWhole(&l, file)
			r := l.Balance(balance.Counters{})
			r.Runs = runs
			r.Torn = max(0, r.Torn-runs)
			return r, err
		},
	}
}

// killGrowing starts the receiver, sends it records from number next on, and kills it
// when some thousand are sent and its file grows: it may not have noted yet that they
// are written.
func killGrowing(ctx context.Context, e *fault.Env, address *net.TCPAddr, l *balance.Ledger, file string, next int) (int, error) {
	cmd, err := serve().start(ctx, e, "", address.String(), file)
	if err != nil {
		return 0, err
	}
	h, err := remote.NewSocket("127.0.0.1", &address.Port, &remote.SocketOptions{Options: remote.Options{OnError: quiet}})
	if err != nil {
		return 0, err
	}
	s := &sender{h: h, ledger: l, next: next, size: 200}
	var stop atomic.Bool
	var sent atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for !stop.Load() {
			if id := (balance.ID{Seq: s.next}); s.send(ctx) {
				l.Open(id) // it may be in no more than a socket's buffer
			}
			sent.Add(1)
		}
	}()
	at := int64(500 + e.Rand.IntN(e.Of(3000, 1000)))
	err = fault.Until(ctx, func() bool { return sent.Load() >= at })
	for was := length(file); err == nil && length(file) == was; {
		err = ctx.Err()
	}
	kill(cmd)
	stop.Store(true)
	<-ended
	_ = h.Close() // nobody is there any more
	return s.next, err
}

// readWhole gives the ledger the lines of a file. One that is the beginning of another
// one is a piece, though its message may be whole.
func readWhole(l *balance.Ledger, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := map[string]string{} // by message
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		message := recordLine.FindString(line)
		other, again := lines[message]
		switch {
		case message == "" || again && line != other && strings.HasPrefix(other, line):
			l.Torn([]byte(line))
		case again && line != other && strings.HasPrefix(line, other):
			l.Torn([]byte(other))
			lines[message] = line
		default:
			l.Found([]byte(message))
			lines[message] = line
		}
	}
	return nil
}

// length is that of a file; 0: it is not there.
func length(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}
