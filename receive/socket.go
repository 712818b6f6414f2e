package receive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
)

const (
	prefixSize = 4            // the length in front of a frame, big endian
	readSize   = 16 << 10     // a connection's buffer; frames up to it are parsed in place
	mostRead   = 4 * readSize // what a connection that has so much to say is read by
	skipFactor = 64           // see Options.MaxFrame
)

// ServeSocket accepts connections on l, TCP or Unix, and reads from each a row of
// frames; see Options.Framing. It closes l. It
// returns the listener's error when that fails, and after Shutdown
// ErrServerClosed, when its connections have been read to their end.
func (s *Server) ServeSocket(l net.Listener) error {
	s.begin(l)
	defer s.end(l)
	var conns sync.WaitGroup
	defer l.Close()
	pause := time.Duration(0)
	var last lastLook
	for {
		nc, err := l.Accept()
		if err != nil {
			select {
			case <-s.drained:
				if d, ok := l.(deadliner); ok && errors.Is(err, os.ErrDeadlineExceeded) && last.again(d.SetDeadline, 0) {
					continue
				}
				// All that waited to be accepted have been; see stop.
				conns.Wait()
				return ErrServerClosed
			default:
			}
			var temporary net.Error
			if errors.As(err, &temporary) && temporary.Timeout() || isExhausted(err) {
				// Out of descriptors: those in use end some time; accepting must
				// go on then.
				pause = min(max(2*pause, 5*time.Millisecond), time.Second)
				select {
				case <-time.After(pause):
				case <-s.drained:
				}
				continue
			}
			return fmt.Errorf("accept on %s: %w", l.Addr(), err)
		}
		pause = 0
		last.read()
		s.start(nc, &conns)
	}
}

func (s *Server) start(nc net.Conn, conns *sync.WaitGroup) {
	c := &conn{server: s, nc: nc, peer: peerName(nc.RemoteAddr()), parser: s.ownParser()}
	c.host = hostOf(c.peer)
	host := c.host
	s.mu.Lock()
	full := s.full(host)
	if full == nil {
		s.peers[host]++
		c.drain = s.draining
		s.conns[c] = struct{}{}
		s.active++
	}
	s.mu.Unlock()
	if full != nil {
		_ = nc.Close()
		s.refuse(c.peer, ReasonTooMany, false, full)
		return
	}
	conns.Go(func() {
		c.serve()
		c.flush()
		_ = nc.Close()
		s.mu.Lock()
		delete(s.conns, c)
		if s.peers[host]--; s.peers[host] == 0 {
			delete(s.peers, host)
		}
		s.leave()
		s.mu.Unlock()
	})
}

// full says why there is no room for one more connection; nil: there is. The caller
// holds mu. Clients of Unix sockets have no host.
func (s *Server) full(host string) error {
	open, most, of := len(s.conns)+len(s.web), s.o.MaxConns, ""
	if host != "" && open < most {
		open, most, of = s.peers[host], s.o.MaxConnsPerPeer, " to one address"
	}
	if open < most {
		return nil
	}
	return fmt.Errorf("connection refused: %d are open, the most allowed%s", most, of)
}

// hostOf is the address of a peer without its port.
func hostOf(peer string) string {
	host, _, err := net.SplitHostPort(peer)
	if err != nil {
		return peer
	}
	return host
}

// peerName is the address of a peer; a client on a Unix socket has none.
func peerName(a net.Addr) string {
	if a == nil || a.Network() == "unix" || a.Network() == "unixgram" {
		return ""
	}
	return a.String()
}

// conn is one stream of frames.
type conn struct {
	server   *Server
	nc       net.Conn
	peer     string
	host     string // without its port
	big      []byte // memory for frames over readSize
	looked   bool   // narrow has seen the first frame
	narrowed bool   // and found an ID in it
	parser   Parser // the Server's, or the connection's own of its kind
	record   sluice.Record

	emitted bool   // something since the Emitter was flushed
	taken   uint64 // by the Emitter meanwhile: to count each by itself takes long

	mu     sync.Mutex // orders deadlines set by wake and by the reader
	inside bool       // a frame was begun
	drain  bool
	last   lastLook
}

// serve reads frames until the connection ends or cannot go on.
func (c *conn) serve() {
	if err := c.shakeHands(); err != nil {
		c.server.refuse(c.peer, ReasonHandshake, false, err)
		return
	}
	if c.server.o.Framing == Syslog {
		c.serveSyslog()
		return
	}
	in := bufio.NewReaderSize(c, readSize)
	for {
		// A deadline costs more than a frame: frames that have arrived whole need
		// none.
		waits := !whole(in)
		if waits {
			c.flush()
			c.between()
			if _, err := in.Peek(1); err != nil {
				c.ended(err)
				return
			}
			c.begun()
		}
		if !c.frame(in) {
			return
		}
		if waits && !c.narrowed && in.Buffered() > readSize/2 && in.Size() < mostRead {
			in = widened(in, c)
		}
	}
}

