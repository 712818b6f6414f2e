//go:build unix

package redial

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// attempt writes to a socket what it takes at once.
type attempt struct {
	raw syscall.RawConn
	try func(fd uintptr) bool
	p   []byte // what try writes, and what became of it
	n   int
	err error
}

// newAttempt gives nil for what is no socket of the system's, or TLS.
func newAttempt(nc net.Conn) *attempt {
	var c syscall.Conn
	switch nc := nc.(type) {
	case *net.TCPConn:
		c = nc
	case *net.UnixConn:
		c = nc
	case *net.UDPConn:
		c = nc
	default:
		return nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	a := &attempt{raw: raw}
	a.try = func(fd uintptr) bool {
		a.n, a.err = syscall.Write(int(fd), a.p)
		return true // do not wait
	}
	return a
}

// write writes as much of p as there is room for and gives its length, 0 if there is
// none.
func (a *attempt) write(p []byte) (int, error) {
	a.p = p
	err := a.raw.Write(a.try)
	a.p = nil
	switch {
	case err != nil:
		return 0, err
	case a.err == nil:
		return a.n, nil
	case errors.Is(a.err, syscall.EAGAIN), errors.Is(a.err, syscall.EINTR):
		return 0, nil
	}
	return 0, os.NewSyscallError("write", a.err)
}
