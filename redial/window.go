package redial

import "net"

const (
	// ownWindow covers what lies in this machine's send buffer, which is all of the
	// way of a Unix socket, and leaves as much again for what a peer has taken off its
	// socket and not finished with.
	ownWindow = 256 << 10
	// unknownBuffer is for a peer of whose buffer nothing is known.
	unknownBuffer = 8 << 20
	// lookEvery is how many bytes are sent between two looks at the peer's window.
	lookEvery = 16 << 10
)

// window is how many bytes of the last frames that were sent may be lost with the peer,
// for a connection to it.
type window struct {
	bytes      int
	advertised func() int // what the peer's window is; 0: it is not known. nil: bytes is fixed
	since      int        // bytes sent since the last look
}

// newWindow is for nc, without TLS around it.
func newWindow(nc net.Conn, h *Hold) window {
	switch {
	case h == nil || h.Replay < 0:
		return window{}
	case h.Replay > 0:
		return window{bytes: h.Replay}
	}
	w := window{bytes: ownWindow}
	if tcp, ok := nc.(*net.TCPConn); ok {
		w.advertised = advertised(tcp)
		w.look()
	}
	return w
}

// sent notes that n more bytes were sent.
func (w *window) sent(n int) {
	if w.since += n; w.since >= lookEvery {
		w.look()
	}
}

// look looks at how much the peer says it can take: what is free of its receive buffer.
// The buffer grows as the peer's program reads, and the window with it, so that the
// largest window so far is about the largest buffer. Twice as much covers what happens
// between two looks.
func (w *window) look() {
	w.since = 0
	if w.advertised == nil {
		return
	}
	n := 2 * w.advertised()
	if n == 0 && w.bytes == ownWindow {
		n = unknownBuffer
	}
	w.bytes = max(w.bytes, ownWindow+n)
}
