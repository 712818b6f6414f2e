//go:build !unix

package redial

import (
	"errors"
	"net"
	"syscall"
)

func newProbe(net.Conn) func() bool { return nil }

// isTooLong: Winsock's WSAEMSGSIZE, which package syscall has no name for.
func isTooLong(err error) bool { return errors.Is(err, syscall.Errno(10040)) }
