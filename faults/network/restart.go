package network

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/internal/freeport"
	"github.com/sluicelog/sluice/redial"
)

func restarted() fault.Fault {
	return fault.Fault{
		ID: "F14", Case: "serve-killed", Title: "the receiver, sluice serve, is killed five times for 0.5 to 3 s, and once for 30 s",
		Injector: "SIGKILL, while 100 000 records are sent at 20 000 in a second",
		Promise:  "With hold and replay none is lost, and none is there twice.",
		Limit:    3 * time.Minute, Seeds: 5,
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			return throughKills(ctx, e, serve(), false)
		},
	}
}

func restartedPython() fault.Fault {
	return fault.Fault{
		ID: "F14", Case: "cookbook-killed", Title: "the receiver, that of Python's cookbook, is killed likewise",
		Injector: "SIGKILL, while 100 000 records are sent at 20 000 in a second",
		Promise:  "With hold and replay none is lost; what is there twice was sent again: as much as the window of this receiver has shown that it may have unread.",
		Needs:    []inject.Need{inject.Python()},
		Limit:    3 * time.Minute, Seeds: 5,
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			return throughKills(ctx, e, cookbook(), true)
		},
		Peers: []fault.Peer{{Name: "CPython", As: "SocketHandler", Needs: []inject.Need{inject.Python()}, Run: pythonThroughKills}},
	}
}

// gaps are how long the receiver is away.
func gaps(e *fault.Env) []time.Duration {
	if e.Short {
		return []time.Duration{300 * time.Millisecond}
	}
	var all []time.Duration
	for range 5 {
		all = append(all, 500*time.Millisecond+time.Duration(e.Rand.Int64N(int64(2500*time.Millisecond))))
	}
	return append(all, 30*time.Second)
}

// kills starts a receiver, and kills it and starts it again until all gaps are over
// and leave is closed.
func kills(ctx context.Context, e *fault.Env, address, file string, v receiver, gaps []time.Duration, leave <-chan struct{}) error {
	for _, gap := range gaps {
		cmd, err := v.start(ctx, e, "", address, file)
		if err != nil {
			return err
		}
		fault.Wait(ctx, 700*time.Millisecond)
		kill(cmd)
		fault.Wait(ctx, gap)
	}
	cmd, err := v.start(ctx, e, "", address, file)
	if err != nil {
		return err
	}
	<-leave
	v.end(ctx, cmd) // what it has read is on its way to the file
	return nil
}

// throughKills sends while the receiver is killed, and reads its file. twice: it does not
// remove what is sent again.
func throughKills(ctx context.Context, e *fault.Env, v receiver, twice bool) (balance.Result, error) {
	own, err := freeport.Hold()
	if err != nil {
		return balance.Result{}, err
	}
	defer func() { _ = own.Close() }()
	h, err := remote.NewSocket("127.0.0.1", &own.Addr().Port, &remote.SocketOptions{
		Hold:    &redial.Hold{Bytes: 128 << 20, Linger: time.Minute},
		Options: remote.Options{RetryStart: new(100 * time.Millisecond), RetryMax: new(time.Second), OnError: quiet},
	})
	if err != nil {
		return balance.Result{}, err
	}
	var l balance.Ledger
	file, leave, killed := filepath.Join(e.Dir, "log"), make(chan struct{}), make(chan error, 1)
	go func() { killed <- kills(ctx, e, own.Addr().String(), file, v, gaps(e), leave) }()
	s := &sender{h: h, ledger: &l, size: 200}
	ticks := time.NewTicker(5 * time.Millisecond)
	defer ticks.Stop()
	for s.next < e.Of(100000, 20000) {
		<-ticks.C
		for range 100 {
			s.send(ctx)
		}
	}
	// Close waits until the peer has read all; the last of them must be there first.
	if err := fault.Until(ctx, func() bool { return remote.Of(h).Stats().Held == 0 }); err != nil {
		return balance.Result{}, err
	}
	closed := h.Close()
	arrived(ctx, &l, file)
	close(leave)
	if err := <-killed; err != nil {
		return balance.Result{}, err
	}
	again, err := readNumbers(&l, file)
	if err != nil {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	st := remote.Of(h).Conn().Stats()
	if closed != nil {
		r.Break("Close: %v", closed)
	}
	s.counted(&r)
	r.Figure("records that were sent again", float64(st.Replayed))
	r.Figure("records that are there twice", float64(again))
	if twice {
		if uint64(r.Doubled) > st.Replayed {
			r.Break("%d records are there twice, %d were sent again", r.Doubled, st.Replayed)
		}
		r.Doubled = 0 // is within what was promised
	}
	return r, nil
}

// pythonThroughKills is CPython's SocketHandler at the same rate.
func pythonThroughKills(ctx context.Context, e *fault.Env) (balance.Result, error) {
	own, err := freeport.Hold()
	if err != nil {
		return balance.Result{}, err
	}
	defer func() { _ = own.Close() }()
	address := own.Addr().String()
	file, leave, killed := filepath.Join(e.Dir, "log"), make(chan struct{}), make(chan error, 1)
	go func() { killed <- kills(ctx, e, address, file, cookbook(), gaps(e), leave) }()
	n := e.Of(100000, 20000)
	cmd := exec.CommandContext(ctx, "python3", "-c", pythonSender, address, fmt.Sprint(n))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return balance.Result{}, err
	}
	if err := cmd.Start(); err != nil {
		return balance.Result{}, err
	}
	var l balance.Ledger
	for i := range n {
		id := balance.ID{Seq: i}
		if _, err := fmt.Fprintln(in, message(id, 200)); err != nil {
			return balance.Result{}, err
		}
		l.Accept(id) // nothing is ever told to the caller
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		return balance.Result{}, err
	}
	close(leave)
	if err := <-killed; err != nil {
		return balance.Result{}, err
	}
	if _, err := readNumbers(&l, file); err != nil {
		return balance.Result{}, err
	}
	return l.Balance(balance.Counters{}), nil
}

const pythonSender = `
import logging, logging.handlers, sys, time
host, port = sys.argv[1].rsplit(":", 1)
log = logging.getLogger("faults")
log.setLevel(logging.INFO)
log.addHandler(logging.handlers.SocketHandler(host, int(port)))
start = time.monotonic()
for i, line in enumerate(sys.stdin):
    if i % 100 == 0:
        time.sleep(max(0, start + i / 20000 - time.monotonic()))
    log.info("%s", line.rstrip("\n"))
`

var recordLine = regexp.MustCompile(`\d+ \d+ [a-z]{50,} [0-9a-f]{8}`)

// readNumbers gives the ledger the records of a file, and says how many are there once
// more.
func readNumbers(l *balance.Ledger, file string) (again int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	seen := map[balance.ID]bool{}
	for in := bufio.NewScanner(f); in.Scan(); {
		line := recordLine.Find(in.Bytes())
		if line == nil {
			l.Torn(in.Bytes())
			continue
		}
		if id, ok := l.Found(line); ok {
			if seen[id] {
				again++
			}
			seen[id] = true
		}
	}
	return again, nil
}
