package nodes

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/sluicelog/sluice/faults/certs"
)

const (
	user     = "sluice"
	password = "a-password"
)

// names are what the nodes are called, and the certificates that say so.
type names struct {
	dir     string
	network string // the first three bytes of the addresses
}

// newNames takes addresses that no other run has.
func newNames(dir string, network bool) *names {
	first := 127
	if network {
		first = 10
	}
	pid := os.Getpid()
	return &names{dir: dir, network: fmt.Sprintf("%d.%d.%d", first, 200+pid/250%50, 1+pid%250)}
}

func (n *names) node(i int) string { return fmt.Sprintf("node%d", i) }

// host is a node's address; that of Size is the machine's own.
func (n *names) host(i int) string { return fmt.Sprintf("%s.%d", n.network, i+1) }

func (n *names) ca() string { return filepath.Join(n.dir, "ca.pem") }

func (n *names) url() string {
	var hosts []string
	for i := range Size {
		hosts = append(hosts, fmt.Sprintf("tls://%s:%s@%s:4222", user, password, n.host(i)))
	}
	return strings.Join(hosts, ",")
}

// environment is what examples/nats/README.md says that each node has to be told.
func (n *names) environment(i int, store string) ([]string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		return nil, err
	}
	var routes []string
	for j := range Size {
		routes = append(routes, fmt.Sprintf("tls://%s:6222", n.host(j)))
	}
	return append(os.Environ(),
		"NATS_NAME="+n.node(i),
		"NATS_LISTEN="+n.host(i)+":4222",
		"NATS_CLUSTER_LISTEN="+n.host(i)+":6222",
		"NATS_ROUTES=["+strings.Join(routes, ", ")+"]",
		"NATS_STORE="+store,
		"NATS_CERT="+filepath.Join(n.dir, "cert.pem"),
		"NATS_KEY="+filepath.Join(n.dir, "key.pem"),
		"NATS_CA="+n.ca(),
		"NATS_PASSWORD="+string(hash),
	), nil
}

// certify makes a certificate for all nodes and writes it to dir.
func (n *names) certify() error {
	a, err := certs.NewAuthority()
	if err != nil {
		return err
	}
	var hosts []net.IP
	for i := range Size {
		hosts = append(hosts, net.ParseIP(n.host(i)))
	}
	cert, err := a.Sign(&x509.Certificate{IPAddresses: hosts})
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return err
	}
	write := func(name, kind string, der []byte) error {
		return os.WriteFile(filepath.Join(n.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
	}
	return errors.Join(
		write("ca.pem", "CERTIFICATE", a.Certificate()),
		write("cert.pem", "CERTIFICATE", cert.Certificate[0]),
		write("key.pem", "PRIVATE KEY", key),
	)
}

// client is what a client has to know to trust the nodes.
func (n *names) client() (*tls.Config, error) { return certs.Trust(n.ca()) }
