package redial_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// peer is a receiver whose connections are made by its dial.
type peer struct {
	mu    sync.Mutex
	down  bool
	stall bool // takes only half of what is written, then nothing
	fail  bool // writing fails
	dials []time.Time
	conns []*fakeConn
}

func (p *peer) dial(context.Context) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dials = append(p.dials, time.Now())
	if p.down {
		return nil, errors.New("connection refused")
	}
	c := &fakeConn{peer: p, closed: make(chan struct{}), eof: make(chan struct{})}
	p.conns = append(p.conns, c)
	return c, nil
}

func (p *peer) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *peer) conn(i int) *fakeConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns[i]
}

// got gives what arrived on each connection.
func (p *peer) got() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, c := range p.conns {
		all = append(all, string(c.data))
	}
	return all
}

// fakeConn keeps the part of a net.Conn that a Conn uses.
type fakeConn struct {
	net.Conn
	peer     *peer
	data     []byte
	deadline time.Time
	once     sync.Once
	closed   chan struct{}
	eof      chan struct{}
}

func (c *fakeConn) LocalAddr() net.Addr { return &net.TCPAddr{} }

func (c *fakeConn) Read([]byte) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	case <-c.eof:
		return 0, io.EOF
	}
}

func (c *fakeConn) SetWriteDeadline(t time.Time) error {
	c.deadline = t
	return nil
}

func (c *fakeConn) Write(p []byte) (int, error) {
	c.peer.mu.Lock()
	defer c.peer.mu.Unlock()
	switch {
	case c.peer.fail:
		return 0, errors.New("broken pipe")
	case c.peer.stall:
		n := len(p) / 2
		if len(p) == 1 {
			n = 0
		}
		c.data = append(c.data, p[:n]...)
		c.peer.mu.Unlock()
		time.Sleep(time.Until(c.deadline))
		c.peer.mu.Lock()
		return n, os.ErrDeadlineExceeded
	}
	c.data = append(c.data, p...)
	return len(p), nil
}

func (c *fakeConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *fakeConn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}
