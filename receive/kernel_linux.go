package receive

import (
	"bufio"
	"net"
	"os"
	"strconv"
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
	inodes := map[string]bool{}
	for _, pc := range pcs {
		sc, ok := pc.(syscall.Conn)
		if !ok || !strings.HasPrefix(pc.LocalAddr().Network(), "udp") {
			continue
		}
		_ = control(sc, func(fd int) error {
			var st unix.Stat_t
			if err := unix.Fstat(fd, &st); err != nil {
				return err
			}
			inodes[strconv.FormatUint(st.Ino, 10)] = true
			return nil
		})
	}
	if len(inodes) == 0 {
		return 0
	}
	return dropsOf("/proc/self/net/udp", inodes) + dropsOf("/proc/self/net/udp6", inodes)
}

// dropsOf sums up the drops of inodes' sockets in a table of proc(5): the inode is the
// tenth column, the drops are the last.
func dropsOf(table string, inodes map[string]bool) uint64 {
	f, err := os.Open(table)
	if err != nil {
		return 0
	}
	defer f.Close()
	var sum uint64
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		columns := strings.Fields(lines.Text())
		if len(columns) < 13 || !inodes[columns[9]] {
			continue
		}
		n, _ := strconv.ParseUint(columns[len(columns)-1], 10, 64)
		sum += n
	}
	return sum
}
