// Package freeport gives tests a port of this machine on which nobody listens, and on
// which a server can be there later, or again.
//
// # Limits
//
// A port that was free and is closed again may be anybody's the next moment. Only on
// Linux is it kept; elsewhere it is merely likely to be free still.
package freeport

import "net"

// Port is a port of 127.0.0.1. Until Close nobody is given it who asks for any port;
// who asks for it by its number can listen on it, one after the other, as servers in Go
// do: with SO_REUSEADDR.
type Port struct {
	addr *net.TCPAddr
	held holder
}

// Hold gives a port that is free.
func Hold() (*Port, error) {
	p := &Port{}
	return p, p.hold()
}

// Addr is the address to listen on and to connect to.
func (p *Port) Addr() *net.TCPAddr { return p.addr }

// Close lets others have the port. It says nothing to who listens on it.
func (p *Port) Close() error { return p.held.close() }
