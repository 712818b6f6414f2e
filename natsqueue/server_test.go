package natsqueue

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const patience = 10 * time.Second

// node is a server under test, with its own directory.
type node struct {
	*server.Server
	options *server.Options
}

// run starts a server in the directory that o has, or in one of the test's.
func run(t testing.TB, o *server.Options) *node {
	t.Helper()
	o.Host, o.NoLog, o.NoSigs, o.JetStream = "127.0.0.1", true, true, true
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	if o.StoreDir == "" {
		o.StoreDir = t.TempDir()
	}
	n := &node{options: o}
	n.start(t)
	t.Cleanup(n.stop)
	return n
}

func (n *node) start(t testing.TB) {
	t.Helper()
	copied := *n.options
	s, err := server.NewServer(&copied)
	if err != nil {
		t.Fatal(err)
	}
	n.Server = s
	s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not come up")
	}
	// The next one is found under the same address.
	n.options.Port = copied.Port
}

func (n *node) stop() {
	n.Shutdown()
	n.WaitForShutdown()
}

// one runs a single server.
func one(t testing.TB) *node { return run(t, &server.Options{SyncAlways: true}) }

// three runs a cluster.
func three(t testing.TB) []*node {
	t.Helper()
	const size = 3
	var ports [size]int
	var routes []string
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = l.Addr().(*net.TCPAddr).Port
		routes = append(routes, "nats://"+l.Addr().String())
		_ = l.Close()
	}
	var nodes []*node
	for i, port := range ports {
		nodes = append(nodes, run(t, &server.Options{
			ServerName: fmt.Sprintf("n%d", i+1), SyncAlways: true,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port},
			Routes:  server.RoutesFromStr(strings.Join(routes, ",")),
		}))
	}
	until(t, "the cluster has a leader", func() bool {
		return slices.ContainsFunc(nodes, func(n *node) bool { return n.JetStreamIsLeader() && len(n.JetStreamClusterPeers()) == size })
	})
	return nodes
}

// until waits for what has no event of its own.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("in vain: %s", what)
		}
	}
}
