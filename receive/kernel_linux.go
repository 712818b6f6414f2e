package receive

import (
	"encoding/binary"
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
		if m, ok := memoryOf(pc); ok {
			sum += uint64(m.drops)
		}
	}
	return sum
}

// kernelHolds is how many datagrams wait in the kernel's buffer of pc at most; none, if
// that is not known.
func kernelHolds(pc net.PacketConn) int {
	const smallest = 256 // bytes that the kernel counts for an empty datagram, and more
	m, _ := memoryOf(pc)
	return (int(m.held) + smallest - 1) / smallest
}

// memory is what the kernel tells of a socket.
type memory struct {
	held  uint32 // bytes that wait, with what the kernel needs beside them
	drops uint32 // datagrams for which there was no room
}

// memoryOf asks the socket itself (SO_MEMINFO, Linux 4.12): the table of all of them in
// proc(5) is read in pieces, between which others come and go, and rows are passed over.
func memoryOf(pc net.PacketConn) (m memory, ok bool) {
	sc, ok := pc.(syscall.Conn)
	if !ok || !strings.HasPrefix(pc.LocalAddr().Network(), "udp") {
		return m, false
	}
	err := control(sc, func(fd int) error {
		// Package unix has no name for what comes, nine numbers of 32 bits. It is read as
		// something longer, whose first bytes are SK_MEMINFO_RMEM_ALLOC, and of which the
		// ninth number, SK_MEMINFO_DROPS, happens to be called Lost.
		info, err := unix.GetsockoptTCPInfo(fd, unix.SOL_SOCKET, unix.SO_MEMINFO)
		if err == nil {
			m.held = binary.NativeEndian.Uint32([]byte{info.State, info.Ca_state, info.Retransmits, info.Probes})
			m.drops = info.Lost
		}
		return err
	})
	return m, err == nil
}
