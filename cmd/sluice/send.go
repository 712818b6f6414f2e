package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"runtime"
	"strconv"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

type sendCmd struct {
	TCP      string `name:"tcp" help:"Send to this address over TCP; without any flag to 127.0.0.1:9020." xor:"to" placeholder:"HOST:PORT"`
	UDP      string `name:"udp" help:"Send to this address as datagrams." xor:"to" placeholder:"HOST:PORT"`
	Unix     string `help:"Send to this Unix stream socket." xor:"to" placeholder:"PATH"`
	Unixgram string `help:"Send to this Unix datagram socket." xor:"to" placeholder:"PATH"`

	HTTP string `name:"http" help:"Post to this URL, as Python's HTTPHandler does." xor:"to" placeholder:"URL"`

	TLSCA       string `name:"tls-ca" help:"Speak TLS, with a receiver whose certificate one of these (PEM) signed." placeholder:"FILE"`
	TLSCert     string `name:"tls-cert" help:"Certificate (PEM) to show to the receiver." placeholder:"FILE"`
	TLSKey      string `name:"tls-key" help:"Its key (PEM)." placeholder:"FILE"`
	TLSName     string `name:"tls-server-name" help:"The name in its certificate, where the address does not say it; through a Unix socket localhost if not given." placeholder:"NAME"`
	HMACKeyFile string `name:"hmac-key-file" help:"Sign records with the key in this file." placeholder:"FILE"`

	HTTPTokenFile string `name:"http-token-file" help:"Send the token in this file with each request." placeholder:"FILE"`

	Syslog   string `help:"Send syslog messages instead of pickles: bare as Python's SysLogHandler, rfc3164 or rfc5424; without an address to 127.0.0.1:514 over UDP." enum:"bare,rfc3164,rfc5424,none" default:"none"`
	Framing  string `help:"How they are told apart in a stream: nul, lf or octet; auto: by the format." enum:"nul,lf,octet,auto" default:"auto"`
	Facility string `help:"The facility of syslog messages, a name or a number." default:"user"`
	Ident    string `help:"What stands in front of the text of syslog messages, such as 'myapp: '." placeholder:"TEXT"`

	Count   int           `help:"How many records to send." default:"5"`
	Name    string        `help:"The logger's name." default:"sluice.send"`
	Message string        `arg:"" optional:"" help:"The message of every record, instead of samples." placeholder:"MESSAGE"`
	Timeout time.Duration `help:"How long connecting, and each record, may take." default:"1s"`
}

// Help is the command's longer help.
func (*sendCmd) Help() string {
	return `Each record goes out as Python's SocketHandler or DatagramHandler sends it: four bytes of
length and a pickle; or, with --syslog, as a syslog message. Neither has an answer: that a
record was sent does not say that it arrived. With --http it does.`
}

// destination gives the network and address that the flags name.
func (c *sendCmd) destination() (network, address string) {
	switch {
	case c.UDP != "":
		return "udp", c.UDP
	case c.Unix != "":
		return "unix", c.Unix
	case c.Unixgram != "":
		return "unixgram", c.Unixgram
	case c.TCP != "":
		return "tcp", c.TCP
	case c.HTTP != "":
		u, err := url.Parse(c.HTTP)
		if err != nil {
			return "http", "that URL"
		}
		return "http", u.Redacted()
	case c.Syslog != "none":
		return "udp", "127.0.0.1:514"
	}
	return "tcp", "127.0.0.1:9020"
}

// Run sends the records.
func (c *sendCmd) Run(w world) error {
	if c.Count < 0 {
		return usagef("--count %d: less than 0", c.Count)
	}
	network, address := c.destination()
	h, err := c.handler(network, address)
	if err != nil {
		return err
	}
	for i := range c.Count {
		if err := h.Emit(w.ctx, c.record(i)); err != nil {
			_ = h.Close()
			return fmt.Errorf("record %d of %d to %s: %w", i+1, c.Count, address, err)
		}
	}
	if err := h.Close(); err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, "sent %s to %s %s\n", counted(c.Count, "record"), network, address)
	return nil
}

