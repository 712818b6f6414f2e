// Package nodes runs three nats-server processes that are a cluster, by the
// configuration of examples/nats, and does to them what machines and networks do.
//
// # Limits
//
// All three share one machine and its disk. A node that is cut off has its network
// taken away, or its routes to the others; packets are not lost one by one.
package nodes

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice/faults/fault"
)

// Size is how many nodes a cluster has.
const Size = 3

// Options say how a cluster is made.
type Options struct {
	// Network gives each node a network of its own, which can be taken away. That
	// needs root.
	Network bool
	// Lazy leaves the nodes their own sync_interval instead of the recommended one.
	Lazy bool
	// Stores are the directories of the nodes; nil: in Env.Dir.
	Stores []string
}

// Cluster is three nodes.
type Cluster struct {
	Nodes  []*Node
	names  *names
	spaces *spaces // nil: all are in the machine's own network
	conn   *nats.Conn
	js     jetstream.JetStream
}

// Start starts the nodes and waits until they have found each other.
func Start(ctx context.Context, e *fault.Env, o Options) (_ *Cluster, err error) {
	c := &Cluster{names: newNames(e.Dir, o.Network)}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	if err := c.names.certify(); err != nil {
		return nil, err
	}
	config, err := configure(e.Dir, o.Lazy)
	if err != nil {
		return nil, err
	}
	if o.Network {
		if c.spaces, err = newSpaces(ctx, c.names); err != nil {
			return nil, err
		}
	}
	for i := range Size {
		store := filepath.Join(e.Dir, fmt.Sprintf("node%d", i))
		if o.Stores != nil {
			store = o.Stores[i]
		}
		env, err := c.names.environment(i, store)
		if err != nil {
			return nil, err
		}
		line := append(c.spaces.inside(i), e.Child("nats-server", "-c", config)...)
		n := &Node{Store: store, index: i, line: line, env: env, log: filepath.Join(e.Dir, fmt.Sprintf("node%d.log", i)), e: e}
		c.Nodes = append(c.Nodes, n)
		if err := n.Start(ctx); err != nil {
			return nil, err
		}
	}
	return c, c.connect(ctx)
}

// configure writes the configuration of examples/nats to dir.
func configure(dir string, lazy bool) (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/sluicelog/sluice").Output()
	if err != nil {
		return "", fmt.Errorf("where the module lies: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "examples", "nats", "nats-server.conf"))
	if err != nil {
		return "", err
	}
	if lazy {
		const sync = "sync_interval: always"
		if strings.Count(string(text), sync) != 1 {
			return "", fmt.Errorf("the configuration does not say %q", sync)
		}
		text = []byte(strings.Replace(string(text), sync, "", 1))
	}
	path := filepath.Join(dir, "nats-server.conf")
	return path, os.WriteFile(path, text, 0o600)
}

// connect connects the harness itself, which looks at the cluster and writes nothing.
func (c *Cluster) connect(ctx context.Context) error {
	secure, err := c.names.client()
	if err != nil {
		return err
	}
	err = fault.Until(ctx, func() bool {
		c.conn, err = nats.Connect(c.URL(), nats.Secure(secure), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond),
			nats.PingInterval(time.Second), nats.MaxPingsOutstanding(1), nats.Timeout(time.Second))
		return err == nil
	})
	if err != nil {
		return err
	}
	if c.js, err = jetstream.New(c.conn); err != nil {
		return err
	}
	return c.Ready(ctx)
}

// Ready waits until JetStream answers: there is a majority, and it has a leader.
func (c *Cluster) Ready(ctx context.Context) error {
	return fault.Until(ctx, func() bool {
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := c.js.AccountInfo(short)
		return err == nil
	})
}

// URL names all nodes, and has the user and the password.
func (c *Cluster) URL() string { return c.names.url() }

// CA is the path of the certificate of who signed those of the nodes.
func (c *Cluster) CA() string { return c.names.ca() }

// TLS is the client's part of it.
func (c *Cluster) TLS() (*tls.Config, error) { return c.names.client() }

// JetStream is the harness's own connection.
func (c *Cluster) JetStream() jetstream.JetStream { return c.js }

// Info asks for what the stream's leader knows; an error if there is none.
func (c *Cluster) Info(ctx context.Context, stream string) (*jetstream.StreamInfo, error) {
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	s, err := c.js.Stream(short, stream)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
	case err != nil:
		return nil, err
	case alone(s.CachedInfo()):
		err = errAlone
	default:
		return s.CachedInfo(), nil
	}
	// The node at the other end may be cut off from the others, while they have a
	// leader: the next one is asked.
	return nil, errors.Join(err, c.conn.ForceReconnect())
}

