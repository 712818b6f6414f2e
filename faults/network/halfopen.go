package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/redial"
)

// noticed is within what a dead peer is to be noticed on Linux.
const noticed = 10 * time.Second

func halfOpen() fault.Fault {
	return fault.Fault{
		ID: "F15", Case: "half-open", Title: "the line to the peer is dead for a minute, without a word",
		Injector: "a network namespace whose interface is set down",
		Promise:  "With hold and replay none is lost. The dead peer is noticed within 10 s.",
		Needs:    []inject.Need{inject.Linux(), inject.Root(), inject.Program("ip", "iproute2")},
		Limit:    3 * time.Minute, Seeds: 2, Skip: true,
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			return overLine(ctx, e, time.Minute, []string{"ip link set {peer} down"}, []string{"ip link set {peer} up"})
		},
	}
}

func lossy() fault.Fault {
	return fault.Fault{
		ID: "F15", Case: "loss", Title: "the line to the peer loses a tenth of the packets",
		Injector: "nftables in a network namespace",
		Promise:  "None is lost.",
		Needs:    []inject.Need{inject.Linux(), inject.Root(), inject.Program("ip", "iproute2"), inject.Program("nft", "nftables")},
		Limit:    3 * time.Minute, Seeds: 3, Skip: true,
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			return overLine(ctx, e, 0, []string{
				"nft add table inet f",
				"nft add chain inet f in { type filter hook input priority 0 ; }",
				"nft add rule inet f in numgen random mod 10 == 0 drop",
			}, nil)
		},
	}
}

// line is a network namespace with an interface to it.
type line struct{ space, here, peer, address string }

func newLine(ctx context.Context, e *fault.Env) (*line, error) {
	n := e.Seed%200 + 1
	l := &line{fmt.Sprintf("sluice%d", n), fmt.Sprintf("slh%d", n), fmt.Sprintf("slp%d", n), fmt.Sprintf("10.203.%d.2", n)}
	for _, command := range []string{
		"ip netns add " + l.space,
		"ip link add " + l.here + " type veth peer name " + l.peer + " netns " + l.space,
		"ip addr add " + strings.TrimSuffix(l.address, "2") + "1/24 dev " + l.here,
		"ip link set " + l.here + " up",
	} {
		if err := run(ctx, command); err != nil {
			return l, err
		}
	}
	return l, errors.Join(l.inside(ctx, "ip addr add "+l.address+"/24 dev "+l.peer), l.inside(ctx, "ip link set "+l.peer+" up"))
}

func run(ctx context.Context, command string) error {
	args := strings.Fields(command)
	if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", command, err, out)
	}
	return nil
}

func (l *line) inside(ctx context.Context, command string) error {
	return run(ctx, "ip netns exec "+l.space+" "+strings.ReplaceAll(command, "{peer}", l.peer))
}

func (l *line) remove() {
	ctx := context.Background()
	_ = run(ctx, "ip link del "+l.here)
	_ = run(ctx, "ip netns del "+l.space)
}

// overLine sends over a line that is broken for a while; 0: all the time.
func overLine(ctx context.Context, e *fault.Env, d time.Duration, breaks, mends []string) (balance.Result, error) {
	var ledger balance.Ledger
	ln, err := newLine(ctx, e)
	defer ln.remove()
	if err != nil {
		return balance.Result{}, err
	}
	file := e.Dir + "/log"
	path, err := inject.Look("python3")
	if err != nil {
		return balance.Result{}, err
	}
	const port = 9020
	cmd, err := startReady(exec.CommandContext(ctx, "ip", "netns", "exec", ln.space, path, "-u", "-c", collectScript, net.JoinHostPort(ln.address, fmt.Sprint(port)), file), "ready")
	if err != nil {
		return balance.Result{}, err
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	h, err := remote.NewSocket(ln.address, new(port), &remote.SocketOptions{
		Hold:    &redial.Hold{Bytes: 128 << 20, Replay: 8 << 20, Linger: time.Minute},
		Options: remote.Options{Timeout: 30 * time.Second, RetryStart: new(500 * time.Millisecond), RetryMax: new(time.Second), OnError: quiet},
	})
	if err != nil {
		return balance.Result{}, err
	}
	s := &sender{h: h, ledger: &ledger, size: 200}
	for range 1000 {
		s.send(ctx)
	}
	wait(ctx, time.Second)
	for _, command := range breaks {
		if err := ln.inside(ctx, command); err != nil {
			return balance.Result{}, err
		}
	}
	down := time.Now()
	var after time.Duration
	for s.next < 20000 || d > 0 && time.Since(down) < d {
		for range 20 {
			s.send(ctx)
		}
		if after == 0 && d > 0 && !remote.Of(h).Conn().Stats().Connected {
			after = time.Since(down)
		}
		wait(ctx, 20*time.Millisecond)
	}
	for _, command := range mends {
		if err := ln.inside(ctx, command); err != nil {
			return balance.Result{}, err
		}
	}
	for remote.Of(h).Stats().Held > 0 && ctx.Err() == nil {
		wait(ctx, 100*time.Millisecond)
	}
	closed := h.Close()
	wait(ctx, time.Second)
	if _, err := readNumbers(&ledger, file); err != nil {
		return balance.Result{}, err
	}
	r := ledger.Balance(balance.Counters{})
	s.counted(&r)
	s.deadline(&r, time.Second)
	if closed != nil {
		r.Break("Close: %v", closed)
	}
	r.Doubled = 0 // what was sent again; the receiver is Python's
	if d > 0 {
		r.Figure("the dead peer was noticed after, s", after.Seconds())
		if after == 0 || after > noticed+2*time.Second {
			r.Break("the dead peer was noticed after %v", after)
		}
	}
	return r, nil
}
