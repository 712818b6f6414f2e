// Package natstest runs servers of NATS with JetStream inside the process, for tests
// of what is built on package natsqueue: one, or a cluster, with real files.
//
// # Limits
//
// The servers of a cluster are goroutines of one process: none of them can be
// killed, and a power cut is another matter.
package natstest

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/sluicelog/sluice/internal/freeport"
)

// patience is how long a server may take to come up.
const patience = time.Minute

// Server is one server. Its methods are not safe for concurrent use.
type Server struct {
	*server.Server
	options server.Options
	ports   []*freeport.Port // that are its own also while it is stopped
}

// Start starts a server whose files are in dir, and that listens on this machine
// alone. o may be nil; what it says of the address, of logs and of the directory does
// not count.
func Start(dir string, o *server.Options) (*Server, error) {
	s := &Server{}
	if o != nil {
		s.options = *o
	}
	s.options.Host, s.options.StoreDir = "127.0.0.1", dir
	s.options.NoLog, s.options.NoSigs, s.options.JetStream = true, true, true
	if s.options.Port == 0 || s.options.Port == server.RANDOM_PORT {
		p, err := freeport.Hold()
		if err != nil {
			return nil, fmt.Errorf("start server: %w", err)
		}
		s.ports = append(s.ports, p)
		s.options.Port = p.Addr().Port
	}
	return s, s.Restart()
}

// Restart starts the server again after Stop, at the same address.
func (s *Server) Restart() error {
	o := s.options
	started, err := server.NewServer(&o)
	if err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	s.Server = started
	started.Start()
	if !started.ReadyForConnections(patience) {
		s.Stop()
		return errors.New("start server: it does not come up")
	}
	return nil
}

// Stop stops the server and waits until it has.
func (s *Server) Stop() {
	s.Shutdown()
	s.WaitForShutdown()
}

// Cluster is servers that keep the same streams.
type Cluster []*Server

// StartCluster starts so many servers whose files are in directories below dir, and
// waits until they have a leader. o may be nil; see Start.
func StartCluster(dir string, size int, o *server.Options) (Cluster, error) {
	var routes []string
	var ports []*freeport.Port
	for range size {
		p, err := freeport.Hold()
		if err != nil {
			return nil, fmt.Errorf("start cluster: %w", err)
		}
		ports = append(ports, p)
		routes = append(routes, "nats://"+p.Addr().String())
	}
	var c Cluster
	for i, port := range ports {
		var own server.Options
		if o != nil {
			own = *o
		}
		own.ServerName = fmt.Sprintf("n%d", i+1)
		own.Cluster = server.ClusterOpts{Name: "natstest", Host: "127.0.0.1", Port: port.Addr().Port}
		own.Routes = server.RoutesFromStr(strings.Join(routes, ","))
		s, err := Start(filepath.Join(dir, own.ServerName), &own)
		if err != nil {
			c.Stop()
			return nil, err
		}
		s.ports = append(s.ports, port)
		c = append(c, s)
	}
	if !c.led() {
		c.Stop()
		return nil, errors.New("start cluster: it chooses no leader")
	}
	return c, nil
}

// led waits for a leader that knows of all.
func (c Cluster) led() bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		for _, s := range c {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(c) {
				return true
			}
		}
	}
	return false
}

// URL gives the addresses of all, separated by commas.
func (c Cluster) URL() string {
	var all []string
	for _, s := range c {
		all = append(all, s.ClientURL())
	}
	return strings.Join(all, ",")
}

// Stop stops all.
func (c Cluster) Stop() {
	for _, s := range c {
		s.Stop()
	}
}
