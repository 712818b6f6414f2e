//go:build !linux

package receive

import "net"

// enlarge asks for a receive buffer of size bytes, or as much as there is.
func enlarge(pc net.PacketConn, size int) {
	if b, ok := pc.(interface{ SetReadBuffer(int) error }); ok {
		_ = b.SetReadBuffer(size)
	}
}

// kernelDrops is how many datagrams the kernel dropped; this one does not tell.
func kernelDrops(...net.PacketConn) uint64 { return 0 }

// kernelHolds is how many datagrams wait; this one does not tell.
func kernelHolds(net.PacketConn) int { return 0 }
