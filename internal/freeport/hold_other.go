//go:build !linux

package freeport

import "net"

// holder holds nothing: a second socket could not listen.
type holder struct{}

func (p *Port) hold() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.addr = l.Addr().(*net.TCPAddr)
	return l.Close()
}

func (*holder) close() error { return nil }
