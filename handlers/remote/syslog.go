package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// SockType says what kind of socket syslog goes over. (Python: socktype.)
type SockType string

// The kinds of sockets.
const (
	// SockAny is datagrams to a host, and at a path whichever of both is there.
	SockAny SockType = ""
	// SockDgram is UDP, or Unix datagrams.
	SockDgram SockType = "dgram"
	// SockStream is TCP, or a Unix stream.
	SockStream SockType = "stream"
)

// UnmarshalText takes "dgram" and "stream", and Python's SOCK_DGRAM and SOCK_STREAM.
func (s *SockType) UnmarshalText(text []byte) error {
	switch string(text) {
	case "":
		*s = SockAny
	case "dgram", "SOCK_DGRAM":
		*s = SockDgram
	case "stream", "SOCK_STREAM":
		*s = SockStream
	default:
		return fmt.Errorf("unknown socktype %q: want dgram or stream", text)
	}
	return nil
}

// SyslogPort is where syslog daemons listen, for UDP and for TCP. (Python:
// SYSLOG_UDP_PORT, SYSLOG_TCP_PORT.)
const SyslogPort = 514

// SysLogOptions are the options of NewSysLog.
type SysLogOptions struct {
	// SockType is the kind of socket.
	SockType SockType `json:"socktype"`
	// TLS, if not nil, is put over the connection (RFC 5425), which is a stream
	// then. Python has no such thing.
	TLS *tls.Config `json:"-"`
	// Hold keeps records while the peer is gone, and sends the last ones again when
	// it is back; nil drops them. It is for streams. In RFC 5424 each record has an
	// ID by which package receive removes what comes twice; other receivers and
	// formats have it twice.
	Hold *redial.Hold `json:"-"`
	// Buffer is as in SocketOptions.
	Buffer int `json:"-"`

	// Syslog is the format. Framing is for streams; unless set it is FramingOctet
	// over TLS, and over TCP FramingNUL for Bare, which is Python's (none without
	// AppendNUL), FramingLF for RFC3164 and FramingOctet for RFC5424. Hostname,
	// AppName and Process are filled in where they are needed and not set.
	wire.Syslog

	Options
}

// NewSysLog returns a handler that sends each record to a syslog daemon at host and
// port, or, if port is nil, to the Unix socket at the path host: by datagrams, or if
// these find nobody by a stream. An empty host is localhost's UDP port 514, as in
// Python; LocalSysLog is where this machine's own daemon listens. o may be nil.
//
// That nobody listens is no error here, but a name that there is not in the DNS is.
// A connection that breaks is made again, where Python's stays broken. (Python:
// SysLogHandler.)
func NewSysLog(host string, port *int, o *SysLogOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &SysLogOptions{}
	}
	if host == "" && port == nil && o.Dial == nil {
		host, port = "localhost", new(SyslogPort)
	}
	s, err := newSysLog(host, port, o)
	if err != nil {
		return nil, fmt.Errorf("SysLogHandler: %w", err)
	}
	return s, nil
}

func newSysLog(host string, port *int, o *SysLogOptions) (*sluice.Handler, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := checkBuffer(o.Buffer, o.Hold); err != nil {
		return nil, err
	}
	kind, err := o.kind(port == nil)
	if err != nil {
		return nil, err
	}
	format, err := o.format(kind, port == nil)
	if err != nil {
		return nil, err
	}
	late := o.escapesLate(kind, port == nil)
	if late {
		bare := o.Syslog
		format = &bare
	}
	dial, err := o.syslogDial(kind, host, port, late)
	if err != nil {
		return nil, err
	}
	var h *sluice.Handler
	ro := o.redial(&h)
	if ro.Hold = o.Hold; kind == SockStream {
		ro.Hold = o.hold(o.Hold)
	}
	if port == nil && o.RetryStart == nil {
		// It costs nothing to see whether there is somebody by now.
		ro.RetryStart = new(time.Duration)
	}
	s := newSender(redial.New(dial, ro), format, o.Buffer)
	if o.Hold != nil {
		s.ids = newIDs()
	}
	h = o.handler(s)
	return o.spooled("SysLogHandler", h, 0)
}

