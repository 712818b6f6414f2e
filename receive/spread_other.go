//go:build !linux

package receive

import "net"

// besides opens further sockets of first's address: none that first's senders could
// be spread over.
func besides(*net.UDPConn, string) []net.PacketConn { return nil }
