package parsers

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/receive"
)

// server is a receive.Server that is given connections without a network.
type server struct {
	*receive.Server
	lines  *lines
	took   *took
	served chan error

	mu   sync.Mutex
	said []*receive.Error
}

func newServer(p receive.Parser, o receive.Options) *server {
	s := &server{lines: &lines{conns: make(chan net.Conn), closed: make(chan struct{})}, took: &took{}, served: make(chan error, 1)}
	o.OnError = func(e *receive.Error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.said = append(s.said, e)
	}
	s.Server = receive.NewServer(s.took, p, &o)
	return s
}

// connect gives the server a connection on which data comes in such pieces, waits until
// it has ended, and tells what was said of it.
func (s *server) connect(data []byte, piece int) []*receive.Error {
	c := &lineConn{data: data, piece: piece, closed: make(chan struct{})}
	s.lines.conns <- c
	<-c.closed
	s.mu.Lock()
	defer s.mu.Unlock()
	said := s.said
	s.said = nil
	return said
}

func (s *server) serve() { go func() { s.served <- s.ServeSocket(s.lines) }() }

func (s *server) close() error {
	if err := s.Shutdown(context.Background()); err != nil {
		return err
	}
	if err := <-s.served; !errors.Is(err, receive.ErrServerClosed) {
		return err
	}
	return nil
}

// took is an Emitter that keeps the last message.
type took struct {
	sluice.Null
	message string
}

func (t *took) Emit(_ context.Context, r *sluice.Record) error {
	t.message = r.Message
	return nil
}

// lines is a listener.
type lines struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *lines) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *lines) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *lines) Addr() net.Addr { return &net.UnixAddr{Name: "lines", Net: "unix"} }

// lineConn is the receiving end of a connection whose sender has said all.
type lineConn struct {
	data   []byte
	piece  int
	closed chan struct{}
	once   sync.Once
}

func (c *lineConn) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), c.piece)], c.data)
	c.data = c.data[n:]
	return n, nil
}

func (c *lineConn) Write(p []byte) (int, error)      { return len(p), nil }
func (c *lineConn) Close() error                     { c.once.Do(func() { close(c.closed) }); return nil }
func (c *lineConn) LocalAddr() net.Addr              { return &net.UnixAddr{Net: "unix"} }
func (c *lineConn) RemoteAddr() net.Addr             { return &net.UnixAddr{Net: "unix"} }
func (c *lineConn) SetDeadline(time.Time) error      { return nil }
func (c *lineConn) SetReadDeadline(time.Time) error  { return nil }
func (c *lineConn) SetWriteDeadline(time.Time) error { return nil }