// kind is what SockType stands for.
func (o *SysLogOptions) kind(unix bool) (SockType, error) {
	kind := o.SockType
	if o.TLS != nil {
		if kind == SockDgram {
			return "", errors.New("TLS over datagrams")
		}
		kind = SockStream
	}
	if kind == SockAny && !unix {
		kind = SockDgram
	}
	if kind != SockStream {
		if o.Framing != wire.FramingNone {
			return "", fmt.Errorf("framing %q is for streams", o.Framing)
		}
		if o.Hold != nil {
			return "", errors.New("records can be held for streams only")
		}
	}
	return kind, nil
}

// format fills in what of the format depends on the socket and on this machine.
func (o *SysLogOptions) format(kind SockType, unix bool) (sluice.Formatter, error) {
	f := o.Syslog
	if kind != SockDgram && f.Framing == wire.FramingNone {
		f.Framing = framing(&f, unix, o.TLS != nil)
	}
	if f.Format == wire.Bare {
		return &f, nil
	}
	// A daemon takes what comes after the time over a Unix socket for the tag.
	if f.Hostname == "" && !(unix && f.Format == wire.RFC3164) {
		name, err := os.Hostname()
		if err != nil {
			return nil, err
		}
		f.Hostname = name
	}
	if f.AppName == "" {
		f.AppName = filepath.Base(os.Args[0])
	}
	if f.Process == 0 {
		f.Process = os.Getpid()
	}
	return wire.NewSyslog(f), nil
}

// framing is what daemons expect of a stream.
func framing(f *wire.Syslog, unix, overTLS bool) wire.Framing {
	switch {
	case overTLS:
		return wire.FramingOctet
	case f.Format == wire.Bare && f.AppendNUL != nil && !*f.AppendNUL:
		return wire.FramingNone
	case f.Format == wire.Bare || unix:
		// A Unix socket may turn out to be one of datagrams, at whose end daemons
		// do not mind a NUL.
		return wire.FramingNUL
	case f.Format == wire.RFC3164:
		return wire.FramingLF
	}
	return wire.FramingOctet
}

func (o *SysLogOptions) syslogDial(kind SockType, host string, port *int, late bool) (redial.Dial, error) {
	dial := o.Dial
	if dial == nil {
		stream, streamAt, err := addressOf("tcp", "unix", host, port)
		if err != nil {
			return nil, err
		}
		packets, packetsAt, err := addressOf("udp", "unixgram", host, port)
		if err != nil {
			return nil, err
		}
		if port != nil {
			if err := resolves(host); err != nil {
				return nil, err
			}
		}
		switch kind {
		case SockStream:
			dial = redial.Dialer(stream, streamAt)
		case SockDgram:
			dial = datagramDial(packets, packetsAt)
		default:
			inStream := redial.Dialer(stream, streamAt)
			if late {
				inStream = nulStreams(inStream)
			}
			dial = either(redial.Dialer(packets, packetsAt), inStream)
		}
	}
	if o.TLS == nil {
		return dial, nil
	}
	return overTLS(dial, o.TLS, host, port != nil)
}

// resolves gives an error if there is no such host. (handlers.py: createSocket
// resolves in the constructor.) That the DNS does not answer is no error: it may
// when there is something to send.
func resolves(host string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := net.DefaultResolver.LookupHost(ctx, host)
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound && !dns.IsTemporary {
		return err
	}
	return nil
}

// either dials a, and b if that fails.
func either(a, b redial.Dial) redial.Dial {
	return func(ctx context.Context) (net.Conn, error) {
		nc, err := a(ctx)
		if err == nil {
			return nc, nil
		}
		nc, err2 := b(ctx)
		if err2 != nil {
			return nil, fmt.Errorf("%w; %w", err, err2)
		}
		return nc, nil
	}
}

// LocalSysLog gives the path of the Unix socket on which the syslog daemon of this
// machine listens, by its system's convention; empty on systems without one.
func LocalSysLog() string {
	switch runtime.GOOS {
	case "windows", "plan9", "js", "wasip1", "android":
		return ""
	case "darwin", "ios":
		return "/var/run/syslog"
	case "freebsd", "netbsd", "dragonfly":
		return "/var/run/log"
	}
	return "/dev/log"
}
