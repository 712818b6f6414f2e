package redial

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// errPeerClosed is the end of a connection that the peer closed.
var errPeerClosed = errors.New("peer closed the connection")

// A dead peer is noticed within this time: by its silence to what was sent on
// Linux, and to probes elsewhere and when nothing is sent.
const deadAfter = 10 * time.Second

// link is one connection, for as long as it lasts.
type link struct {
	nc      net.Conn
	began   time.Time
	packet  bool
	window  window      // the holder's
	arrived func() bool // tells whether the peer's system has all; nil: that is not known
	try     *attempt    // nil: always with a deadline
	probe   func() bool // tells whether the peer has closed it; nil: ask dead only

	dead  chan struct{} // closed when the peer has closed a stream, or it failed
	cause error         // why; set before dead is closed
}

func newLink(nc net.Conn, h *Hold) *link {
	l := &link{nc: nc, began: time.Now(), packet: isPacket(nc), dead: make(chan struct{})}
	if h == nil {
		l.try = newAttempt(nc)
	}
	inner := nc
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok { // TLS
		inner = t.NetConn()
	}
	l.window = newWindow(inner, h)
	if l.packet {
		return l
	}
	if tcp, ok := inner.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: deadAfter / 2, Interval: deadAfter / 10, Count: 5})
		setUserTimeout(tcp, deadAfter)
		l.arrived = arrived(tcp)
	}
	if b, ok := inner.(interface{ SetWriteBuffer(int) error }); ok && l.window.bytes > 0 {
		// Linux makes it twice as large as it is told.
		_ = b.SetWriteBuffer(min(l.window.bytes/4, 64<<10))
	}
	l.probe = newProbe(nc)
	go l.watch()
	return l
}

func isPacket(nc net.Conn) bool {
	a := nc.LocalAddr()
	if a == nil {
		return false
	}
	n := a.Network()
	return strings.HasPrefix(n, "udp") || strings.HasPrefix(n, "ip") || n == "unixgram"
}

// watch waits for the peer to close the stream. It has nothing to say that would
// be of interest.
func (l *link) watch() {
	defer close(l.dead)
	buf := make([]byte, 256)
	for {
		_, err := l.nc.Read(buf)
		switch {
		case err == nil:
			continue
		case errors.Is(err, io.EOF):
			l.cause = errPeerClosed
		default:
			l.cause = err
		}
		return
	}
}

// orderly tells whether the peer, which has ended the stream, had everything by then: a
// receiver may end one for its own reasons while records are on their way. To be asked
// before close.
func (l *link) orderly(cause error) bool {
	return errors.Is(cause, errPeerClosed) && (l.arrived == nil || l.arrived())
}

// gone tells whether the peer is known to have closed the stream.
func (l *link) gone() bool {
	if l.packet { // nobody watches it
		return false
	}
	select {
	case <-l.dead:
		return true
	default:
		return l.probe != nil && l.probe()
	}
}

// write writes all of p within timeout, and gives how much it has written. After an
// error the link is of no use, but for a datagram that is too long.
func (l *link) write(p []byte, timeout time.Duration) (int, error) {
	if l.try == nil {
		return l.wait(p, timeout)
	}
	// To set a deadline costs more than all else that a frame needs but the system
	// call, and nearly always there is room.
	n, err := l.try.write(p)
	if err != nil || n == len(p) {
		return n, err
	}
	m, err := l.wait(p[n:], timeout)
	if err == nil {
		err = l.nc.SetWriteDeadline(time.Time{})
	}
	return n + m, err
}

// wait is write that waits for room.
func (l *link) wait(p []byte, timeout time.Duration) (int, error) {
	if err := l.nc.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return 0, err
	}
	n, err := l.nc.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return n, err
}

// writeOn writes all of p, however long it takes, as long as something of it is
// taken within each timeout, and ctx does not end. It gives what was taken.
func (l *link) writeOn(ctx context.Context, p []byte, timeout time.Duration) (int, error) {
	written := 0
	for ctx.Err() == nil {
		if err := l.nc.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
			return written, err
		}
		n, err := l.nc.Write(p[written:])
		written += min(n, len(p)-written)
		switch {
		case written == len(p):
			return written, nil
		case err == nil:
			return written, io.ErrShortWrite
		case n == 0 || !isTimeout(err):
			return written, err
		}
	}
	return written, ctx.Err()
}

func (l *link) close() { _ = l.nc.Close() }

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
