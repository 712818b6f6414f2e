package config

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/redial"
)

// connArgs are what all connections take.
type connArgs struct {
	Timeout     *time.Duration `json:"timeout"`
	RetryStart  *time.Duration `json:"retryStart"`
	RetryFactor *float64       `json:"retryFactor"`
	RetryMax    *time.Duration `json:"retryMax"`
	Spool       string         `json:"spool"`
	SpoolArgs   *spoolArgs     `json:"spool_options"`
}

func (a *connArgs) options(b *Builder) remote.Options {
	o := remote.Options{
		Level: sluice.NotSet, OnError: b.OnError, Timeout: valueOr(a.Timeout, 0),
		RetryStart: a.RetryStart, RetryFactor: a.RetryFactor, RetryMax: a.RetryMax,
		Spool: a.Spool,
	}
	if a.Spool != "" {
		b.checkAbove("spool", a.Spool)
	}
	if a.SpoolArgs != nil {
		if a.Spool == "" {
			b.Fail("spool_options", errors.New("there is no spool that they could be of"))
		}
		o.SpoolOptions = &a.SpoolArgs.Options
		o.SpoolOptions.Perm = a.SpoolArgs.Perm
	}
	return o
}

// holdArgs are redial.Hold.
type holdArgs struct {
	Bytes  int           `json:"bytes"`
	Replay int           `json:"replay"`
	Linger time.Duration `json:"linger"`
}

func (a *holdArgs) hold() *redial.Hold {
	if a == nil {
		return nil
	}
	return &redial.Hold{Bytes: a.Bytes, Replay: a.Replay, Linger: a.Linger}
}

// TLS are the arguments that say how to speak TLS: whom to trust, and who one is. The
// zero TLS trusts whom the system trusts.
type TLS struct {
	CAFile     string `json:"ca_file"`
	CertFile   string `json:"cert_file"`
	KeyFile    string `json:"key_file"`
	ServerName string `json:"server_name"`
}

// Config reads the files; nil if there is no TLS.
func (a *TLS) Config() (*tls.Config, error) {
	if a == nil {
		return nil, nil
	}
	c := &tls.Config{ServerName: a.ServerName, MinVersion: tls.VersionTLS12}
	if a.CAFile != "" {
		text, err := os.ReadFile(a.CAFile)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s: no certificates in it", a.CAFile)
		}
	}
	if (a.CertFile == "") != (a.KeyFile == "") {
		return nil, errors.New("cert_file and key_file go together")
	}
	if a.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(a.CertFile, a.KeyFile)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// key reads a key that records are signed with; nil if path is empty.
func key(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if key = bytes.TrimRight(key, "\r\n"); len(key) == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	return key, nil
}

// failing tells err, if it is one, with the place of the argument key.
func failing[T any](b *Builder, key string, v T, err error) T {
	if err != nil {
		b.Fail(key, err)
	}
	return v
}

// sent gives what a constructor of package remote made.
func sent(h *sluice.Handler, err error) (sluice.Emitter, func() sluice.Stats, error) {
	if err != nil {
		return nil, nil, err
	}
	if e, ok := h.Emitter().(interface{ Stats() sluice.Stats }); ok {
		return h.Emitter(), e.Stats, nil
	}
	return h.Emitter(), nil, nil
}

// address describes where a connection goes.
func (b *Builder) address(host string, port *int) {
	b.Attr("host", host)
	if port == nil {
		b.Attr("port", nil)
		b.Attr("address", host)
		return
	}
	b.Attr("port", *port)
	b.Attr("address", []any{host, *port})
	if *port < 0 || *port > 65535 {
		b.want(b.node.get("port"), join(b.path, "port"), "a port: 0 to 65535")
	}
}

func socketHandler(b *Builder) (Open, error) {
	var a struct {
		connArgs
		Host         string    `json:"host" config:"required"`
		Port         *int      `json:"port"`
		CloseOnError bool      `json:"closeOnError" config:"attr"`
		KeyFile      string    `json:"hmac_key_file"`
		Buffer       int       `json:"buffer"`
		TLS          *TLS      `json:"tls"`
		Hold         *holdArgs `json:"hold"`
	}
	before, err := b.told(), b.Decode(&a)
	b.require("port")
	b.address(a.Host, a.Port)
	b.Attr("closeOnError", a.CloseOnError)
	o := &remote.SocketOptions{CloseOnError: a.CloseOnError, Hold: a.Hold.hold(), Buffer: a.Buffer, Options: a.options(b)}
	c, tlsErr := a.TLS.Config()
	o.TLS = failing(b, "tls", c, tlsErr)
	k, keyErr := key(a.KeyFile)
	o.Key = failing(b, "hmac_key_file", k, keyErr)
	return func() (sluice.Emitter, func() sluice.Stats, error) { return sent(remote.NewSocket(a.Host, a.Port, o)) }, b.ready(before, err)
}

func datagramHandler(b *Builder) (Open, error) {
	var a struct {
		connArgs
		Host         string `json:"host" config:"required"`
		Port         *int   `json:"port"`
		CloseOnError bool   `json:"closeOnError" config:"attr"`
		KeyFile      string `json:"hmac_key_file"`
	}
	before, err := b.told(), b.Decode(&a)
	b.require("port")
	b.address(a.Host, a.Port)
	b.Attr("closeOnError", a.CloseOnError)
	o := &remote.DatagramOptions{Options: a.options(b)}
	k, keyErr := key(a.KeyFile)
	o.Key = failing(b, "hmac_key_file", k, keyErr)
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		return sent(remote.NewDatagram(a.Host, a.Port, o))
	}, b.ready(before, err)
}
