package remote

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// SocketOptions are the options of NewSocket.
type SocketOptions struct {
	// CloseOnError closes the connection when a record cannot be formatted; the
	// next one connects again. Errors of the connection close it in any case.
	CloseOnError bool `json:"closeOnError"`
	// TLS, if not nil, is put over the connection; with Certificates in it the
	// handler shows who it is. Over a Unix socket it must have a ServerName.
	// Python has no such thing.
	TLS *tls.Config `json:"-"`
	// Hold keeps records while the peer is gone, and sends the last ones again when
	// it is back, each with an ID by which package receive removes what comes
	// twice; nil drops them. (Python drops them.)
	Hold *redial.Hold `json:"-"`
	// Buffer, if more than 0, is how many bytes of records are collected and sent
	// together; see sluice.NewBuffered. It is only for where somebody flushes, as a
	// queue.Listener does, and not with Hold.
	Buffer int `json:"-"`
	// Key signs each record with HMAC-SHA256; the receiver must have the same one.
	Key []byte `json:"-"`
	// Formatter makes what a frame holds; nil is wire.Pickle with Key. (Python:
	// makePickle.)
	Formatter sluice.Formatter `json:"-"`

	Options
}

// NewSocket returns a handler that sends each record as a pickle with its length in
// front, over TCP to host and port, or, if port is nil, over the Unix stream socket
// at the path host. It takes no connection to return: the first record makes it. o
// may be nil. (Python: SocketHandler.)
func NewSocket(host string, port *int, o *SocketOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &SocketOptions{}
	}
	dial, err := o.socketDial(host, port)
	if err == nil {
		err = o.check()
	}
	if err == nil {
		err = checkBuffer(o.Buffer, o.Hold)
	}
	if err != nil {
		return nil, fmt.Errorf("SocketHandler: %w", err)
	}
	var h *sluice.Handler
	ro := o.redial(&h)
	ro.Hold = o.hold(o.Hold)
	conn := redial.New(dial, ro)
	s := newSender(conn, frame(o.Formatter, o.Key), o.Buffer)
	if o.CloseOnError {
		s.format.onFailed = conn.Drop
	}
	if o.Hold != nil {
		s.ids = newIDs()
	}
	h = o.handler(s)
	return o.spooled("SocketHandler", h, 0)
}

// checkBuffer: what is held is sent many at once as it is.
func checkBuffer(buffer int, hold *redial.Hold) error {
	if buffer > 0 && hold != nil {
		return errors.New("records are held or buffered, not both")
	}
	return nil
}

// frame puts a length in front of what f makes; of pickles if there is no f.
func frame(f sluice.Formatter, key []byte) sluice.Formatter {
	if f == nil {
		f = wire.Pickle{Key: key, Opcodes: new(wire.Opcodes)}
	}
	return wire.Frame{Formatter: f}
}

func (o *SocketOptions) socketDial(host string, port *int) (redial.Dial, error) {
	dial := o.Dial
	if dial == nil {
		network, address, err := addressOf("tcp", "unix", host, port)
		if err != nil {
			return nil, err
		}
		dial = redial.Dialer(network, address)
	}
	if o.TLS == nil {
		return dial, nil
	}
	return overTLS(dial, o.TLS, host, port != nil)
}

// addressOf gives network and address of a host and port, or of a path.
func addressOf(network, unix, host string, port *int) (string, string, error) {
	switch {
	case host == "":
		return "", "", errNoHost
	case port == nil:
		return unix, host, nil
	case *port < 0 || *port > 65535:
		return "", "", fmt.Errorf("port %d", *port)
	}
	return network, net.JoinHostPort(host, strconv.Itoa(*port)), nil
}
