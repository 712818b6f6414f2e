package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"

	"github.com/sluicelog/sluice/receive"
)

// inputs are the sockets that serve listens on.
type inputs struct {
	streams []net.Listener
	packets []net.PacketConn
	secure  *tls.Config // of TCP; nil: none
	remove  []string    // paths of datagram sockets, which closing leaves behind
}

// listen opens what the flags name, or nothing.
func (c *serveCmd) listen(secure *tls.Config) (*inputs, error) {
	in := &inputs{secure: secure}
	if err := c.listenAll(in); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

func (c *serveCmd) listenAll(in *inputs) error {
	if c.TCP != "off" {
		if err := in.stream("--tcp", "tcp", c.TCP); err != nil {
			return err
		}
	}
	if c.UDP != "off" {
		if err := in.packet("--udp", "udp", c.UDP); err != nil {
			return err
		}
	}
	if c.Unix != "" {
		if err := in.stream("--unix", "unix", c.Unix); err != nil {
			return err
		}
	}
	if c.Unixgram != "" {
		if err := in.packet("--unixgram", "unixgram", c.Unixgram); err != nil {
			return err
		}
	}
	if len(in.streams)+len(in.packets) == 0 {
		return usagef("there is nothing to listen on: every address is off")
	}
	return nil
}

func (in *inputs) stream(flag, network, address string) error {
	if network == "unix" {
		if err := removeStale("unix", address); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return addressError(flag, address, err)
	}
	if network == "tcp" && in.secure != nil {
		l = receive.TLS(l, in.secure)
	}
	in.streams = append(in.streams, l)
	return nil
}

func (in *inputs) packet(flag, network, address string) error {
	if network == "unixgram" {
		if err := removeStale("unixgram", address); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	p, err := net.ListenPacket(network, address)
	if err != nil {
		return addressError(flag, address, err)
	}
	in.packets = append(in.packets, p)
	if network == "unixgram" {
		in.remove = append(in.remove, address)
	}
	return nil
}

// addressError tells a mistake in the address from one of this machine.
func addressError(flag, address string, err error) error {
	var addr *net.AddrError
	var parse *net.ParseError
	if errors.As(err, &addr) || errors.As(err, &parse) {
		return usagef("%s %s: %w", flag, address, err)
	}
	return fmt.Errorf("%s: %w", flag, err)
}

// removeStale removes a socket that a process which was killed left behind: one
// on which nobody listens.
func removeStale(network, path string) error {
	st, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && st.Mode()&fs.ModeSocket == 0 {
		return nil // what else lies there is told by listening
	}
	if err != nil {
		return err
	}
	c, err := net.Dial(network, path)
	if err == nil {
		_ = c.Close()
		return fmt.Errorf("listen %s %s: somebody listens there already", network, path)
	}
	return os.Remove(path)
}

func (in *inputs) close() {
	for _, l := range in.streams {
		_ = l.Close()
	}
	for _, p := range in.packets {
		_ = p.Close()
	}
	for _, path := range in.remove {
		_ = os.Remove(path)
	}
}

// snippet is the Python expression of a handler that reaches the first of the
// sockets.
func (in *inputs) snippet() string {
	var class string
	var addr net.Addr
	if len(in.streams) > 0 {
		class, addr = "SocketHandler", in.streams[0].Addr()
	} else {
		class, addr = "DatagramHandler", in.packets[0].LocalAddr()
	}
	host, port := addr.String(), "None"
	switch a := addr.(type) {
	case *net.TCPAddr:
		host, port = reachable(a.IP), strconv.Itoa(a.Port)
	case *net.UDPAddr:
		host, port = reachable(a.IP), strconv.Itoa(a.Port)
	}
	return "logging.handlers." + class + "(" + strconv.Quote(host) + ", " + port + ")"
}

// reachable is an address that a program on this machine can send to.
func reachable(ip net.IP) string {
	if ip.IsUnspecified() {
		return "localhost"
	}
	return ip.String()
}
