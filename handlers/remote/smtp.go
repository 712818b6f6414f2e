package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/mail"
	"github.com/sluicelog/sluice/redial"
)

// The ports of mail servers: for SMTP, and for SMTP inside of TLS (RFC 8314).
const (
	SMTPPort  = 25
	SMTPSPort = 465
)

// SMTPOptions are the options of NewSMTP.
type SMTPOptions struct {
	// Credentials log in to the server, by CRAM-MD5, PLAIN or LOGIN, whichever comes
	// first of those it offers and takes; nil, or without a user name: no login.
	Credentials *SMTPCredentials `json:"credentials"`
	// Secure asks for TLS by STARTTLS before the login; a server that does not offer
	// it gets nothing. Certificates are verified. Without Credentials it is an error.
	Secure *SMTPSecure `json:"secure"`
	// Implicit speaks TLS from the first byte (SMTPS). Python has no such thing.
	Implicit bool `json:"-"`
	// TLS is the configuration for Secure and Implicit; nil has the system's
	// authorities, TLS 1.2 or newer, and the server's name from mailhost.
	TLS *tls.Config `json:"-"`
	// GetSubject makes the subject of a record's mail instead of the fixed one, and
	// must be safe for concurrent use. (Python: getSubject.)
	GetSubject func(r *sluice.Record) string `json:"-"`
	// Digest gathers records into fewer mails, sent in the background; nil sends one
	// mail for each record, and Emit returns when the server has it.
	Digest *SMTPDigest `json:"-"`
	// Deadline is how long a mail may take altogether; 0 is six times Timeout, which
	// is here 5 s, for connecting and for each answer of the server.
	Deadline time.Duration `json:"-"`
	// LocalName is how the handler introduces itself; empty is this machine's name,
	// or its address where that has no domain.
	LocalName string `json:"-"`
	// Formatter makes the text; nil is the message and attributes, and the whole
	// record as sluice.NewLogfmt in a Digest.
	Formatter sluice.Formatter `json:"-"`

	Options
}

// NewSMTP returns a handler that mails each record from fromaddr to toaddrs, through
// the server mailhost: a host, with a port ("mail.example.org:587") or without
// (SMTPPort; SMTPSPort if Implicit). An address may have a name, and several may
// stand in one text with commas between them. o may be nil. (Python: SMTPHandler.)
//
// A line break in subject or an address is an error here. One in what GetSubject
// returns is encoded, so that it reaches the reader and makes no header.
//
// The error of a record that the server has refused for good, or may have, tells a
// queue in front not to try it again. A recipient whom the server refuses is reported
// to OnError, with a nil record; the mail still goes to the others.
func NewSMTP(mailhost, fromaddr string, toaddrs []string, subject string, o *SMTPOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &SMTPOptions{}
	}
	m, err := newMail(mailhost, fromaddr, toaddrs, subject, o)
	if err == nil && o.Spool != "" && o.Digest != nil {
		err = errors.New("a digest keeps records in memory, behind a spool that is to keep them on disk")
	}
	if err != nil {
		return nil, fmt.Errorf("SMTPHandler: %w", err)
	}
	h := o.handler(m)
	m.onError = func(err error) { h.HandleError(context.Background(), nil, err) }
	if o.Digest != nil {
		m.digest = newDigest(m, o)
	}
	// A mail is dear, and what was sent and not settled when the process dies is sent
	// again: one at a time.
	return o.spooled("SMTPHandler", h, 1)
}

