package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
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
		Needs:    []inject.Need{inject.Linux(), inject.Root(), inject.Program("ip", "iproute2"), inject.Python()},
		Limit:    4 * time.Minute, Seeds: 5,
		Sluice: deadLine(cookbook()).of(holding()),
		Peers:  slices.Concat(deadLine(cookbook()).peers(socketHandler()), deadLine(rsyslogd()).peers(sysLogHandler(), logSyslog())),
	}
}

func deadLine(v receiver) scene {
	return func(ctx context.Context, e *fault.Env, c contender) (balance.Result, error) {
		down := time.Duration(e.Of(60, 15)) * time.Second
		return overLine(ctx, e, c, v, down, []string{"ip link set {peer} down"}, []string{"ip link set {peer} up"})
	}
}

func lossy() fault.Fault {
	return fault.Fault{
		ID: "F15", Case: "loss", Title: "the line to the peer loses a tenth of the packets",
		Injector: "nftables in a network namespace",
		Promise:  "None is lost.",
		Needs:    []inject.Need{inject.Linux(), inject.Root(), inject.Program("ip", "iproute2"), inject.Program("nft", "nftables"), inject.Python()},
		Limit:    4 * time.Minute,
		Sluice:   badLine(cookbook()).of(holding()),
		Peers:    slices.Concat(badLine(cookbook()).peers(socketHandler()), badLine(rsyslogd()).peers(sysLogHandler(), logSyslog())),
	}
}

func badLine(v receiver) scene {
	return func(ctx context.Context, e *fault.Env, c contender) (balance.Result, error) {
		return overLine(ctx, e, c, v, 0, []string{
			"nft add table inet f",
			"nft add chain inet f in { type filter hook input priority 0 ; }",
			"nft add rule inet f in numgen random mod 10 == 0 drop",
		}, nil)
	}
}

// holding is sluice's SocketHandler that holds what it cannot send.
func holding() contender {
	return socket(remote.SocketOptions{
		Hold:    &redial.Hold{Bytes: 128 << 20, Linger: time.Minute},
		Options: remote.Options{Timeout: 30 * time.Second, RetryStart: new(500 * time.Millisecond), RetryMax: new(time.Second), OnError: quiet},
	})
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
func overLine(ctx context.Context, e *fault.Env, c contender, v receiver, d time.Duration, breaks, mends []string) (balance.Result, error) {
	var l balance.Ledger
	ln, err := newLine(ctx, e)
	defer ln.remove()
	if err != nil {
		return balance.Result{}, err
	}
	file, address := filepath.Join(e.Dir, "log"), net.JoinHostPort(ln.address, "9020")
	cmd, err := v.start(ctx, e, ln.space, address, file)
	if err != nil {
		return balance.Result{}, err
	}
	defer kill(cmd)
	s, err := c.open(ctx, "tcp", address)
	if err != nil {
		return balance.Result{}, err
	}
	s.ledger, s.size = &l, 200
	for range 1000 {
		s.send(ctx)
	}
	fault.Wait(ctx, time.Second)
	if err := ln.all(ctx, breaks); err != nil {
		return balance.Result{}, err
	}
	down, waited := time.Now(), fault.ProcessorWait()
	var after, busy time.Duration
	unnoticed := func() bool { return after == 0 && d > 0 && s.h != nil }
	for (s.next < e.Of(20000, 3000) || time.Since(down) < d || unnoticed() && time.Since(down) < d+time.Minute) && !s.hung && ctx.Err() == nil {
		for i := 0; i < 20 && !s.hung; i++ {
			s.send(ctx)
		}
		if unnoticed() && !remote.Of(s.h).Conn().Stats().Connected {
			after, busy = time.Since(down), fault.ProcessorWait()-waited
		}
		fault.Wait(ctx, 20*time.Millisecond)
	}
	fault.Wait(ctx, time.Until(down.Add(d)))
	if err := ln.all(ctx, mends); err != nil {
		return balance.Result{}, err
	}
	if s.h != nil {
		if err := fault.Until(ctx, func() bool { return remote.Of(s.h).Stats().Held == 0 }); err != nil {
			return balance.Result{}, err
		}
	}
	closed := s.close(ctx)
	if c.name == "" {
		arrived(ctx, &l, file)
	} else {
		fault.Wait(ctx, 6*time.Second) // what the system still has of a peer's comes by then
	}
	if _, err := readNumbers(&l, file); err != nil {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	s.counted(&r)
	s.deadline(&r, time.Second)
	if closed != nil {
		r.Break("Close: %v", closed)
	}
	if c.name == "" {
		r.Doubled = 0 // what was sent again; the receiver is Python's
	}
	if d > 0 && s.h != nil {
		r.Figure("the dead peer was noticed after, s", after.Seconds())
		if after == 0 || after-busy > noticed+2*time.Second {
			r.Break("the dead peer was noticed after %v", after)
		}
	}
	return r, nil
}

// all runs commands in the namespace.
func (l *line) all(ctx context.Context, commands []string) error {
	for _, command := range commands {
		if err := l.inside(ctx, command); err != nil {
			return err
		}
	}
	return nil
}
