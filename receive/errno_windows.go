package receive

import (
	"errors"
	"syscall"
)

// Winsock's numbers; package syscall has no names for all of them.
const (
	wsaEMFILE     = syscall.Errno(10024)
	wsaECONNRESET = syscall.Errno(10054)
	wsaENOBUFS    = syscall.Errno(10055)
)

// isExhausted says that err is for want of sockets or memory, or that the peer
// gave up first: the next Accept may do better.
func isExhausted(err error) bool {
	return errors.Is(err, wsaEMFILE) || errors.Is(err, wsaENOBUFS) || errors.Is(err, wsaECONNRESET)
}

// isRefused says that err tells of an earlier datagram's fate.
func isRefused(err error) bool { return errors.Is(err, wsaECONNRESET) }
