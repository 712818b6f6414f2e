//go:build unix

package receive

import (
	"errors"
	"syscall"
)

// isExhausted says that err is for want of descriptors or memory, or that the
// peer gave up first: the next Accept may do better.
func isExhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) ||
		errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM) || errors.Is(err, syscall.ECONNABORTED)
}

// isRefused says that err tells of an earlier datagram's fate.
func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
