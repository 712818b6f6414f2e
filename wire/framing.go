package wire

import (
	"bytes"
	"fmt"
	"strconv"
)

// Framing says how messages are told apart in a stream.
type Framing string

// The framings. In a message that a delimiter ends, that delimiter is written #000
// or #012, as rsyslog does.
const (
	// FramingNone is for datagrams, each of which is a message. In a stream
	// nothing separates the messages then.
	FramingNone Framing = ""
	// FramingNUL ends each message with a NUL, as Python does.
	FramingNUL Framing = "nul"
	// FramingLF ends each message with a newline (RFC 6587, 3.4.2).
	FramingLF Framing = "lf"
	// FramingOctet puts each message's number of bytes in front of it, so that a
	// message may hold anything (RFC 6587, 3.4.1; RFC 5425).
	FramingOctet Framing = "octet"
)

// UnmarshalText takes the framings of this package.
func (f *Framing) UnmarshalText(text []byte) error {
	switch v := Framing(text); v {
	case FramingNone, FramingNUL, FramingLF, FramingOctet:
		*f = v
		return nil
	}
	return fmt.Errorf("unknown syslog framing %q: want nul, lf or octet", text)
}

// frame makes a frame of the message that dst holds from start on.
func (f Framing) frame(dst []byte, start int) []byte {
	switch f {
	case FramingNUL:
		return append(escapeByte(dst, start, 0, "#000"), 0)
	case FramingLF:
		return append(escapeByte(dst, start, '\n', "#012"), '\n')
	case FramingOctet:
		var room [20]byte
		prefix := append(strconv.AppendInt(room[:0], int64(len(dst)-start), 10), ' ')
		dst = append(dst, prefix...)
		copy(dst[start+len(prefix):], dst[start:])
		copy(dst[start:], prefix)
	}
	return dst
}

// escapeByte writes as in place of each c of dst from start on.
func escapeByte(dst []byte, start int, c byte, as string) []byte {
	n := bytes.Count(dst[start:], []byte{c})
	if n == 0 {
		return dst
	}
	from := len(dst)
	for range n * (len(as) - 1) {
		dst = append(dst, 0)
	}
	// From the end on, so that nothing is overwritten before it is moved.
	to := len(dst)
	for from > start {
		from--
		if dst[from] != c {
			to--
			dst[to] = dst[from]
			continue
		}
		to -= len(as)
		copy(dst[to:], as)
	}
	return dst
}
