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
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/handlers/remote"
)

// contender is who sends: sluice's handler, or a peer.
type contender struct {
	name, as string
	lines    bool // it sends lines of syslog, not frames
	needs    []inject.Need
	open     func(ctx context.Context, network, address string) (*sender, error)
}

// scene is a fault that a contender goes through.
type scene func(ctx context.Context, e *fault.Env, c contender) (balance.Result, error)

func (s scene) of(c contender) fault.Run {
	return func(ctx context.Context, e *fault.Env) (balance.Result, error) { return s(ctx, e, c) }
}

func (s scene) peers(all ...contender) []fault.Peer {
	var peers []fault.Peer
	for _, c := range all {
		peers = append(peers, fault.Peer{Name: c.name, As: c.as, Needs: c.needs, Run: s.of(c)})
	}
	return peers
}

// socket is sluice's SocketHandler.
func socket(o remote.SocketOptions) contender {
	return contender{open: func(_ context.Context, _, address string) (*sender, error) {
		host, port, err := splitAddress(address)
		if err != nil {
			return nil, err
		}
		h, err := remote.NewSocket(host, port, &o)
		return &sender{h: h, timed: true}, err
	}}
}

// datagram is sluice's DatagramHandler.
func datagram() contender {
	return contender{open: func(_ context.Context, _, address string) (*sender, error) {
		host, port, err := splitAddress(address)
		if err != nil {
			return nil, err
		}
		h, err := remote.NewDatagram(host, port, &remote.DatagramOptions{Options: remote.Options{OnError: quiet}})
		return &sender{h: h, timed: true}, err
	}}
}

// splitAddress gives what the handlers are told: a host and a port, or a path and none.
func splitAddress(address string) (string, *int, error) {
	if address[0] == '/' {
		return address, nil, nil
	}
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return "", nil, err
	}
	return a.IP.String(), &a.Port, nil
}

// logSyslog is Go's log/syslog.
func logSyslog() contender {
	return contender{name: "log/syslog", lines: true, open: func(_ context.Context, network, address string) (*sender, error) {
		w, err := syslog.Dial(network, address, syslog.LOG_INFO, "faults")
		if err != nil {
			return nil, err
		}
		return &sender{peer: newApart(w.Info, func() { _ = w.Close() }), timed: true}, nil
	}}
}

//go:embed send.py
var sendScript string

// cpython is one of CPython's handlers; see send.py for the kinds.
func cpython(class, kind string, lines bool) contender {
	return contender{name: "CPython", as: class, lines: lines, needs: []inject.Need{inject.Python()}, open: func(ctx context.Context, _, address string) (*sender, error) {
		path, err := inject.Look("python3")
		if err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, path, "-c", sendScript, kind, address)
		cmd.WaitDelay = time.Second
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		answers := bufio.NewReader(out)
		if _, err := answers.ReadString('\n'); err != nil {
			return nil, errors.Join(errors.New("python3 did not start"), err, cmd.Wait())
		}
		call := func(text string) error {
			if _, err := fmt.Fprintln(in, text); err != nil {
				return err
			}
			switch answer, err := answers.ReadString('\n'); {
			case err != nil:
				return err
			case answer != "+\n":
				return errors.New("handleError was called")
			}
			return nil
		}
		end := func() { _ = in.Close(); _ = cmd.Wait() }
		return &sender{peer: newApart(call, end), timed: true}, nil
	}}
}

func socketHandler() contender { return cpython("SocketHandler", "socket", false) }

func sysLogHandler() contender { return cpython("SysLogHandler over TCP", "syslog-tcp", true) }
