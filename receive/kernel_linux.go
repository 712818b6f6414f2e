package receive

import (
	"net"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// enlarge asks for a receive buffer of size bytes: beyond the system's limit if
// the process may, else as much as there is.
func enlarge(pc net.PacketConn, size int) {
	if sc, ok := pc.(syscall.Conn); ok {
		_ = control(sc, func(fd int) error {
			if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) == nil {
				return nil
			}
			return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size)
		})
	}
}

// kernelDrops is how many datagrams the kernel dropped since pcs were opened, because
// their buffers were full; of those that are closed, or not of UDP, it knows none.
func kernelDrops(pcs ...net.PacketConn) uint64 {
	var sum uint64
	for _, pc := range pcs {
		sc, ok := pc.(syscall.Conn)
		if !ok || !strings.HasPrefix(pc.LocalAddr().Network(), "udp") {
			continue
		}
		_ = control(sc, func(fd int) error {
			n, err := dropsOf(fd)
			sum += n
			return err
		})
	}
	return sum
}

// dropsOf asks the socket itself (SO_MEMINFO, Linux 4.12): the table of all of them in
// proc(5) is read in pieces, between which others come and go, and rows are passed over.
func dropsOf(fd int) (uint64, error) {
	// Package unix has no name for what comes, nine numbers of 32 bits. It is read as
	// something longer, of which the ninth, SK_MEMINFO_DROPS, happens to be called Lost.
	info, err := unix.GetsockoptTCPInfo(fd, unix.SOL_SOCKET, unix.SO_MEMINFO)
	if err != nil {
		return 0, err
	}
	return uint64(info.Lost), nil
}
