package remote_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// authority makes certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{pool: x509.NewCertPool()}
	made := a.make(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.cert, a.key = made.Leaf, made.PrivateKey.(*ecdsa.PrivateKey)
	a.pool.AddCert(a.cert)
	return a
}

// make makes a certificate, signed by a or, as a's own, by itself.
func (a *authority) make(t *testing.T, template *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.Subject = pkix.Name{CommonName: "sluice test"}
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) server(t *testing.T, names ...string) tls.Certificate {
	return a.make(t, &x509.Certificate{DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
}

func (a *authority) client(t *testing.T) tls.Certificate {
	return a.make(t, &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
}

// TestTLS: records go over TLS, held or not, to a receiver that both ends can prove
// to be who it is; and nobody else gets or sends any.
func TestTLS(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	expired := ca.make(t, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour)})
	wrongHost := ca.make(t, &x509.Certificate{DNSNames: []string{"elsewhere"}})
	mine := []tls.Certificate{ca.client(t)}
	for _, tt := range []struct {
		name   string
		server tls.Certificate
		client *tls.Config
		hold   *redial.Hold
		wrong  string // in the error; empty: the record arrives
	}{
		{"both known", ca.server(t), &tls.Config{RootCAs: ca.pool, Certificates: mine}, nil, ""},
		{"held", ca.server(t), &tls.Config{RootCAs: ca.pool, Certificates: mine}, &redial.Hold{Linger: time.Hour}, ""},
		{"unknown authority", other.server(t), &tls.Config{RootCAs: ca.pool, Certificates: mine}, nil, "unknown authority"},
		{"expired", expired, &tls.Config{RootCAs: ca.pool, Certificates: mine}, nil, "expired"},
		{"other host", wrongHost, &tls.Config{RootCAs: ca.pool, Certificates: mine}, nil, "127.0.0.1"},
		{"client without certificate", ca.server(t), &tls.Config{RootCAs: ca.pool, MaxVersion: tls.VersionTLS12}, nil, "tls"},
		{"client of another authority", ca.server(t), &tls.Config{RootCAs: ca.pool, MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{other.client(t)}}, nil, "tls"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newReceiver(t, wire.Pickle{}, nil)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			a := r.serve(t, receive.TLS(l, &tls.Config{
				Certificates: []tls.Certificate{tt.server}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool,
			}))
			o := &remote.SocketOptions{TLS: tt.client, Hold: tt.hold, Options: patient}
			var reported error
			if tt.wrong != "" {
				o.OnError = func(_ context.Context, _ *sluice.Record, err error) { reported = err }
			}
			h := must(t)(remote.NewSocket(a.host, a.port, o))
			err = h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "secret", 0))
			if tt.wrong != "" {
				if err == nil || reported == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("Handle gave %v, want %q in it; reported %v", err, tt.wrong, reported)
				}
				if n := len(r.Records()); n > 0 {
					t.Errorf("%d records arrived", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			r.wait(1)
			if err := h.Close(); err != nil || r.Messages()[0] != "secret" {
				t.Errorf("received %q, Close gave %v", r.Messages(), err)
			}
		})
	}
	if _, err := remote.NewSocket("/run/s", nil, &remote.SocketOptions{TLS: &tls.Config{}}); err == nil || !strings.Contains(err.Error(), "ServerName") {
		t.Errorf("TLS over a Unix socket without a name: %v", err)
	}
}

// ticketCounter counts the session tickets that a client gets.
type ticketCounter struct {
	tls.ClientSessionCache
	got int
}

func (c *ticketCounter) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

func (c *ticketCounter) Put(_ string, s *tls.ClientSessionState) {
	if s != nil {
		c.got++
	}
}

// TestNoTickets: a receiver says nothing after the handshake. What a sender like
// Python's, which never reads, leaves unread when it closes would reset the connection,
// and take the records along that are on their way.
func TestNoTickets(t *testing.T) {
	ca := newAuthority(t)
	r := newReceiver(t, wire.Pickle{}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.serve(t, receive.TLS(l, &tls.Config{Certificates: []tls.Certificate{ca.server(t)}}))
	var tickets ticketCounter
	c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: ca.pool, ClientSessionCache: &tickets})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	frame, err := wire.Frame{Formatter: wire.Pickle{}}.AppendRecord(nil, &sluice.Record{Level: sluice.Info, Message: "one"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(frame); err != nil {
		t.Fatal(err)
	}
	r.wait(1)
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(c); err != nil || len(rest) > 0 || tickets.got > 0 {
		t.Errorf("%d tickets and %q, %v", tickets.got, rest, err)
	}
}

// TestPlainToTLS: a client that speaks no TLS, or says nothing, is refused in time
// and counted; those beside it are served.
func TestPlainToTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := newAuthority(t)
		r := newReceiver(t, wire.Pickle{}, &receive.Options{FrameTimeout: time.Minute})
		s := newBubbleListener()
		r.serve(t, receive.TLS(s, &tls.Config{Certificates: []tls.Certificate{ca.server(t)}}))
		for _, say := range []string{"", "\x00\x00\x00\x05hello and more than a TLS header"} {
			c, err := s.dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			go func() { _, _ = c.Write([]byte(say)) }()
		}
		h := must(t)(remote.NewSocket("127.0.0.1", new(1), &remote.SocketOptions{
			TLS: &tls.Config{RootCAs: ca.pool}, Options: remote.Options{Dial: s.dial},
		}))
		slog.New(h).Info("good")
		synctest.Wait()
		if got := r.Messages(); !slices.Equal(got, []string{"good"}) {
			t.Errorf("received %q", got)
		}
		for _, refused := range []uint64{1, 2} {
			if n := r.Stats().Refused[receive.ReasonHandshake]; n != refused {
				t.Errorf("%d handshakes refused, want %d", n, refused)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		}
	})
}

func authorityConfig() *tls.Config { return &tls.Config{RootCAs: x509.NewCertPool()} }
