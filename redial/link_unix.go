//go:build unix

package redial

import (
	"errors"
	"net"
	"syscall"
)

// newProbe gives a look at the socket itself: watch learns of its end only when
// the scheduler lets it, which on a busy machine is after the next records. What
// the peer sends is of no interest, so it may be read here as well as there.
func newProbe(nc net.Conn) func() bool {
	var c syscall.Conn
	switch nc := nc.(type) { // of TLS not a byte may be taken away
	case *net.TCPConn:
		c = nc
	case *net.UnixConn:
		c = nc
	case interface{ Reads() *net.UnixConn }: // which only writes in a way of its own
		c = nc.Reads()
	default:
		return nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	var gone bool
	var buf [1]byte
	look := func(fd uintptr) {
		n, err := syscall.Read(int(fd), buf[:])
		switch {
		case err == nil:
			gone = n == 0
		case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		default:
			gone = true
		}
	}
	return func() bool { return raw.Control(look) != nil || gone }
}

func isTooLong(err error) bool { return errors.Is(err, syscall.EMSGSIZE) }