var errAlone = errors.New("whoever answers knows of no leader that hears of the others")

// alone says that who answers knows no leader, or is one that no replica has answered
// for a while.
func alone(info *jetstream.StreamInfo) bool {
	const heartbeats = 5 * time.Second // some of them
	if info.Cluster == nil || info.Cluster.Leader == "" {
		return true
	}
	for _, r := range info.Cluster.Replicas {
		if r.Active < heartbeats {
			return false
		}
	}
	return len(info.Cluster.Replicas) > 0
}

// Leader waits for the stream to have a leader, and says which node it is.
func (c *Cluster) Leader(ctx context.Context, stream string) (leader int, err error) {
	err = fault.Until(ctx, func() bool {
		info, err := c.Info(ctx, stream)
		if err != nil || info.Cluster == nil {
			return false
		}
		for i := range c.Nodes {
			if info.Cluster.Leader == c.names.node(i) {
				leader = i
				return true
			}
		}
		return false
	})
	return leader, err
}

// Lead waits until node i leads the consumer.
func (c *Cluster) Lead(ctx context.Context, stream, consumer string, i int) error {
	name := c.names.node(i)
	subject := "$JS.API.CONSUMER.LEADER.STEPDOWN." + stream + "." + consumer
	return fault.Until(ctx, func() bool {
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if found, err := c.js.Consumer(short, stream, consumer); err == nil {
			if cluster := found.CachedInfo().Cluster; cluster != nil && cluster.Leader == name {
				return true
			}
		}
		// It may be in between, and is asked again.
		_, _ = c.conn.RequestWithContext(short, subject, fmt.Appendf(nil, `{"placement":{"preferred":%q}}`, name))
		return false
	})
}

// Whole waits until the leader of the stream has heard of every other replica that it
// has all: until then one more node that fails takes the majority away.
func (c *Cluster) Whole(ctx context.Context, stream string) error {
	return fault.Until(ctx, func() bool {
		info, err := c.Info(ctx, stream)
		if err != nil || info.Cluster == nil || len(info.Cluster.Replicas) != info.Config.Replicas-1 {
			return false
		}
		for _, r := range info.Cluster.Replicas {
			if !r.Current || r.Offline {
				return false
			}
		}
		return true
	})
}

// Close kills the nodes and takes their networks away.
func (c *Cluster) Close() {
	if c.conn != nil {
		c.conn.Close()
	}
	for _, n := range c.Nodes {
		n.Kill()
	}
	c.spaces.remove()
}

// Cut takes the network of a node away.
func (c *Cluster) Cut(ctx context.Context, i int) error { return c.spaces.cut(ctx, i) }

// Mend gives it back.
func (c *Cluster) Mend(ctx context.Context, i int) error { return c.spaces.mend(ctx, i) }

// CutRoutes takes away only a node's way to the other nodes: clients still reach it.
func (c *Cluster) CutRoutes(ctx context.Context, i int) error {
	return c.others(i, func(j int) error { return c.spaces.cutRoute(ctx, i, c.names.host(j)) })
}

// MendRoutes gives it back.
func (c *Cluster) MendRoutes(ctx context.Context, i int) error {
	return c.others(i, func(j int) error { return c.spaces.mendRoute(ctx, i, c.names.host(j)) })
}

func (c *Cluster) others(i int, do func(j int) error) error {
	var errs []error
	for j := range c.Nodes {
		if j != i {
			errs = append(errs, do(j))
		}
	}
	return errors.Join(errs...)
}
