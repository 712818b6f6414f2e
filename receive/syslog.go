package receive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sluicelog/sluice/wire"
)

// Framing says how records are told apart in a stream and in a datagram.
type Framing uint8

const (
	// Prefixed is Python's SocketHandler and DatagramHandler: four bytes of length,
	// big endian, in front of each record.
	Prefixed Framing = iota
	// Syslog is what syslog daemons take. A datagram is a message. In a stream the
	// number of its bytes stands in front of each message, or a NUL or a newline
	// behind it; which of them is found out for each connection. A message that has
	// begun and whose end does not come within FrameTimeout, or until the
	// connection ends, is taken as it is.
	Syslog
)

// syslogStream is a connection's bytes that have been read but not delivered.
type syslogStream struct {
	*conn
	reader *wire.SyslogReader // conn's parser; nil: another one
	cutter syslogCutter
	buf    []byte // buf[start:] has not been delivered
	start  int
	full   bool // the last read took all that there was room for
	skip   int  // bytes of a message that is too long to come
	long   bool // skipping to the end of such a message
	timed  bool // the deadline is that of the message at hand
}

// serveSyslog reads messages until the connection ends or cannot go on.
func (c *conn) serveSyslog() {
	s := &syslogStream{conn: c, buf: make([]byte, 0, readSize)}
	s.reader, _ = c.parser.(*wire.SyslogReader)
	for s.deliver(false) && s.read() {
	}
}

// read reads more; false: there is no more, and what was left is delivered.
func (s *syslogStream) read() bool {
	s.flush()
	if pending := s.start < len(s.buf) || s.skip > 0; !pending {
		s.timed = false
		s.between()
	} else if !s.timed {
		s.timed = true
		if s.cutter.kind == framedOctet {
			s.begun()
		} else {
			s.open()
		}
	}
	s.room()
	n, err := s.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	if s.reader != nil {
		s.reader.Arrived(time.Now())
	}
	if err == nil || n > 0 {
		s.full = len(s.buf) == cap(s.buf)
		return true
	}
	left := len(s.buf) - s.start
	late := errors.Is(err, os.ErrDeadlineExceeded)
	if left > 0 && (errors.Is(err, io.EOF) || late) && s.cutter.kind != framedOctet {
		if !s.deliver(true) {
			return false
		}
		left = 0
		if late && !s.draining() {
			s.timed = false
			return true
		}
	}
	if left > 0 {
		_, _, want := s.cutter.cut(s.buf[s.start:], false)
		return s.cut(err, left, max(want, left+1), "message")
	}
	s.ended(err)
	return false
}

// room makes room for more, but no more than the longest message needs.
func (s *syslogStream) room() {
	if s.start > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.start:])]
		s.start = 0
	}
	switch {
	case len(s.buf) == cap(s.buf), s.full && cap(s.buf) < mostRead:
		s.buf = append(make([]byte, 0, 2*cap(s.buf)), s.buf...)
	case len(s.buf) == 0 && cap(s.buf) > mostRead:
		s.buf = make([]byte, 0, readSize) // one long message must not hold its memory
	}
}

// deliver delivers the messages that are whole; false: the connection cannot go on.
func (s *syslogStream) deliver(ended bool) bool {
	most := s.server.o.MaxFrame
	for s.start < len(s.buf) {
		data := s.buf[s.start:]
		if s.skip > 0 {
			n := min(s.skip, len(data))
			s.skip -= n
			s.start += n
			continue
		}
		from, to, next := s.cutter.cut(data, ended)
		if to < 0 {
			return s.wait(data, next-from, next)
		}
		s.start += next
		switch n := to - from; {
		case s.long: // what follows it is whole again
			s.long = false
		case n > most:
			s.tooLong(n)
		case n > 0:
			s.emit(data[from:to])
		}
		s.timed = false
	}
	return true
}

// wait decides what to do with a message that has not come to its end: n bytes
// long, which ends at next, or of which that is not known.
func (s *syslogStream) wait(data []byte, n, next int) bool {
	most := s.server.o.MaxFrame
	switch {
	case next == 0 && len(data) > most:
		if !s.long {
			s.tooLong(len(data))
		}
		s.long = true
		s.start, s.cutter.scanned = len(s.buf), 0
	case next > 0 && n > most:
		s.tooLong(n)
		if n > skipFactor*most {
			return false
		}
		s.skip, s.start = next-len(data), len(s.buf)
	}
	return true
}

func (s *syslogStream) tooLong(n int) {
	s.server.refuse(s.peer, ReasonTooLong, true, fmt.Errorf("message of %d bytes or more refused: the limit is %d", n, s.server.o.MaxFrame))
}
