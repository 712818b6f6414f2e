package receive

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// TLS puts TLS over the connections that l accepts, for ServeSocket. With
// ClientAuth and ClientCAs in config clients must show a certificate. Unlike
// tls.NewListener's, which cannot be told to stop accepting without losing those
// that wait, it works with Shutdown.
//
// It gives out no session tickets. A sender that never reads, as Python's
// SocketHandler, would leave them unread; a connection that is closed so is reset, and
// what the receiver has not read of it by then is lost.
func TLS(l net.Listener, config *tls.Config) net.Listener {
	if config != nil {
		config = config.Clone()
		config.SessionTicketsDisabled = true
	}
	return &tlsListener{l, config}
}

type tlsListener struct {
	net.Listener
	config *tls.Config
}

func (l *tlsListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tls.Server(nc, l.config), nil
}

func (l *tlsListener) SetDeadline(t time.Time) error {
	d, ok := l.Listener.(interface{ SetDeadline(time.Time) error })
	if !ok {
		return errors.ErrUnsupported
	}
	return d.SetDeadline(t)
}

// shakeHands does what a connection needs before its first byte, in the time that a
// frame may take: a stranger may say nothing at all.
func (c *conn) shakeHands() error {
	h, ok := c.nc.(interface{ HandshakeContext(context.Context) error })
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.server.o.FrameTimeout)
	defer cancel()
	return h.HandshakeContext(ctx)
}
