package remote

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/redial"
)

// DatagramOptions are the options of NewDatagram.
type DatagramOptions struct {
	// Key signs each record with HMAC-SHA256; the receiver must have the same one.
	Key []byte `json:"-"`
	// Formatter makes what a frame holds; nil is wire.Pickle with Key. (Python:
	// makePickle.)
	Formatter sluice.Formatter `json:"-"`

	Options
}

// NewDatagram returns a handler that sends each record as one datagram that holds a
// pickle with its length in front, over UDP to host and port, or, if port is nil, to
// the Unix datagram socket at the path host. A name that has IPv4 and IPv6 addresses
// is taken for IPv4, as in Python; an IPv6 address is fine. A record that is too
// long for a datagram is an error, and costs nothing but that record. o may be nil.
// (Python: DatagramHandler.)
func NewDatagram(host string, port *int, o *DatagramOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &DatagramOptions{}
	}
	dial := o.Dial
	network, address, err := addressOf("udp", "unixgram", host, port)
	switch {
	case dial != nil:
		err = o.check()
	case err == nil:
		dial = datagramDial(network, address)
		err = o.check()
	}
	if err != nil {
		return nil, fmt.Errorf("DatagramHandler: %w", err)
	}
	var h *sluice.Handler
	ro := o.redial(&h)
	if network == "unixgram" && o.RetryStart == nil {
		// It costs nothing to see whether there is somebody by now.
		ro.RetryStart = new(time.Duration)
	}
	h = o.handler(newSender(redial.New(dial, ro), frame(o.Formatter, o.Key), 0))
	return o.spooled("DatagramHandler", h, 0)
}

// datagramDial prefers IPv4: to connect to an address of UDP succeeds whether or not
// anybody listens there.
func datagramDial(network, address string) redial.Dial {
	dial := redial.Dialer(network, address)
	if network != "udp" {
		return dial
	}
	ip4 := redial.Dialer("udp4", address)
	return func(ctx context.Context) (net.Conn, error) {
		if nc, err := ip4(ctx); err == nil {
			return nc, nil
		}
		return dial(ctx)
	}
}