// handler gives a handler that sends to address.
func (c *sendCmd) handler(network, address string) (*sluice.Handler, error) {
	secure, err := c.clientTLS(network)
	if err != nil {
		return nil, err
	}
	key, err := readKey("--hmac-key-file", c.HMACKeyFile)
	if err != nil {
		return nil, err
	}
	o := remote.Options{Level: sluice.NotSet, Timeout: c.Timeout, OnError: func(context.Context, *sluice.Record, error) {}}
	if network == "http" {
		if key != nil || c.Syslog != "none" {
			return nil, usagef("--http: neither signed nor syslog")
		}
		return c.web(&remote.HTTPOptions{TLS: secure, Options: o})
	}
	host, port := address, (*int)(nil)
	if network == "tcp" || network == "udp" {
		name, service, err := net.SplitHostPort(address)
		if err != nil {
			return nil, addressError("--"+network, address, err)
		}
		n, err := net.LookupPort(network, service)
		if err != nil {
			return nil, usagef("--%s %s: %w", network, address, err)
		}
		host, port = cmp.Or(name, "localhost"), &n
	}
	if c.Syslog != "none" {
		if key != nil {
			return nil, usagef("--hmac-key-file: syslog cannot be signed")
		}
		return c.syslog(network, host, port, &remote.SysLogOptions{TLS: secure, Options: o})
	}
	if network == "udp" || network == "unixgram" {
		if secure != nil {
			return nil, usagef("there is no TLS over datagrams")
		}
		return remote.NewDatagram(host, port, &remote.DatagramOptions{Key: key, Options: o})
	}
	return remote.NewSocket(host, port, &remote.SocketOptions{TLS: secure, Key: key, Options: o})
}

// web gives a handler that posts to the URL of --http.
func (c *sendCmd) web(o *remote.HTTPOptions) (*sluice.Handler, error) {
	u, err := url.Parse(c.HTTP)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usagef("--http: want a URL such as http://127.0.0.1:9022/log")
	}
	o.Method, o.Secure, o.CheckStatus = "POST", u.Scheme == "https", new(true)
	if u.User != nil {
		password, _ := u.User.Password()
		o.Credentials = &remote.BasicAuth{User: u.User.Username(), Password: wire.Secret(password)}
	}
	token, err := readKey("--http-token-file", c.HTTPTokenFile)
	if err != nil {
		return nil, err
	}
	o.Token = wire.Secret(token)
	h, err := remote.NewHTTP(u.Host, u.RequestURI(), o)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return h, nil
}

// syslog gives a handler that sends syslog messages.
func (c *sendCmd) syslog(network, host string, port *int, o *remote.SysLogOptions) (*sluice.Handler, error) {
	o.SockType = remote.SockStream
	if network == "udp" || network == "unixgram" {
		o.SockType = remote.SockDgram
	}
	if c.Syslog != "bare" {
		o.Format = wire.SyslogFormat(c.Syslog)
	}
	if c.Framing != "auto" {
		o.Framing = wire.Framing(c.Framing)
	}
	facility, err := facilityOf(c.Facility)
	if err != nil {
		return nil, usagef("--facility: %w", err)
	}
	o.Facility, o.Ident = &facility, c.Ident
	h, err := remote.NewSysLog(host, port, o)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return h, nil
}

// facilityOf gives the facility of a name or a number.
func facilityOf(text string) (wire.Facility, error) {
	if n, err := strconv.Atoi(text); err == nil {
		return wire.Facility(n), nil
	}
	return wire.ParseFacility(text)
}

// record makes the i-th sample.
func (c *sendCmd) record(i int) *sluice.Record {
	r := &sluice.Record{Time: time.Now(), Name: c.Name}
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	r.PC = pcs[0]
	switch i % 5 {
	case 0:
		r.Level, r.Message = sluice.Info, "a plain message"
	case 1:
		r.Level, r.Message = sluice.Debug, "attributes of several types"
		r.Attrs = []slog.Attr{
			slog.Int("answer", 42), slog.Float64("ratio", 0.75), slog.Bool("ready", true),
			slog.Any("point", pyval.Tuple{int64(1), int64(2)}), slog.Any("raw", pyval.Bytes("\x00\xff")),
		}
	case 2:
		r.Level, r.Message = sluice.Warning, "text beyond ASCII: Grüße, 日本, 🙂"
	case 3:
		r.Level, r.Message = sluice.Error, "an error with its text"
		r.ExcText = fmt.Sprintf("%T: %v", &fs.PathError{}, &fs.PathError{Op: "open", Path: "/nowhere", Err: errors.New("no such file or directory")})
	case 4:
		r.Level, r.Message = sluice.Critical, "a message\nof two lines"
	}
	if c.Message != "" {
		r.Message = c.Message
	}
	return r
}
