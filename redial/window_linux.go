package redial

import (
	"net"

	"golang.org/x/sys/unix"
)

// advertised gives a look at the window that the peer has announced, which Linux tells
// since 5.4.
func advertised(c *net.TCPConn) func() int {
	raw, err := c.SyscallConn()
	if err != nil {
		return func() int { return 0 }
	}
	n := 0
	look := func(fd uintptr) {
		n = 0
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			n = int(info.Snd_wnd)
		}
	}
	return func() int {
		if raw.Control(look) != nil {
			return 0
		}
		return n
	}
}
