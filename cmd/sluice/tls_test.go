package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTLSOnEveryStream: each kind of stream takes a client with the certificate that
// is asked for, and none without.
func TestTLSOnEveryStream(t *testing.T) {
	dir := t.TempDir()
	cert, key, pair, pool := ownCertificate(t, dir)
	file, unix, syslogUnix := filepath.Join(dir, "log"), filepath.Join(dir, "u"), filepath.Join(dir, "s")
	base := []string{"--udp", "off", "--file", file, "--tls-cert", cert, "--tls-key", key, "--tls-client-ca", cert, "--tls-unix"}
	for _, of := range []struct {
		flags           []string
		network, path   string
		message, framed string
	}{
		{[]string{"--tcp", "127.0.0.1:0"}, "tcp", "", "over tcp", ""},
		{[]string{"--tcp", "off", "--unix", unix}, "unix", unix, "over unix", ""},
		{[]string{"--tcp", "off", "--syslog-tcp", "127.0.0.1:0"}, "tcp", "", "syslog over tcp", "<14>syslog over tcp\n"},
		{[]string{"--tcp", "off", "--syslog-unix", syslogUnix}, "unix", syslogUnix, "syslog over unix", "<14>syslog over unix\n"},
	} {
		s := startServe(t, append(of.flags, base...)...)
		address := s.addr[of.network]
		if of.framed == "" {
			text := "}X\x03\x00\x00\x00msgX" + string([]byte{byte(len(of.message)), 0, 0, 0}) + of.message + "s."
			of.framed = string([]byte{0, 0, 0, byte(len(text))}) + text
		}
		for _, certificates := range [][]tls.Certificate{{pair}, nil} {
			nc, err := net.Dial(of.network, address)
			if err != nil {
				t.Fatal(err)
			}
			c := tls.Client(nc, &tls.Config{RootCAs: pool, ServerName: "localhost", Certificates: certificates})
			// Without a certificate TLS 1.3 says so only when something is read.
			_, err = c.Write([]byte(of.framed))
			if err == nil {
				err = c.CloseWrite()
			}
			_ = c.SetReadDeadline(time.Now().Add(time.Minute))
			_, rerr := c.Read(make([]byte, 1))
			if certificates == nil && (rerr == nil || !strings.Contains(rerr.Error(), "certificate")) || certificates != nil && err != nil {
				t.Errorf("%s, %d certificates: %v, %v", of.message, len(certificates), err, rerr)
			}
			_ = c.Close()
		}
		status, last := s.stop(t, syscall.SIGTERM)
		if want := "sluice: 1 records came in, 1 were written, 1 were refused: 1 handshake"; status != exitOK || last != want {
			t.Errorf("%s: status %d, %q, want %q", of.message, status, last, want)
		}
		if data, err := os.ReadFile(file); err != nil || strings.Count(string(data), of.message+`"`) != 1 {
			t.Errorf("%s: the file holds\n%s%v", of.message, data, err)
		}
	}
}

// TestSendTLS: send reaches each stream of such a serve, through a Unix socket as well,
// and by an address that the certificate does not name if it is told the name.
func TestSendTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key, _, _ := ownCertificate(t, dir)
	file, unix, syslogUnix := filepath.Join(dir, "log"), filepath.Join(dir, "u"), filepath.Join(dir, "s")
	s := startServe(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--unix", unix, "--syslog-unix", syslogUnix, "--file", file,
		"--tls-cert", cert, "--tls-key", key, "--tls-client-ca", cert, "--tls-unix")
	for i, args := range [][]string{
		{"--unix", unix},
		{"--unix", unix, "--tls-server-name", "localhost"},
		{"--unix", syslogUnix, "--syslog", "rfc5424", "--facility", "local3"},
		{"--unix", syslogUnix, "--syslog", "bare", "--facility", "3", "--ident", "app[7]: "},
		{"--tcp", s.addr["tcp"], "--tls-server-name", "localhost"},
	} {
		args = append(args, "--tls-ca", cert, "--tls-cert", cert, "--tls-key", key, "--count", "1", fmt.Sprint("number ", i))
		if status, said := sluiceSend(args...); status != exitOK {
			t.Errorf("%v: status %d: %s", args, status, said)
		}
	}
	for _, args := range [][]string{{"--unix", unix, "--tls-server-name", "elsewhere"}, {"--tcp", s.addr["tcp"]}} {
		if status, said := sluiceSend(append(args, "--tls-ca", cert)...); status != exitFailure || !strings.Contains(said, "certificate") {
			t.Errorf("%v: status %d: %s", args, status, said)
		}
	}
	s.stop(t, syscall.SIGTERM)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`msg="number 0"`, `msg="number 1"`, `msg="number 2" facility=local3`, `logger=app msg="number 3" facility=daemon`, `msg="number 4"`} {
		if strings.Count(string(data), want) != 1 {
			t.Errorf("no %s in\n%s", want, data)
		}
	}
}

// ownCertificate makes a certificate of localhost that signs itself, good for both
// sides.
func ownCertificate(t *testing.T, dir string) (cert, key string, pair tls.Certificate, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	hidden := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, text := range map[string][]byte{cert: public, key: hidden} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if pair, err = tls.X509KeyPair(public, hidden); err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(public)
	return cert, key, pair, pool
}
