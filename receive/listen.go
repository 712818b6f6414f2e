package receive

import "net"

// ListenPacket listens as net.ListenPacket does, and gives what is to be handed to
// ServePacket. Where the system can, which is Linux, that are sixteen sockets of one
// UDP address, each with a buffer of its own in the kernel: a sender's IP address says
// which of them gets its datagrams, whatever their port, and a flood fills that one.
// The fifteen of sixteen senders that have another one lose nothing to it. Elsewhere,
// or where the system refuses that, and of other networks it is one.
//
// An address that somebody listens on is an error, also if that one would share it.
func ListenPacket(network, address string) ([]net.PacketConn, error) {
	first, err := net.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	pcs := []net.PacketConn{first}
	if udp, ok := first.(*net.UDPConn); ok {
		pcs = append(pcs, besides(udp, network)...)
	}
	for _, pc := range pcs {
		enlarge(pc, kernelBuffer) // for what comes before they are served
	}
	return pcs, nil
}
