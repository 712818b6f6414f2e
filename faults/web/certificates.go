package web

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/certs"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/internal/freeport"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

func certificates() fault.Fault {
	return fault.Fault{
		ID: "F19", Case: "http-socket-syslog-certificates", Title: "a certificate that is expired, not yet valid, revoked, of another name, authority or none; TLS 1.0; plain text",
		Injector: "certificates made for it, for HTTP, Socket and SysLog", Promise: "All are refused with the reason, nothing is said to the server, and what is held arrives at the one with a good certificate.",
		Sluice: runCertificates,
	}
}

// protocol is a handler over TLS that sends at once, one that holds what it cannot
// send, and their receiver.
type protocol struct {
	name    string
	open    func(host string, port int, c *tls.Config, hold bool, o remote.Options) (*sluice.Handler, error)
	receive func(s *receive.Server, l net.Listener) error
	parser  receive.Parser
	framing receive.Framing
}

func protocols() []protocol {
	socket := func(s *receive.Server, l net.Listener) error { return s.ServeSocket(l) }
	holding := func(hold bool) *redial.Hold {
		if hold {
			return &redial.Hold{}
		}
		return nil
	}
	return []protocol{
		{"HTTP", func(host string, port int, c *tls.Config, hold bool, o remote.Options) (*sluice.Handler, error) {
			ho := &remote.HTTPOptions{Secure: true, TLS: c, Body: remote.BodyNDJSON, Options: o}
			if hold {
				ho.Batch = &remote.HTTPBatch{Records: 1}
			}
			return remote.NewHTTP(fmt.Sprintf("%s:%d", host, port), "/log", ho)
		}, func(s *receive.Server, l net.Listener) error { return s.ServeRequests(l) }, nil, receive.Prefixed},
		{"Socket", func(host string, port int, c *tls.Config, hold bool, o remote.Options) (*sluice.Handler, error) {
			return remote.NewSocket(host, &port, &remote.SocketOptions{TLS: c, Hold: holding(hold), Options: o})
		}, socket, wire.Pickle{}, receive.Prefixed},
		{"SysLog", func(host string, port int, c *tls.Config, hold bool, o remote.Options) (*sluice.Handler, error) {
			return remote.NewSysLog(host, &port, &remote.SysLogOptions{TLS: c, Hold: holding(hold), Syslog: wire.Syslog{Format: wire.RFC5424}, Options: o})
		}, socket, new(wire.Syslog), receive.Syslog},
	}
}

func runCertificates(ctx context.Context, _ *fault.Env) (balance.Result, error) {
	a, all, err := certs.All()
	if err != nil {
		return balance.Result{}, err
	}
	w := &writer{}
	var broken balance.Result
	for _, p := range protocols() {
		for _, b := range all {
			if err := p.try(ctx, a, b, w, &broken); err != nil {
				return broken, fmt.Errorf("%s, %s: %w", p.name, b.Name, err)
			}
		}
	}
	r := w.Ledger.Balance(balance.Counters{})
	r.Broken = broken.Broken
	return r, nil
}

// untrusted takes connections with what is not to be trusted, and counts the bytes
// that it is told.
type untrusted struct {
	l     net.Listener
	wg    sync.WaitGroup
	mu    sync.Mutex
	bytes int
}

func (u *untrusted) serve(config *tls.Config) {
	u.wg.Go(func() {
		for {
			c, err := u.l.Accept()
			if err != nil {
				return
			}
			u.wg.Go(func() {
				defer c.Close()
				if config == nil {
					// A web server says what it does not understand; what it was told
					// is the beginning of a handshake.
					_, _ = bufio.NewReader(c).Peek(1)
					_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
					return
				}
				t := tls.Server(c, config)
				n, _ := io.Copy(io.Discard, t)
				u.mu.Lock()
				u.bytes += int(n)
				u.mu.Unlock()
			})
		}
	})
}

// try sends a line at once and one that is held; the latter arrives when there is a
// good certificate.
func (p *protocol) try(ctx context.Context, a *certs.Authority, b certs.Bad, w *writer, broken *balance.Result) error {
	own, err := freeport.Hold() // the good one's, too
	if err != nil {
		return err
	}
	defer func() { _ = own.Close() }()
	l, err := net.Listen("tcp", own.Addr().String())
	if err != nil {
		return err
	}
	u := &untrusted{l: l}
	u.serve(b.Server)
	var mu sync.Mutex
	var reports []string
	reported := make(chan struct{}, 100)
	open := func(hold bool) (*sluice.Handler, error) {
		// On a busy machine a handshake must not take too long before it fails.
		o := remote.Options{Timeout: time.Minute, RetryStart: new(10 * time.Millisecond), RetryMax: new(10 * time.Millisecond), OnError: func(_ context.Context, _ *sluice.Record, err error) {
			mu.Lock()
			defer mu.Unlock()
			reports = append(reports, err.Error())
			select {
			case reported <- struct{}{}:
			default:
			}
		}}
		return p.open("127.0.0.1", own.Addr().Port, b.Client, hold, o)
	}
	once, err := open(false)
	if err != nil {
		return err
	}
	defer func() { _ = once.Close() }()
	w.Emit(once, 0)
	held, err := open(true)
	if err != nil {
		return err
	}
	w.Emit(held, 1)
	for range 2 {
		select {
		case <-reported:
		case <-ctx.Done():
			return errors.New("nothing was reported")
		}
	}
	mu.Lock()
	for _, text := range reports {
		if !strings.Contains(text, b.Reason) {
			broken.Break("%s, %s: reported %q, want %q in it", p.name, b.Name, text, b.Reason)
		}
	}
	mu.Unlock()
	_ = l.Close()
	u.wg.Wait()
	if u.bytes > 0 {
		broken.Break("%s, %s: the server was told %d bytes", p.name, b.Name, u.bytes)
	}
	return p.good(ctx, a, own.Addr().String(), held, w)
}

// good puts a server with a good certificate in the place of the other.
func (p *protocol) good(ctx context.Context, a *certs.Authority, address string, held *sluice.Handler, w *writer) error {
	cert, err := a.Good()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	var stored emittest.Recorder
	s := receive.NewServer(&stored, p.parser, &receive.Options{Framing: p.framing})
	served := make(chan error, 1)
	go func() { served <- p.receive(s, receive.TLS(l, &tls.Config{Certificates: []tls.Certificate{*cert}})) }()
	for ctx.Err() == nil && held.Flush(ctx) != nil {
		continue
	}
	err = errors.Join(held.Close(), s.Shutdown(ctx))
	if e := <-served; !errors.Is(e, receive.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	for _, text := range stored.Messages() {
		w.Ledger.Found([]byte(text))
	}
	return err
}