func newMail(mailhost, fromaddr string, toaddrs []string, subject string, o *SMTPOptions) (*Mail, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := o.Digest.check(); err != nil {
		return nil, err
	}
	if o.Deadline < 0 {
		return nil, fmt.Errorf("deadline of %v", o.Deadline)
	}
	// handlers.py gives such a subject's every record to handleError.
	if o.GetSubject == nil && strings.ContainsAny(subject, "\r\n\v\f\x1c\x1d\x1e\u0085\u2028\u2029") {
		return nil, fmt.Errorf("subject %q holds a line break", subject)
	}
	m := &Mail{format: &counted{Formatter: o.Formatter}, subject: o.GetSubject, dropped: map[string]uint64{}}
	if m.subject == nil {
		m.subject = func(*sluice.Record) string { return subject }
	}
	if o.Formatter == nil {
		m.format.Formatter = sluice.Message{}
		if o.Digest != nil {
			m.format.Formatter = sluice.NewLogfmt(nil)
		}
	}
	var err error
	if m.from, err = mail.ParseAddresses(fromaddr); err != nil {
		return nil, fmt.Errorf("fromaddr: %w", err)
	}
	for _, to := range toaddrs {
		list, err := mail.ParseAddresses(to)
		if err == nil && len(list) == 0 {
			err = errors.New("empty address")
		}
		if err != nil {
			return nil, fmt.Errorf("toaddrs: %w", err)
		}
		m.to = append(m.to, list...)
	}
	m.server, err = o.server(mailhost)
	return m, err
}

// server says how to reach the server.
func (o *SMTPOptions) server(mailhost string) (*smtpServer, error) {
	port := SMTPPort
	if o.Implicit {
		port = SMTPSPort
	}
	host, port, err := splitMailhost(mailhost, port)
	if err != nil {
		return nil, err
	}
	s := &smtpServer{
		dial:      o.Dial,
		startTLS:  o.Secure != nil,
		implicit:  o.Implicit,
		timeout:   o.Timeout,
		deadline:  o.Deadline,
		localName: o.LocalName,
	}
	if s.timeout == 0 {
		s.timeout = 5 * time.Second
	}
	if s.deadline == 0 {
		s.deadline = 6 * s.timeout
	}
	if s.localName == "" {
		s.localName = localName()
	} else if !isHostName(s.localName) {
		return nil, fmt.Errorf("local name %q", s.localName)
	}
	if s.dial == nil {
		if host == "" {
			return nil, errNoHost
		}
		s.dial = redial.Dialer("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	}
	if c := o.Credentials; c != nil && c.Username != "" {
		if !isPrintable(c.Username) || !isPrintable(c.Password) {
			return nil, errors.New("credentials that are not ASCII, which SMTP has no way to say")
		}
		s.credentials = c
	}
	switch {
	case o.Secure != nil && s.credentials == nil:
		return nil, errors.New("secure without credentials")
	case o.Secure != nil && o.Implicit:
		return nil, errors.New("both STARTTLS and TLS from the start")
	case o.Secure == nil && !o.Implicit && o.TLS != nil:
		return nil, errors.New("a TLS configuration without Secure or Implicit")
	case o.Secure != nil || o.Implicit:
		s.tls, err = o.tlsConfig(host)
	}
	return s, err
}

func (o *SMTPOptions) tlsConfig(host string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	if config.ServerName == "" && !config.InsecureSkipVerify {
		if host == "" {
			return nil, errors.New("TLS without a ServerName to be verified")
		}
		config.ServerName = host
	}
	if o.Secure != nil {
		if err := o.Secure.load(config); err != nil {
			return nil, err
		}
	}
	return config, nil
}

// splitMailhost splits a host from its port.
func splitMailhost(mailhost string, port int) (string, int, error) {
	host, digits, err := net.SplitHostPort(mailhost)
	if err != nil {
		host = mailhost
		if n := len(host); n > 1 && host[0] == '[' && host[n-1] == ']' {
			host = host[1 : n-1]
		}
		if strings.ContainsAny(host, "[]\r\n ") || strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return "", 0, fmt.Errorf("mailhost %q", mailhost)
		}
		return host, port, nil
	}
	if digits != "" {
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil {
			return "", 0, fmt.Errorf("mailhost %q: port %q", mailhost, digits)
		}
		// handlers.py: no port, and port 0 as well, is the default one.
		if n != 0 {
			port = int(n)
		}
	}
	return host, port, nil
}
