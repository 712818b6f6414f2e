package natsqueue

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// certificate is one for this machine, and the pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "natsqueue test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parsed}, pool
}

// TestTLS: a server that demands TLS is spoken to by TLS, and one that is not
// trusted is not spoken to.
func TestTLS(t *testing.T) {
	cert, pool := certificate(t)
	n := one(t, &server.Options{TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}, TLS: true})
	url := strings.Replace(n.ClientURL(), "nats://", "tls://", 1)
	if _, err := connected(t.Context(), url, nil); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("Open without a pool gave %v", err)
	}
	q := open(t, url, Options{TLS: &tls.Config{RootCAs: pool}})
	putEach(t, q, 0, 2)
	expect(t, take(t, cursorOf(t, q, "a"), 2), numbered(0, 2))
}

const secret = "Sw0rdf1sh"

// TestCredentials: users are let in by each of their credentials, others are not,
// and nobody reads a secret in an error or in a print of the options.
func TestCredentials(t *testing.T) {
	seed, public := key(t, nkeys.CreateUser)
	seedFile := filepath.Join(t.TempDir(), "user.nk")
	if err := os.WriteFile(seedFile, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		server server.Options
		good   Options
		bad    Options
		url    string // before the host
	}{
		"password":             {server.Options{Username: "u", Password: secret}, Options{User: "u", Password: secret}, Options{User: "u", Password: secret + "x"}, ""},
		"password in the URL":  {server.Options{Username: "u", Password: secret}, Options{}, Options{User: "u", Password: secret + "x"}, "u:" + secret + "@"},
		"token":                {server.Options{Authorization: secret}, Options{Token: secret}, Options{Token: secret + "x"}, ""},
		"token in the URL":     {server.Options{Authorization: secret}, Options{}, Options{Token: secret + "x"}, secret + "@"},
		"nkey":                 {server.Options{Nkeys: []*server.NkeyUser{{Nkey: public}}}, Options{NKey: seedFile}, Options{}, ""},
		"nobody without a key": {server.Options{Nkeys: []*server.NkeyUser{{Nkey: public}}}, Options{NKey: seedFile}, Options{User: "u", Password: secret}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := one(t, &c.server)
			q := open(t, strings.Replace(n.ClientURL(), "nats://", "nats://"+c.url, 1), c.good)
			putEach(t, q, 0, 1)
			for _, text := range []string{fmt.Sprintf("%v %+v %#v", c.good, c.good, &c.good), fmt.Sprintf("%v %+v", q, q), fmt.Sprintf("%+v", q.options)} {
				if strings.Contains(text, secret) {
					t.Errorf("a secret is printed: %.200s", text)
				}
			}
			_, err := connected(t.Context(), n.ClientURL(), &c.bad)
			if err == nil || !strings.Contains(strings.ToLower(err.Error()), "authorization") || strings.Contains(err.Error(), secret) {
				t.Errorf("Open gave %v, want a refusal without the secret", err)
			}
		})
	}
}

func key(t *testing.T, create func() (nkeys.KeyPair, error)) (seed []byte, public string) {
	t.Helper()
	pair, err := create()
	if err != nil {
		t.Fatal(err)
	}
	if seed, err = pair.Seed(); err != nil {
		t.Fatal(err)
	}
	if public, err = pair.PublicKey(); err != nil {
		t.Fatal(err)
	}
	return seed, public
}

// TestCreds: a .creds file, with a JWT of an account that an operator signed.
func TestCreds(t *testing.T) {
	operatorSeed, operator := key(t, nkeys.CreateOperator)
	accountSeed, account := key(t, nkeys.CreateAccount)
	userSeed, user := key(t, nkeys.CreateUser)
	_, system := key(t, nkeys.CreateAccount)
	operatorKey, err := nkeys.FromSeed(operatorSeed)
	if err != nil {
		t.Fatal(err)
	}
	accountKey, err := nkeys.FromSeed(accountSeed)
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.NewAccountClaims(account)
	claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
	accountJWT, err := claims.Encode(operatorKey)
	if err != nil {
		t.Fatal(err)
	}
	systemJWT, err := jwt.NewAccountClaims(system).Encode(operatorKey)
	if err != nil {
		t.Fatal(err)
	}
	userJWT, err := jwt.NewUserClaims(user).Encode(accountKey)
	if err != nil {
		t.Fatal(err)
	}
	content, err := jwt.FormatUserConfig(userJWT, userSeed)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "user.creds")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	resolver := &server.MemAccResolver{}
	for name, text := range map[string]string{account: accountJWT, system: systemJWT} {
		if err := resolver.Store(name, text); err != nil {
			t.Fatal(err)
		}
	}
	n := one(t, &server.Options{TrustedKeys: []string{operator}, AccountResolver: resolver, SystemAccount: system})
	q := open(t, n.ClientURL(), Options{Credentials: file})
	putEach(t, q, 0, 2)
	expect(t, take(t, cursorOf(t, q, "a"), 2), numbered(0, 2))
	if _, err := connected(t.Context(), n.ClientURL(), nil); err == nil {
		t.Error("nobody is let in")
	}
}

// TestAddresses: what is wrong with an address is told without it.
func TestAddresses(t *testing.T) {
	for _, url := range []string{"http://u:" + secret + "@h:1", "nats://u:" + secret + "@h:x", "nats://u:" + secret + "@", "nats://%zz" + secret, "nats://u:" + secret + "@127.0.0.1:1"} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := Open(ctx, url, nil)
		cancel()
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("Open gave %v", err)
		}
	}
}

// TestOptions: what cannot be is told at once, by its name.
func TestOptions(t *testing.T) {
	n := one(t, nil)
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Replicas: -1}, "Replicas -1"},
		{Options{Full: 7}, "Full"},
		{Options{BatchSize: maxCount + 1}, "BatchSize"},
		{Options{Producer: "a\nb"}, "Producer"},
		{Options{Stream: "a.b"}, "stream"},
		{Options{Replicas: 3}, "replicas"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := connected(ctx, n.ClientURL(), &c.o)
		cancel()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open gave %v, want an error that names %s", err, c.want)
		}
	}
	open(t, n.ClientURL(), Options{})
	for want, o := range map[string]Options{
		"max_bytes": {MaxBytes: 1 << 20}, "max_age": {MaxAge: time.Hour}, "subjects": {Subject: "other"}, "num_replicas": {Replicas: 3},
	} {
		if _, err := connected(t.Context(), n.ClientURL(), &o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open of a stream that is otherwise gave %v, want %s", err, want)
		}
	}
}
