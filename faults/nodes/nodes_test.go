package nodes_test

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/nodes"
)

// TestMain is also what the nodes run.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		if err := nodes.Child(os.Args[3:]); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// patience is for elections, of which each takes up to ten seconds, or as much again if
// a vote is lost, and for a machine that is busy.
const patience = 5 * time.Minute

// in runs do as the run of a fault.
func in(t *testing.T, do func(ctx context.Context, e *fault.Env) error) {
	t.Helper()
	r := fault.Runner{First: 1, Seeds: 1, Dir: t.TempDir(), Log: io.Discard}
	o := r.Run(t.Context(), fault.Fault{ID: "F0", Case: "test", Limit: patience, Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
		return balance.Result{Accepted: 1}, do(ctx, e)
	}})
	for _, failure := range o.Failed {
		t.Error(failure)
	}
}

// TestCluster: three nodes by the shipped configuration keep what they acknowledged
// when the one that leads is killed, and it catches up when it is back.
func TestCluster(t *testing.T) {
	t.Parallel()
	in(t, func(ctx context.Context, e *fault.Env) error {
		c, err := nodes.Start(ctx, e, nodes.Options{})
		if err != nil {
			return err
		}
		defer c.Close()
		js := c.JetStream()
		if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "x", Subjects: []string{"x"}, Replicas: nodes.Size}); err != nil {
			return err
		}
		leader, err := c.Leader(ctx, "x")
		if err != nil {
			return err
		}
		if _, err := js.Publish(ctx, "x", nil); err != nil {
			return err
		}
		c.Nodes[leader].Kill()
		if err := publish(ctx, js); err != nil {
			return err
		}
		next, err := c.Leader(ctx, "x")
		if err != nil {
			return err
		}
		if next == leader {
			return errors.New("who was killed leads")
		}
		if err := c.Nodes[leader].Start(ctx); err != nil {
			return err
		}
		if err := c.Whole(ctx, "x"); err != nil {
			return err
		}
		info, err := c.Info(ctx, "x")
		if err == nil && info.State.Msgs != 2 {
			t.Errorf("%d messages, want 2", info.State.Msgs)
		}
		return err
	})
}

// publish publishes one message, for as long as that takes.
func publish(ctx context.Context, js jetstream.JetStream) error {
	return fault.Until(ctx, func() bool {
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := js.Publish(short, "x", nil, jetstream.WithMsgID("second"))
		return err == nil
	})
}

// TestCut: a node without its network, or without its way to the others, leads nobody.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, need := range nodes.Needs() {
		if err := need.Probe(); err != nil {
			if os.Getenv("SLUICE_PEERS") == "required" && need.Package != "" {
				t.Fatalf("%s (%s): %v", need.Name, need.Package, err)
			}
			t.Skipf("%s (Debian's %s): %v", need.Name, need.Package, err)
		}
	}
	in(t, func(ctx context.Context, e *fault.Env) error {
		c, err := nodes.Start(ctx, e, nodes.Options{Network: true})
		if err != nil {
			return err
		}
		defer c.Close()
		js := c.JetStream()
		if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "x", Subjects: []string{"x"}, Replicas: nodes.Size}); err != nil {
			return err
		}
		for _, way := range []struct {
			cut, mend func(ctx context.Context, i int) error
		}{{c.Cut, c.Mend}, {c.CutRoutes, c.MendRoutes}} {
			leader, err := c.Leader(ctx, "x")
			if err != nil {
				return err
			}
			if err := way.cut(ctx, leader); err != nil {
				return err
			}
			err = fault.Until(ctx, func() bool {
				next, err := c.Leader(ctx, "x")
				return err == nil && next != leader
			})
			if err != nil {
				return err
			}
			if err := way.mend(ctx, leader); err != nil {
				return err
			}
			if err := c.Whole(ctx, "x"); err != nil {
				return err
			}
		}
		return nil
	})
}