// widened is in for a connection that has much to say.
func widened(in *bufio.Reader, c io.Reader) *bufio.Reader {
	rest, _ := in.Peek(in.Buffered())
	return bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(rest)), c), mostRead)
}

func (c *conn) emit(data []byte) {
	if late := c.server.rates.wait(c.host, true); late > 0 {
		c.flush()
		select {
		case <-time.After(late):
		case <-c.server.drained: // what has arrived is read to its end
		}
	}
	c.emitted = true
	if c.server.frame(c.peer, data, c.parser, &c.record) {
		c.taken++
	}
}

// flush flushes the Emitter before the connection waits, if it had something since,
// and counts that.
func (c *conn) flush() {
	if c.emitted {
		c.emitted = false
		c.server.emitted.Add(c.taken)
		c.taken = 0
		c.server.flush(c.peer)
	}
}

// whole says that in's buffer holds a whole frame.
func whole(in *bufio.Reader) bool {
	if in.Buffered() < prefixSize {
		return false
	}
	p, _ := in.Peek(prefixSize)
	return uint64(in.Buffered()) >= prefixSize+uint64(binary.BigEndian.Uint32(p))
}

// ended says why there is no further frame.
func (c *conn) ended(err error) {
	switch {
	case errors.Is(err, io.EOF):
	case errors.Is(err, os.ErrDeadlineExceeded):
		if !c.draining() {
			c.server.refuse(c.peer, ReasonIdle, false, fmt.Errorf("connection closed: nothing arrived for %v", c.server.o.IdleTimeout))
		}
	case c.server.gaveUp():
	default:
		c.server.refuse(c.peer, ReasonBroken, false, err)
	}
}

// frame reads one frame whose first byte has arrived; false: the connection
// cannot go on.
func (c *conn) frame(in *bufio.Reader) bool {
	prefix, err := in.Peek(prefixSize)
	if err != nil {
		return c.cut(err, len(prefix), prefixSize, "length")
	}
	n, most := uint64(binary.BigEndian.Uint32(prefix)), uint64(c.server.o.MaxFrame)
	_, _ = in.Discard(prefixSize)
	if n > most {
		return c.tooLong(in, n, most)
	}
	if n <= readSize {
		data, err := in.Peek(int(n))
		if err != nil {
			return c.cut(err, len(data), int(n), "frame")
		}
		c.narrow(data)
		c.emit(data)
		_, _ = in.Discard(int(n))
		return true
	}
	data, err := readGrowing(in, c.big[:0], int(n))
	if err != nil {
		return c.cut(err, len(data), int(n), "frame")
	}
	c.narrow(data)
	c.emit(data)
	if c.big = data; cap(c.big) > 4*readSize {
		c.big = nil // one long record must not hold its memory for the rest of the connection
	}
	return true
}

// readGrowing reads n bytes into dst, which grows only as they arrive: the length
// is what a stranger says.
func readGrowing(in io.Reader, dst []byte, n int) ([]byte, error) {
	for len(dst) < n {
		if len(dst) == cap(dst) {
			grown := make([]byte, len(dst), min(n, max(2*cap(dst), 2*readSize)))
			copy(grown, dst)
			dst = grown
		}
		m, err := io.ReadFull(in, dst[len(dst):min(n, cap(dst))])
		dst = dst[:len(dst)+m]
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (c *conn) tooLong(in *bufio.Reader, n, most uint64) bool {
	err := fmt.Errorf("frame of %d bytes refused: the limit is %d", n, most)
	if n > skipFactor*most {
		c.server.refuse(c.peer, ReasonTooLong, true, fmt.Errorf("%w; connection closed, since this is no length of a record", err))
		return false
	}
	c.server.refuse(c.peer, ReasonTooLong, true, err)
	if _, err := io.CopyN(io.Discard, in, int64(n)); err != nil {
		c.ended(err)
		return false
	}
	return true
}

// cut reports a frame that did not arrive whole.
func (c *conn) cut(err error, got, want int, what string) bool {
	reason := ReasonBroken
	switch {
	case c.server.gaveUp():
		reason, err = ReasonShutdown, fmt.Errorf("shut down inside of a frame: %d of %d bytes of its %s had arrived", got, want, what)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		reason, err = ReasonTruncated, fmt.Errorf("connection ended inside of a frame: %d of %d bytes of its %s arrived", got, want, what)
	case errors.Is(err, os.ErrDeadlineExceeded):
		reason, err = ReasonTimeout, fmt.Errorf("connection closed: %d of %d bytes of a %s arrived within %v", got, want, what, c.server.o.FrameTimeout)
	default:
		err = fmt.Errorf("connection failed inside of a frame, %d of %d bytes of its %s had arrived: %w", got, want, what, err)
	}
	c.server.refuse(c.peer, reason, true, err)
	return false
}
