package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"
	"time"

	"github.com/sluicelog/sluice/redial"
)

// smtpServer says how to talk to the server; it holds no connection.
type smtpServer struct {
	dial        redial.Dial
	tls         *tls.Config // nil: none
	startTLS    bool
	implicit    bool
	credentials *SMTPCredentials // nil: no login
	timeout     time.Duration
	deadline    time.Duration
	localName   string // empty: the address of the connection
}

// letter is a mail and its envelope.
type letter struct {
	from          string
	to            []string
	data          []byte
	international bool
}

// refusal is a recipient that the server does not take.
type refusal struct {
	to  string
	err error
}

// smtpError says at which step a dialogue ended.
type smtpError struct {
	step       string
	err        error
	unanswered bool // the server has the whole mail
}

func (e *smtpError) Error() string { return e.step + ": " + e.err.Error() }
func (e *smtpError) Unwrap() error { return e.err }

// Permanent tells a queue that the mail must not be sent again.
func (e *smtpError) Permanent() bool { return e.unanswered || isPermanent(e.err) }

// isPermanent says that the server's answer is no for good (RFC 5321, 4.2.1).
func isPermanent(err error) bool {
	var reply *textproto.Error
	return errors.As(err, &reply) && reply.Code >= 500 && reply.Code < 600
}

// send takes a mail to the server, over a connection of its own, before end. It
// returns the recipients who were refused while others were not. When it returns an
// error no recipient has the mail, unless that is unanswered.
func (s *smtpServer) send(l *letter, end time.Time) ([]refusal, error) {
	d, err := s.connect(end)
	if err != nil {
		return nil, err
	}
	defer d.conn.Close()
	if err := d.hello(); err != nil {
		return nil, err
	}
	refused, err := d.send(l)
	if err != nil {
		return nil, err
	}
	_, _, _ = d.command(221, "QUIT") // the server has the mail, whatever it says now
	return refused, nil
}

// dialogue is a conversation with the server.
type dialogue struct {
	*smtpServer
	conn    net.Conn
	lines   lines
	offered map[string]string // the server's extensions
	end     time.Time
}

// connect connects and reads the greeting.
func (s *smtpServer) connect(end time.Time) (*dialogue, error) {
	ctx, cancel := context.WithDeadline(context.Background(), earlier(time.Now().Add(s.timeout), end))
	defer cancel()
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, &smtpError{step: "connect", err: err}
	}
	conn = &limitedConn{Conn: conn, left: maxAnswers}
	d := &dialogue{smtpServer: s, conn: conn, end: end}
	if s.implicit {
		over := tls.Client(conn, s.tls)
		if err := over.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, &smtpError{step: "TLS", err: err}
		}
		d.conn = over
	}
	if s.localName == "" {
		d.smtpServer = new(smtpServer)
		*d.smtpServer = *s
		d.localName = addressLiteral(conn.LocalAddr())
	}
	d.lines = lines{textproto.NewConn(d.conn)}
	d.arm()
	if _, _, err := d.lines.reply(220); err != nil {
		_ = conn.Close()
		return nil, d.failed("greeting", err)
	}
	return d, nil
}

func (s *smtpServer) serverName() string {
	if s.tls == nil {
		return ""
	}
	return s.tls.ServerName
}

// arm gives the next step its time.
func (d *dialogue) arm() {
	// A connection that takes no deadline is closed by nobody; the ones that are
	// dialled do.
	_ = d.conn.SetDeadline(earlier(time.Now().Add(d.timeout), d.end))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// failed makes an error of what ended a step. An answer is quoted, bounded and without
// the password that it may repeat.
func (d *dialogue) failed(step string, err error) *smtpError {
	const shown = 200 // bytes of an answer
	var reply *textproto.Error
	switch {
	case errors.As(err, &reply):
		text := d.redact(reply.Msg)
		if len(text) > shown {
			text = text[:shown] + "..."
		}
		err = &textproto.Error{Code: reply.Code, Msg: fmt.Sprintf("%q", text)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the server closed the connection")
	default:
		var protocol textproto.ProtocolError
		if errors.As(err, &protocol) {
			err = errors.New("the server's answer is not SMTP")
		}
	}
	return &smtpError{step: step, err: err}
}

// maxAnswers bounds what is read of a server in one dialogue.
const maxAnswers = 256 << 10

// limitedConn gives an error to who reads too much.
type limitedConn struct {
	net.Conn
	left int
}

func (c *limitedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, fmt.Errorf("the server sent more than %d KiB", maxAnswers>>10)
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// localName is this machine's name if that has a domain. (smtplib.py: SMTP.__init__)
func localName() string {
	name, err := os.Hostname()
	if err != nil || !strings.Contains(name, ".") || !isHostName(name) {
		return ""
	}
	return name
}

// addressLiteral is an address as the greeting has it (RFC 5321, 4.1.3).
func addressLiteral(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	switch {
	case !ok:
		return "localhost"
	case tcp.IP.To4() == nil:
		return "[IPv6:" + tcp.IP.String() + "]"
	}
	return "[" + tcp.IP.String() + "]"
}

func isHostName(s string) bool {
	return isPrintable(s) && !strings.ContainsAny(s, " <>")
}

// isPrintable says that s is ASCII without controls.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
