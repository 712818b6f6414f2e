// Package certs makes the certificates that nobody should trust, and one that
// everybody should, for servers of any protocol.
package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"slices"
	"time"
)

// Authority signs certificates.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority.
func NewAuthority() (*Authority, error) {
	c, err := (*Authority)(nil).Sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	if err != nil {
		return nil, err
	}
	return &Authority{c.Leaf, c.PrivateKey.(*ecdsa.PrivateKey)}, nil
}

// Pool has the authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Certificate is its own, in DER.
func (a *Authority) Certificate() []byte { return a.cert.Raw }

// Trust is the configuration of who trusts the certificate in the file at path.
func Trust(path string) (*tls.Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s has no certificate", path)
	}
	return &tls.Config{RootCAs: pool}, nil
}

// Good makes a certificate for 127.0.0.1.
func (a *Authority) Good() (*tls.Certificate, error) { return a.Sign(loopback()) }

func loopback() *x509.Certificate {
	return &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
}

// Sign makes a certificate of a template; that of a nil Authority signs itself.
func (a *Authority) Sign(template *x509.Certificate) (*tls.Certificate, error) {
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
	if a == nil {
		a = &Authority{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// Bad is a server that is not to be trusted.
type Bad struct {
	Name   string
	Server *tls.Config // nil: it speaks plain text
	Client *tls.Config // of who trusts the authority
	Reason string      // in the error
}

// All gives an authority, and the servers that a client who trusts it must refuse.
func All() (a *Authority, all []Bad, err error) {
	if a, err = NewAuthority(); err != nil {
		return nil, nil, err
	}
	other, err := NewAuthority()
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	add := func(name, reason string, signer *Authority, template *x509.Certificate, max uint16) *Bad {
		c, e := signer.Sign(template)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", name, e))
			return &Bad{}
		}
		all = append(all, Bad{
			Name: name, Reason: reason, Client: &tls.Config{RootCAs: a.Pool()},
			Server: &tls.Config{Certificates: []tls.Certificate{*c}, MinVersion: tls.VersionTLS10, MaxVersion: max},
		})
		return &all[len(all)-1]
	}
	expired, future, elsewhere := loopback(), loopback(), &x509.Certificate{DNSNames: []string{"elsewhere.example.org"}}
	expired.NotBefore, expired.NotAfter = now.Add(-2*time.Hour), now.Add(-time.Hour)
	future.NotBefore, future.NotAfter = now.Add(time.Hour), now.Add(2*time.Hour)
	add("expired", "expired", a, expired, 0)
	add("not yet valid", "not yet valid", a, future, 0)
	add("another name", "127.0.0.1", a, elsewhere, 0)
	add("unknown authority", "unknown authority", other, loopback(), 0)
	add("self-signed", "certificate", nil, loopback(), 0)
	revoked := add("revoked", "revoked", a, loopback(), 0)
	if err == nil {
		// Go looks at no lists of what was revoked: who has one says so here.
		serials := []*big.Int{revoked.Server.Certificates[0].Leaf.SerialNumber}
		revoked.Client.VerifyConnection = func(c tls.ConnectionState) error {
			for _, cert := range c.PeerCertificates {
				if slices.ContainsFunc(serials, func(n *big.Int) bool { return n.Cmp(cert.SerialNumber) == 0 }) {
					return errors.New("the certificate is revoked")
				}
			}
			return nil
		}
	}
	add("TLS 1.0 only", "protocol version", a, loopback(), tls.VersionTLS10)
	all = append(all, Bad{Name: "plain text", Client: &tls.Config{RootCAs: a.Pool()}, Reason: "does not look like a TLS handshake"})
	return a, all, err
}
