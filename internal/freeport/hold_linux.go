package freeport

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// holder is a socket that is bound and does not listen. The system gives its port to
// nobody who asks for any, and lets those listen on it that have SO_REUSEADDR as well.
type holder struct{ file *os.File }

func (p *Port) hold() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("hold a port: %w", os.NewSyscallError("socket", err))
	}
	p.held.file = os.NewFile(uintptr(fd), "port")
	if err = p.bind(fd); err != nil {
		_ = p.held.close()
		return fmt.Errorf("hold a port: %w", err)
	}
	return nil
}

func (p *Port) bind(fd int) error {
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return os.NewSyscallError("bind", err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		return os.NewSyscallError("getsockname", err)
	}
	p.addr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: at.(*syscall.SockaddrInet4).Port}
	return nil
}

func (h *holder) close() error { return h.file.Close() }
