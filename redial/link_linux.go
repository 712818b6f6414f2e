package redial

import (
	"net"
	"syscall"
	"time"
)

// TCP_USER_TIMEOUT of tcp(7), which package syscall has no name for.
const tcpUserTimeout = 18

// setUserTimeout makes the connection fail when what was sent is not acknowledged
// for d. Without it the system tries for a quarter of an hour.
func setUserTimeout(c *net.TCPConn, d time.Duration) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds()))
	})
}
