package receive_test

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sluicelog/sluice/receive"
)

// starved is who has no processor until its deadline has passed.
type starved struct {
	once   sync.Once
	passed chan struct{}
}

func newStarved() *starved { return &starved{passed: make(chan struct{})} }

// set is called with each deadline, and gives the first one a time that is over.
func (s *starved) set(t time.Time, set func(time.Time) error) error {
	if t.IsZero() {
		return set(t)
	}
	s.once.Do(func() {
		t = time.Unix(1, 0)
		defer close(s.passed)
		_ = set(t)
	})
	return set(t)
}

type starvedPacketConn struct {
	*net.UDPConn
	*starved
}

func (c starvedPacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	<-c.passed
	return c.UDPConn.ReadFrom(p)
}

func (c starvedPacketConn) SetReadDeadline(t time.Time) error {
	return c.set(t, c.UDPConn.SetReadDeadline)
}
func (c starvedPacketConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// slowPacketConn is read by who has no processor after each datagram until the deadline
// has passed.
type slowPacketConn struct {
	starvedPacketConn
	left  int // datagrams that have arrived
	reads int
}

func (c *slowPacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	<-c.passed
	if c.reads++; c.reads%2 > 0 || c.left == 0 {
		return 0, nil, os.ErrDeadlineExceeded
	}
	c.left--
	_ = c.UDPConn.SetReadDeadline(time.Time{})
	return c.UDPConn.ReadFrom(p)
}

type starvedListener struct {
	*net.TCPListener
	*starved
}

func (l starvedListener) Accept() (net.Conn, error) {
	<-l.passed
	return l.TCPListener.Accept()
}
func (l starvedListener) SetDeadline(t time.Time) error { return l.set(t, l.TCPListener.SetDeadline) }

// withStarved is a listener of starved connections.
type withStarved struct {
	*net.TCPListener
	accepted chan struct{} // closed with the first one
}

func (l withStarved) Accept() (net.Conn, error) {
	nc, err := l.TCPListener.Accept()
	if err != nil {
		return nil, err
	}
	close(l.accepted)
	return starvedConn{nc, newStarved()}, nil
}

type starvedConn struct {
	net.Conn
	*starved
}

func (c starvedConn) Read(p []byte) (int, error) {
	<-c.passed
	return c.Conn.Read(p)
}

func (c starvedConn) SetReadDeadline(t time.Time) error { return c.set(t, c.Conn.SetReadDeadline) }

// scripted is a connection by which these parts come; before an empty one the deadline
// has passed.
type scripted struct {
	net.Conn
	*starved
	parts []string
}

func (c *scripted) Read(p []byte) (int, error) {
	<-c.passed
	if len(c.parts) == 0 {
		return 0, os.ErrDeadlineExceeded
	}
	part := c.parts[0]
	c.parts = c.parts[1:]
	if part == "" {
		return 0, os.ErrDeadlineExceeded
	}
	return copy(p, part), nil
}

func (c *scripted) SetReadDeadline(t time.Time) error {
	return c.set(t, func(time.Time) error { return nil })
}

// listener accepts what was put into it.
type listener struct {
	conns chan net.Conn
	open  context.Context
	close context.CancelFunc
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.conns:
		return nc, nil
	case <-l.open.Done():
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { l.close(); return nil }
func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

// TestShutdownOfStarved: a deadline that passed while who reads had no processor says
// nothing of what has arrived, and Shutdown loses none of it.
func TestShutdownOfStarved(t *testing.T) {
	want := []string{"1", "2", "3"}
	check := func(t *testing.T, u *under, serve func() error) {
		served := make(chan error, 1)
		go func() { served <- serve() }()
		if err := u.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, receive.ErrServerClosed) {
			t.Error(err)
		}
		if got := u.Messages(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q; refused: %q", got, want, u.reasons())
		}
	}
	dial := func(t *testing.T, a net.Addr) net.Conn {
		c, err := net.Dial(a.Network(), a.String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	t.Run("datagrams", func(t *testing.T) {
		pc, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		c := dial(t, pc.LocalAddr())
		for _, m := range want {
			send(t, c, frame(m))
		}
		u := newServer(receive.Options{})
		check(t, u, func() error { return u.ServePacket(starvedPacketConn{pc, newStarved()}) })
	})
	t.Run("many datagrams", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("only Linux tells of what waits")
		}
		pc, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		c := dial(t, pc.LocalAddr())
		for i := range 100 {
			want = append(want, strconv.Itoa(i))
		}
		for _, m := range want {
			send(t, c, frame(m))
		}
		u := newServer(receive.Options{})
		check(t, u, func() error { return u.ServePacket(&slowPacketConn{starvedPacketConn{pc, newStarved()}, len(want), 0}) })
		want = want[:3]
	})
	listen := func(t *testing.T) *net.TCPListener {
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	t.Run("connections", func(t *testing.T) {
		l := listen(t)
		send(t, dial(t, l.Addr()), frames(want...))
		u := newServer(receive.Options{})
		check(t, u, func() error { return u.ServeSocket(starvedListener{l, newStarved()}) })
	})
	t.Run("more than once", func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		l := &listener{conns: make(chan net.Conn)}
		l.open, l.close = context.WithCancel(t.Context())
		u := newServer(receive.Options{Framing: receive.Syslog})
		served := make(chan error, 1)
		go func() { served <- u.ServeSocket(l) }()
		l.conns <- &scripted{near, newStarved(), []string{"", "1\n2", "", "\n", "", "3\n"}}
		check(t, u, func() error { return <-served })
	})
	for _, framing := range []struct {
		name string
		is   receive.Framing
		data []byte
	}{{"frames", receive.Prefixed, frames(want...)}, {"syslog", receive.Syslog, []byte("1\n2\n3\n")}} {
		t.Run(framing.name, func(t *testing.T) {
			l := listen(t)
			send(t, dial(t, l.Addr()), framing.data)
			u := newServer(receive.Options{Framing: framing.is})
			accepted := make(chan struct{})
			served := make(chan error, 1)
			go func() { served <- u.ServeSocket(withStarved{l, accepted}) }()
			<-accepted
			check(t, u, func() error { return <-served })
		})
	}
}
