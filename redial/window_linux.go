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

// arrived gives a look at whether the peer's system has all that was written, the end
// of the connection included if that was.
func arrived(c *net.TCPConn) func() bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return func() bool { return true }
	}
	all := true
	look := func(fd uintptr) {
		// A reset takes what is unsent away, and leaves an error.
		if failed, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR); err != nil || failed != 0 {
			all = false
			return
		}
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		all = err == nil && info.Unacked == 0 && info.Notsent_bytes == 0
	}
	return func() bool { return raw.Control(look) == nil && all }
}
