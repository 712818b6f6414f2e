package remote

import (
	"bytes"
	"context"
	"net"

	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// escapesLate says that what Python sends as it is in a datagram, and what would forge
// a frame in a stream, goes to a Unix socket that may be of either kind: which one it
// is, is known when there is a connection.
func (o *SysLogOptions) escapesLate(kind SockType, unix bool) bool {
	nul := o.AppendNUL == nil || *o.AppendNUL
	return kind == SockAny && unix && o.Format == wire.Bare && nul && o.Buffer == 0
}

// nulStreams makes nulStreams of what dial gives.
func nulStreams(dial redial.Dial) redial.Dial {
	return func(ctx context.Context) (net.Conn, error) {
		nc, err := dial(ctx)
		if unix, ok := nc.(*net.UnixConn); ok && err == nil {
			return nulStream{unix}, nil
		}
		return nc, err
	}
}

// nulStream is a stream to which datagrams are written, each with a NUL behind it: one
// before that is escaped. A Write is one frame: neither Buffer nor Hold, which join
// frames, go with a socket that may be of either kind.
type nulStream struct{ *net.UnixConn }

// Reads lets package redial look whether the peer is still there.
func (s nulStream) Reads() *net.UnixConn { return s.UnixConn }

func (s nulStream) Write(p []byte) (int, error) {
	if i := bytes.IndexByte(p, 0); i < 0 || i == len(p)-1 {
		return s.UnixConn.Write(p)
	}
	text := p[:len(p)-1]
	_, err := s.UnixConn.Write(append(bytes.ReplaceAll(text, []byte{0}, []byte("#000")), 0))
	if err != nil {
		return 0, err
	}
	return len(p), nil
}
