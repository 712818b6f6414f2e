package receive

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// enlarge asks for a receive buffer of size bytes: beyond the system's limit if
// the process may, else as much as there is.
func enlarge(pc net.PacketConn, size int) {
	sc, ok := pc.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return
	}
	const rcvbufForce = 33 // SO_RCVBUFFORCE, which package syscall has no name for
	_ = raw.Control(func(fd uintptr) {
		if syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, rcvbufForce, size) != nil {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, size)
		}
	})
}

// kernelDrops is how many datagrams the kernel dropped since pc was opened,
// because its buffer was full; false where it does not tell.
func kernelDrops(pc net.PacketConn) (uint64, bool) {
	sc, ok := pc.(syscall.Conn)
	if !ok || !strings.HasPrefix(pc.LocalAddr().Network(), "udp") {
		return 0, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, false
	}
	var st syscall.Stat_t
	if raw.Control(func(fd uintptr) { err = syscall.Fstat(int(fd), &st) }) != nil || err != nil {
		return 0, false
	}
	for _, table := range []string{"/proc/self/net/udp", "/proc/self/net/udp6"} {
		if n, ok := dropsOf(table, fmt.Sprint(st.Ino)); ok {
			return n, true
		}
	}
	return 0, false
}

// dropsOf finds the socket of an inode in a table of proc(5): the inode is the
// tenth column, the drops are the last.
func dropsOf(table, inode string) (uint64, bool) {
	f, err := os.Open(table)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		columns := strings.Fields(lines.Text())
		if len(columns) < 13 || columns[9] != inode {
			continue
		}
		n, err := strconv.ParseUint(columns[len(columns)-1], 10, 64)
		return n, err == nil
	}
	return 0, false
}
