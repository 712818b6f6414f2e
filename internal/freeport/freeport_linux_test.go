package freeport

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
)

// exclusive listens as one who wants the port for himself alone, which those do that
// ask for any.
func exclusive(addr string) error {
	var failed error
	alone := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return errors.Join(c.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0)
		}), failed)
	}}
	l, err := alone.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return err
	}
	return l.Close()
}

// TestHold: nobody listens on the port, others are not given it, and servers have it
// one after the other.
func TestHold(t *testing.T) {
	p, err := Hold()
	if err != nil {
		t.Fatal(err)
	}
	addr := p.Addr().String()
	for range 3 {
		if c, err := net.Dial("tcp", addr); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("before somebody listens: %v, %v", c, err)
		}
		if err := exclusive(addr); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("another one takes the port: %v", err)
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Close(), c.Close(), l.Close()); err != nil {
			t.Error(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
