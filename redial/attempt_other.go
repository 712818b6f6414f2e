//go:build !unix

package redial

import "net"

// attempt writes to a socket what it takes at once.
type attempt struct{}

func newAttempt(net.Conn) *attempt { return nil }

func (*attempt) write([]byte) (int, error) { return 0, nil }
