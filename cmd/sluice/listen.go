package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/sluicelog/sluice/receive"
)

// inputs are the sockets that serve listens on.
type inputs struct {
	streams []stream
	packets []packets
	secure  *tls.Config // of TCP; nil: none
	unix    bool        // secure is of Unix streams, too
	remove  []string    // paths of datagram sockets, which closing leaves behind
}

// kind is what comes over a socket.
type kind int

const (
	pickles kind = iota
	syslogs
	requests
)

// class is Python's class of those who send to a socket, where others is that of
// pickles.
func (k kind) class(others string) string {
	return [...]string{others, "SysLogHandler", "HTTPHandler"}[k]
}

// stream is a socket that streams come to.
type stream struct {
	net.Listener
	kind kind
}

// packets are those that datagrams to one address come to.
type packets struct {
	sockets []net.PacketConn
	kind    kind
}

func (p packets) LocalAddr() net.Addr { return p.sockets[0].LocalAddr() }

// listen opens what the flags name, or nothing.
func (c *serveCmd) listen(secure *tls.Config) (*inputs, error) {
	in := &inputs{secure: secure, unix: c.TLSUnix}
	if err := c.listenAll(in); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

func (c *serveCmd) listenAll(in *inputs) error {
	for _, f := range [...]struct {
		flag, network, address string
		kind                   kind
	}{
		{"--tcp", "tcp", c.TCP, pickles},
		{"--udp", "udp", c.UDP, pickles},
		{"--unix", "unix", c.Unix, pickles},
		{"--unixgram", "unixgram", c.Unixgram, pickles},
		{"--syslog-tcp", "tcp", c.SyslogTCP, syslogs},
		{"--syslog-udp", "udp", c.SyslogUDP, syslogs},
		{"--syslog-unix", "unix", c.SyslogUnix, syslogs},
		{"--syslog-unixgram", "unixgram", c.SyslogUnixgram, syslogs},
		{"--http", "tcp", c.HTTP, requests},
	} {
		if f.address == "" || f.address == "off" && f.kind == pickles && (f.network == "tcp" || f.network == "udp") {
			continue
		}
		open := in.stream
		if f.network == "udp" || f.network == "unixgram" {
			open = in.packet
		}
		if err := open(f.flag, f.network, f.address, f.kind); err != nil {
			return err
		}
	}
	if len(in.streams)+len(in.packets) == 0 {
		return usagef("there is nothing to listen on: every address is off")
	}
	return nil
}

func (in *inputs) stream(flag, network, address string, k kind) error {
	if network == "unix" {
		if err := removeStale("unix", address); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return addressError(flag, address, err)
	}
	if in.secure != nil && (network == "tcp" || in.unix) {
		l = receive.TLS(l, in.secure)
	}
	in.streams = append(in.streams, stream{l, k})
	return nil
}

func (in *inputs) packet(flag, network, address string, k kind) error {
	if network == "unixgram" {
		if err := removeStale("unixgram", address); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	sockets, err := receive.ListenPacket(network, address)
	if err != nil {
		return addressError(flag, address, err)
	}
	in.packets = append(in.packets, packets{sockets, k})
	if network == "unixgram" {
		in.remove = append(in.remove, address)
	}
	return nil
}

// addressError tells a mistake in the address from one of this machine.
func addressError(flag, address string, err error) error {
	var addr *net.AddrError
	var parse *net.ParseError
	if errors.As(err, &addr) {
		return usagef("%s %s: %s: want HOST:PORT, such as 127.0.0.1:9020", flag, address, addr.Err)
	}
	if errors.As(err, &parse) {
		return usagef("%s %s: %w", flag, address, err)
	}
	if op := new(net.OpError); errors.Is(err, syscall.EADDRINUSE) && errors.As(err, &op) && op.Net != "unix" {
		return fmt.Errorf("%s: %w; another sluice serve, perhaps: %[1]s names another address", flag, err)
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
		for _, pc := range p.sockets {
			_ = pc.Close()
		}
	}
	for _, path := range in.remove {
		_ = os.Remove(path)
	}
}

// snippet is the Python expression of a handler that reaches the first of the
// sockets, of those for pickles if there is one.
func (in *inputs) snippet() string {
	for _, l := range in.streams {
		if l.kind == pickles {
			return "logging.handlers.SocketHandler(" + hostPort(l.Addr()) + ")"
		}
	}
	for _, p := range in.packets {
		if p.kind == pickles {
			return "logging.handlers.DatagramHandler(" + hostPort(p.LocalAddr()) + ")"
		}
	}
	var addr net.Addr
	more := ""
	if len(in.packets) > 0 {
		addr = in.packets[0].LocalAddr()
	} else if in.streams[0].kind == requests {
		return "logging.handlers.HTTPHandler(" + strconv.Quote(in.streams[0].Addr().String()) + ", \"/log\", \"POST\")"
	} else {
		addr, more = in.streams[0].Addr(), ", socktype=1" // SOCK_STREAM
	}
	if _, ok := addr.(*net.UnixAddr); ok {
		return "logging.handlers.SysLogHandler(" + strconv.Quote(addr.String()) + ")"
	}
	return "logging.handlers.SysLogHandler((" + hostPort(addr) + ")" + more + ")"
}

// hostPort gives the two arguments for an address.
func hostPort(addr net.Addr) string {
	host, port := addr.String(), "None"
	switch a := addr.(type) {
	case *net.TCPAddr:
		host, port = reachable(a.IP), strconv.Itoa(a.Port)
	case *net.UDPAddr:
		host, port = reachable(a.IP), strconv.Itoa(a.Port)
	}
	return strconv.Quote(host) + ", " + port
}

// reachable is an address that a program on this machine can send to.
func reachable(ip net.IP) string {
	if ip.IsUnspecified() {
		return "localhost"
	}
	return ip.String()
}
