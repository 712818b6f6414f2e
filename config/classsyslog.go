package config

import (
	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/wire"
)

func sysLogHandler(b *Builder) (Open, error) {
	var a struct {
		connArgs
		Address addressArg `json:"address"`
		Buffer  int        `json:"buffer"`
		TLS     *TLS       `json:"tls"`
		Hold    *holdArgs  `json:"hold"`
		remote.SysLogOptions
	}
	before, err := b.told(), b.Decode(&a)
	host, port := a.Address.host, a.Address.port
	if !a.Address.given {
		host, port = "localhost", new(remote.SyslogPort)
	}
	b.Attr("address", a.Address.describe(host, port))
	if b.Attr("facility", int(wire.LogUser)); a.Facility != nil {
		b.attrs["facility"] = b.args()["facility"]
	}
	if b.Attr("timeout", nil); a.Timeout != nil {
		b.attrs["timeout"] = b.args()["timeout"]
	}
	o := &a.SysLogOptions
	o.Options = a.options(b)
	o.Formatter = b.Formatter()
	o.Hold, o.Buffer = a.Hold.hold(), a.Buffer
	c, tlsErr := a.TLS.Config()
	o.TLS = failing(b, "tls", c, tlsErr)
	return func() (sluice.Emitter, func() sluice.Stats, error) { return sent(remote.NewSysLog(host, port, o)) }, b.ready(before, err)
}

// addressArg is Python's address: a path, or host and port.
type addressArg struct {
	given bool
	host  string
	port  *int
}

func (addressArg) describe(host string, port *int) any {
	if port == nil {
		return host
	}
	return []any{host, *port}
}

// address takes a path, or a list of host and port.
func (d decoder) address(n *node, path string, to *addressArg) {
	to.given = true
	switch {
	case n.kind == text:
		to.host = n.text
	case n.kind == list && len(n.items) == 2:
		var host names
		var port []int
		d.value(&node{place: n.place, kind: list, items: n.items[:1]}, path, reflectOf(&host))
		d.value(&node{place: n.place, kind: list, items: n.items[1:]}, path, reflectOf(&port))
		if len(host) == 1 && len(port) == 1 {
			to.host, to.port = host[0], &port[0]
		}
		if to.port != nil && (*to.port < 0 || *to.port > 65535) {
			d.want(n, path, "a host and a port: 0 to 65535")
		}
	default:
		d.want(n, path, "a path, or a list of host and port")
	}
}
