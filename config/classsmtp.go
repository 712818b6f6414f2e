package config

import (
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
)

// digestArgs are remote.SMTPDigest.
type digestArgs struct {
	Every   time.Duration `json:"every"`
	AtOnce  *sluice.Level `json:"at_once"`
	Records int           `json:"records"`
	Bytes   int           `json:"bytes"`
	// Hold is true by default: a queue's Listener flushes after each batch, which
	// would be a mail each.
	Hold *bool `json:"hold_on_flush"`
}

func smtpHandler(b *Builder) (Open, error) {
	var a struct {
		connArgs
		MailHost  addressArg    `json:"mailhost" config:"required"`
		FromAddr  string        `json:"fromaddr" config:"required"`
		ToAddrs   names         `json:"toaddrs" config:"required"`
		Subject   string        `json:"subject" config:"required"`
		Implicit  bool          `json:"implicit_tls"`
		TLS       *TLS          `json:"tls"`
		Digest    *digestArgs   `json:"digest"`
		Deadline  time.Duration `json:"deadline"`
		LocalName string        `json:"local_name"`
		remote.SMTPOptions
	}
	before, err := b.told(), b.Decode(&a)
	host, port := a.MailHost.host, a.MailHost.port
	b.describeMail(host, port, &a.SMTPOptions)
	b.Attr("fromaddr", a.FromAddr)
	b.Attr("toaddrs", []string(a.ToAddrs))
	b.Attr("subject", a.Subject)
	b.Attr("timeout", valueOr(a.connArgs.Timeout, 5*time.Second).Seconds())
	if port != nil {
		host = net.JoinHostPort(host, strconv.Itoa(*port))
	}
	o := a.SMTPOptions
	o.Options = a.options(b)
	o.Implicit, o.Deadline, o.LocalName, o.Formatter = a.Implicit, a.Deadline, a.LocalName, b.Formatter()
	c, tlsErr := a.TLS.Config()
	o.TLS = failing(b, "tls", c, tlsErr)
	if o.Spool = ""; err == nil {
		// Without a digest and a spool it starts nothing and connects to nothing.
		if _, invalid := remote.NewSMTP(host, a.FromAddr, a.ToAddrs, a.Subject, &o); invalid != nil {
			b.tell(invalid)
		}
	}
	if d := a.Digest; d != nil {
		if a.Spool != "" {
			b.Fail("digest", errors.New("it keeps records in memory, behind a spool that is to keep them on disk"))
		}
		o.Digest = &remote.SMTPDigest{Every: d.Every, AtOnce: d.AtOnce, Records: d.Records, Bytes: d.Bytes, HoldOnFlush: valueOr(d.Hold, true)}
	}
	o.Spool = a.Spool
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		return sent(remote.NewSMTP(host, a.FromAddr, a.ToAddrs, a.Subject, &o))
	}, b.ready(before, err)
}

func (b *Builder) describeMail(host string, port *int, o *remote.SMTPOptions) {
	b.Attr("mailhost", host)
	b.Attr("mailport", nil)
	if port != nil {
		b.attrs["mailport"] = *port
	}
	b.Attr("username", nil)
	if o.Credentials != nil {
		b.attrs["username"] = o.Credentials.Username
		b.Attr("password", hidden)
	}
	b.Attr("secure", nil)
	if o.Secure != nil {
		b.attrs["secure"] = []string{}
		if o.Secure.KeyFile != "" {
			b.attrs["secure"] = []string{o.Secure.KeyFile, o.Secure.CertFile}
		}
	}
}
