package mail

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
)

func certificates() fault.Fault {
	return fault.Fault{
		ID: "F19", Case: "smtp-certificates", Title: "a certificate that is expired, not yet valid, revoked, of another name, authority or none; TLS 1.0; plain text",
		Injector: "certificates made for it, by STARTTLS and from the start", Promise: "All are refused with the reason, nothing is said to the server, and a digest keeps its lines; the good one gets them.",
		Sluice: runCertificates,
	}
}

// bad is a server that is not to be trusted, and what the report says of it.
type bad struct {
	template *x509.Certificate
	signer   *pair // nil: itself
	max      uint16
	plain    bool
	revoked  bool
	reason   string
}

type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func runCertificates(ctx context.Context, e *fault.Env) (balance.Result, error) {
	now, loopback := time.Now(), []net.IP{net.IPv4(127, 0, 0, 1)}
	ca, err := authority()
	if err != nil {
		return balance.Result{}, err
	}
	other, err := authority()
	if err != nil {
		return balance.Result{}, err
	}
	good := func() *x509.Certificate { return &x509.Certificate{IPAddresses: loopback} }
	all := []bad{
		{template: &x509.Certificate{IPAddresses: loopback, NotBefore: now.Add(-2 * time.Hour), NotAfter: now.Add(-time.Hour)}, signer: ca, reason: "expired"},
		{template: &x509.Certificate{IPAddresses: loopback, NotBefore: now.Add(time.Hour), NotAfter: now.Add(2 * time.Hour)}, signer: ca, reason: "not yet valid"},
		{template: &x509.Certificate{DNSNames: []string{"elsewhere.example.org"}}, signer: ca, reason: "127.0.0.1"},
		{template: good(), signer: other, reason: "unknown authority"},
		{template: good(), reason: "certificate"},
		{template: good(), signer: ca, revoked: true, reason: "revoked"},
		{template: good(), signer: ca, max: tls.VersionTLS10, reason: "protocol version"},
		{template: good(), signer: ca, plain: true, reason: "STARTTLS: the server does not offer it|does not look like a TLS handshake"},
	}
	w := &writer{}
	total := balance.Result{}
	for _, b := range all {
		for _, implicit := range []bool{false, true} {
			if err := b.try(ctx, ca, implicit, w, &total); err != nil {
				return total, err
			}
		}
	}
	r := w.ledger.Balance(balance.Counters{})
	r.Broken = total.Broken
	return r, nil
}

// try mails a line at once and one in a digest; the latter arrives when the server has
// a good certificate.
func (b *bad) try(ctx context.Context, ca *pair, implicit bool, w *writer, total *balance.Result) error {
	cert, err := make509(b.template, b.signer)
	if err != nil {
		return err
	}
	right, err := make509(&x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, ca)
	if err != nil {
		return err
	}
	s := &server{implicit: implicit && !b.plain}
	wrong := &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS10, MaxVersion: b.max}
	if !b.plain {
		s.secure = wrong
	}
	if err := s.start(); err != nil {
		return err
	}
	defer s.stop()
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	config := &tls.Config{RootCAs: pool}
	if b.revoked {
		serial := cert.Leaf.SerialNumber
		config.VerifyConnection = func(c tls.ConnectionState) error {
			if c.PeerCertificates[0].SerialNumber.Cmp(serial) == 0 {
				return errors.New("the certificate is revoked")
			}
			return nil
		}
	}
	var reports []string
	open := func(digest *remote.SMTPDigest) (*sluice.Handler, error) {
		o := &remote.SMTPOptions{Digest: digest, Formatter: line{}, LocalName: "faults", TLS: config, Implicit: implicit, Credentials: &remote.SMTPCredentials{Username: "u", Password: "p"}}
		if !implicit {
			o.Secure = &remote.SMTPSecure{}
		}
		o.OnError = func(_ context.Context, _ *sluice.Record, err error) { reports = append(reports, err.Error()) }
		return remote.NewSMTP(s.listener.Addr().String(), "faults@example.org", []string{"first@example.org"}, "Log", o)
	}
	once, err := open(nil)
	if err != nil {
		return err
	}
	w.emit(once, 0)
	digest, err := open(&remote.SMTPDigest{Every: time.Hour})
	if err != nil {
		return err
	}
	w.emit(digest, 1)
	if err := digest.Flush(ctx); err == nil || remote.MailOf(digest).Stats().Held != 1 {
		total.Break("%s: Flush gave %v, %d are held", b.reason, err, remote.MailOf(digest).Stats().Held)
	}
	for _, text := range reports {
		if !strings.Contains(text, b.reason) && !containsAny(text, strings.Split(b.reason, "|")) {
			total.Break("reported %q, want %q in it", text, b.reason)
		}
	}
	s.mu.Lock()
	if len(reports) != 2 || s.said["AUTH"]+s.said["MAIL"] > 0 {
		total.Break("%s: %d reports; the server heard %v", b.reason, len(reports), s.said)
	}
	s.secure, s.implicit = &tls.Config{Certificates: []tls.Certificate{*right}}, implicit
	s.mu.Unlock()
	if err := digest.Close(); err != nil {
		total.Break("%s: in the end: %v", b.reason, err)
	}
	s.stop()
	for _, m := range s.mails {
		for _, text := range lines(m.data) {
			w.ledger.Found(text)
		}
	}
	return nil
}

func containsAny(text string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

func authority() (*pair, error) {
	c, err := make509(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	if err != nil {
		return nil, err
	}
	return &pair{c.Leaf, c.PrivateKey.(*ecdsa.PrivateKey)}, nil
}

// make509 makes a certificate that signer signs, or itself.
func make509(template *x509.Certificate, signer *pair) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return nil, err
	}
	template.Subject = pkix.Name{CommonName: "faults"}
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	if signer == nil {
		signer = &pair{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.cert, &key.PublicKey, signer.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}
