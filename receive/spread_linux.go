package receive

import (
	"context"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// spreadBits is the logarithm of how many sockets share an address.
const spreadBits = 4

// besides opens further sockets of first's address and spreads senders over all of
// them; none if the system refuses any of that.
func besides(first *net.UDPConn, network string) []net.PacketConn {
	// Not before first has the address: it would share another program's.
	if control(first, share) != nil {
		return nil
	}
	joins := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error { return within(c, join) }}
	address := first.LocalAddr().(*net.UDPAddr)
	var more []net.PacketConn
	for len(more) < 1<<spreadBits-1 {
		pc, err := joins.ListenPacket(context.Background(), network, address.String())
		if err != nil {
			return closed(more)
		}
		if udp := pc.(*net.UDPConn); address.IP.IsUnspecified() {
			pc = unicast{udp}
		}
		more = append(more, pc)
	}
	if control(first, attach) != nil {
		return closed(more)
	}
	return more
}

func closed(all []net.PacketConn) []net.PacketConn {
	for _, pc := range all {
		_ = pc.Close()
	}
	return nil
}

// control does f to the descriptor of pc.
func control(pc syscall.Conn, f func(fd int) error) error {
	c, err := pc.SyscallConn()
	if err != nil {
		return err
	}
	return within(c, f)
}

func within(c syscall.RawConn, f func(fd int) error) (err error) {
	if e := c.Control(func(fd uintptr) { err = f(int(fd)) }); e != nil {
		return e
	}
	return err
}

func share(fd int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) }

// join makes fd one that shares an address, but gets nothing that is sent to a group
// that another program has joined; see unicast for the rest.
func join(fd int) error {
	if err := share(fd); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_PKTINFO, 1); err != nil {
		return err
	}
	if domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err != nil || domain != unix.AF_INET6 {
		return err
	}
	return unix.SetsockoptInt(fd, unix.SOL_IPV6, unix.IPV6_MULTICAST_ALL, 0)
}

// attach has the kernel choose the socket by senderHash.
func attach(fd int) error {
	program := senderHash()
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF,
		&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
}

// senderHash makes the number of a socket of a sender's IP address: Knuth's
// multiplicative hash, by which neighbours in a network are far apart.
func senderHash() []unix.SockFilter {
	const (
		load  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		toX   = unix.BPF_MISC | unix.BPF_TAX
		xorX  = unix.BPF_ALU | unix.BPF_XOR | unix.BPF_X
		right = unix.BPF_ALU | unix.BPF_RSH | unix.BPF_K

		ipHeader = -0x100000 // SKF_NET_OFF of linux/filter.h
	)
	ip := func(offset int) uint32 { return uint32(ipHeader + offset) }
	return []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: ip(0)},
		{Code: right, K: 4},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: 6, Jt: 2},
		{Code: load, K: ip(12)}, // IPv4's source
		{Code: unix.BPF_JMP | unix.BPF_JA, K: 10},
		{Code: load, K: ip(8)}, // IPv6's
		{Code: toX},
		{Code: load, K: ip(12)},
		{Code: xorX},
		{Code: toX},
		{Code: load, K: ip(16)},
		{Code: xorX},
		{Code: toX},
		{Code: load, K: ip(20)},
		{Code: xorX},
		{Code: unix.BPF_ALU | unix.BPF_MUL | unix.BPF_K, K: 0x9e3779b1},
		{Code: right, K: 32 - spreadBits},
		{Code: unix.BPF_RET | unix.BPF_A},
	}
}

// unicast is a further socket of all addresses. A broadcast comes to each of them,
// and is passed over in all but the first.
type unicast struct{ *net.UDPConn }

func (u unicast) ReadFrom(p []byte) (int, net.Addr, error) {
	oob := make([]byte, unix.CmsgSpace(unix.SizeofInet4Pktinfo))
	for {
		n, oobn, _, addr, err := u.ReadMsgUDP(p, oob)
		if err != nil {
			return n, nil, err
		}
		if !isBroadcast(oob[:oobn]) {
			return n, addr, nil
		}
	}
}

// isBroadcast says that a datagram with such control messages was sent to another
// address than the one of this machine that would answer it.
func isBroadcast(oob []byte) bool {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return false
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_PKTINFO && len(m.Data) >= unix.SizeofInet4Pktinfo {
			return [4]byte(m.Data[4:8]) != [4]byte(m.Data[8:12])
		}
	}
	return false
}
