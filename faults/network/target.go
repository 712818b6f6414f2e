package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/internal/freeport"
)

// target is a running receiver that is meant harm.
type target struct {
	address string
	file    string
	pid     int
	stop    func() error // once it has written what it had read
}

type targetFunc func(ctx context.Context, e *fault.Env) (target, error)

// program is sluice serve as a target, with further flags.
func program(flags ...string) targetFunc {
	return func(ctx context.Context, e *fault.Env) (target, error) {
		s, err := startServe(ctx, e, flags...)
		if err != nil {
			return target{}, err
		}
		return target{s.addresses[overTCP], s.file, s.cmd.Process.Pid, func() error {
			_, err := s.stop()
			return err
		}}, nil
	}
}

// cookbookTarget is the receiver of Python's cookbook as one, with room for so many GiB
// of addresses.
func cookbookTarget(gib int) targetFunc {
	return func(ctx context.Context, e *fault.Env) (target, error) {
		own, err := freeport.Hold()
		if err != nil {
			return target{}, err
		}
		address := own.Addr().String()
		v, file := cookbook(), filepath.Join(e.Dir, "log")
		command := v.command
		v.command = func(ctx context.Context, e *fault.Env, address, file string) ([]string, string, error) {
			line, ready, err := command(ctx, e, address, file)
			return append([]string{"prlimit", "--as=" + fmt.Sprint(gib<<30), "--core=0"}, line...), ready, err
		}
		cmd, err := v.start(ctx, e, "", address, file)
		if err != nil {
			return target{}, errors.Join(err, own.Close())
		}
		return target{address, file, cmd.Process.Pid, func() error {
			v.end(ctx, cmd)
			return own.Close()
		}}, nil
	}
}

func cookbookPeer(run fault.Run) []fault.Peer {
	return []fault.Peer{{Name: "CPython", As: "the cookbook's receiver", Needs: []inject.Need{inject.Python(), inject.Program("prlimit", "util-linux")}, Run: run}}
}

// memory breaks the promise that a process has never had more than most MiB in memory.
func memory(r *balance.Result, pid, most int) {
	mib, err := peak(pid, "VmHWM")
	if err != nil {
		r.Break("it is dead: %v", err)
		return
	}
	r.Figure("memory, MiB", mib)
	if mib > float64(most) {
		r.Break("%.0f MiB in memory, the bound is %d", mib, most)
	}
}

// peak is a figure of proc(5)'s status, in MiB.
func peak(pid int, name string) (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for text := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(text, name+":"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kib) / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, name)
}
