package config

import (
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
)

// batchArgs are remote.HTTPBatch.
type batchArgs struct {
	Delay time.Duration `json:"delay"`
	remote.HTTPBatch
}

func httpHandler(b *Builder) (Open, error) {
	var a struct {
		connArgs
		Host  string     `json:"host" config:"required"`
		URL   string     `json:"url" config:"required"`
		TLS   *TLS       `json:"tls"`
		Batch *batchArgs `json:"batch"`
		remote.HTTPOptions
	}
	before, err := b.told(), b.Decode(&a)
	b.Attr("host", a.Host)
	b.Attr("url", a.URL)
	b.Attr("method", strings.ToUpper(orElse(a.Method, "GET")))
	b.Attr("secure", a.Secure)
	b.Attr("credentials", nil)
	if a.Credentials != nil {
		b.attrs["credentials"] = hidden
	}
	o := a.HTTPOptions
	o.Options = a.options(b)
	c, tlsErr := a.TLS.Config()
	o.TLS = failing(b, "tls", c, tlsErr)
	if a.Batch != nil {
		o.Batch = &a.Batch.HTTPBatch
		o.Batch.Delay = a.Batch.Delay
	}
	if o.Spool = ""; err == nil {
		// It connects to nothing before there is a record.
		if h, invalid := remote.NewHTTP(a.Host, a.URL, &o); invalid != nil {
			b.tell(invalid)
		} else {
			_ = h.Close()
		}
	}
	o.Spool = a.Spool
	return func() (sluice.Emitter, func() sluice.Stats, error) { return sent(remote.NewHTTP(a.Host, a.URL, &o)) }, b.ready(before, err)
}
