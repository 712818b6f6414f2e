package receive_test

import (
	"errors"
	"net"
	"slices"
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
