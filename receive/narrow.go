package receive

import (
	"bytes"
	"net"
)

// narrowed is the receive buffer of a connection whose sender sends again what may
// be lost with a receiver. What lies in the buffer when this process is killed is
// lost, and must not be more than such a sender keeps: 256 KiB if it does not ask the
// connection, half of which may be in its own buffer. The system would let the buffer grow to megabytes.
const narrowed = 64 << 10

// narrow looks at the first frame of a connection, once.
func (c *conn) narrow(data []byte) {
	if c.looked {
		return
	}
	c.looked = true
	if !bytes.Contains(data, []byte("sluice_id")) {
		return
	}
	c.narrowed = true
	inner := c.nc
	if t, ok := inner.(interface{ NetConn() net.Conn }); ok { // TLS
		inner = t.NetConn()
	}
	if b, ok := inner.(interface{ SetReadBuffer(int) error }); ok {
		_ = b.SetReadBuffer(narrowed)
	}
}
