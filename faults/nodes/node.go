package nodes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/sluicelog/sluice/faults/fault"
)

// Node is one of the processes. Its methods are for one goroutine.
type Node struct {
	Store string // the directory with what it has been given

	index int
	line  []string
	env   []string
	log   string
	e     *fault.Env
	cmd   *exec.Cmd // nil: it does not run
}

// Start starts it, and does not wait until it has found the others.
func (n *Node) Start(ctx context.Context) error {
	if n.cmd != nil {
		return fmt.Errorf("node %d runs", n.index)
	}
	log, err := os.OpenFile(n.log, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := n.e.Command(ctx, n.line)
	cmd.Env, cmd.Stdout, cmd.Stderr = n.env, log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("node %d: %w", n.index, err)
	}
	n.cmd = cmd
	return nil
}

// Kill ends it without a word.
func (n *Node) Kill() { n.end(syscall.SIGKILL) }

// Stop ends it as who restarts a service does, and waits until it has ended.
func (n *Node) Stop() { n.end(syscall.SIGTERM) }

func (n *Node) end(sig syscall.Signal) {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Signal(sig)
	_ = n.cmd.Wait() // it says that it was killed
	n.cmd = nil
}

// Pause stops it where it is, until Resume.
func (n *Node) Pause() error { return n.signal(syscall.SIGSTOP) }

// Resume lets it go on.
func (n *Node) Resume() error { return n.signal(syscall.SIGCONT) }

func (n *Node) signal(sig syscall.Signal) error {
	if n.cmd == nil {
		return errors.New("the node does not run")
	}
	return n.cmd.Process.Signal(sig)
}
