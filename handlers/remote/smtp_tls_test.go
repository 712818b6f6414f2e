package remote_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice/handlers/remote"
)

// writePair writes a key and its certificate to files.
func writePair(t *testing.T, c tls.Certificate) *remote.SMTPSecure {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	s := &remote.SMTPSecure{KeyFile: filepath.Join(t.TempDir(), "key.pem"), CertFile: filepath.Join(t.TempDir(), "cert.pem")}
	for name, block := range map[string]*pem.Block{s.KeyFile: {Type: "PRIVATE KEY", Bytes: key}, s.CertFile: {Type: "CERTIFICATE", Bytes: c.Certificate[0]}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestSMTPTLS: a mail goes to a server that proves who it is, and to nobody else; the
// reason is in the report. The password is said inside of TLS only.
func TestSMTPTLS(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	loopback := []net.IP{net.IPv4(127, 0, 0, 1)}
	alone := &authority{}
	own := ca.client(t)
	for _, tt := range []struct {
		name  string
		cert  tls.Certificate
		max   uint16 // of the server's versions
		plain bool   // the server speaks none
		wrong string // in the error; empty: the mail arrives
	}{
		{"good", ca.server(t), 0, false, ""},
		{"expired", ca.make(t, &x509.Certificate{IPAddresses: loopback, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}), 0, false, "expired"},
		{"not yet valid", ca.make(t, &x509.Certificate{IPAddresses: loopback, NotBefore: time.Now().Add(time.Hour), NotAfter: time.Now().Add(2 * time.Hour)}), 0, false, "not yet valid"},
		{"wrong name", ca.make(t, &x509.Certificate{DNSNames: []string{"elsewhere"}}), 0, false, "127.0.0.1"},
		{"unknown authority", other.server(t), 0, false, "unknown authority"},
		{"self-signed", alone.server(t), 0, false, "certificate"},
		{"TLS 1.0 only", ca.server(t), tls.VersionTLS10, false, "protocol version"},
		{"plain text", ca.server(t), 0, true, ""},
	} {
		for _, implicit := range []bool{false, true} {
			name := tt.name + " by STARTTLS"
			if implicit {
				name = tt.name + " from the start"
			}
			t.Run(name, func(t *testing.T) {
				config := &tls.Config{Certificates: []tls.Certificate{tt.cert}, MaxVersion: tt.max, MinVersion: tls.VersionTLS10, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool}
				m := &mailbox{}
				o := &remote.SMTPOptions{
					Credentials: &remote.SMTPCredentials{Username: "u", Password: "p"},
					TLS:         &tls.Config{RootCAs: ca.pool, Certificates: []tls.Certificate{own}},
					Implicit:    implicit,
					Options:     patient,
				}
				wrong := tt.wrong
				var wrap func(net.Listener) net.Listener
				switch {
				case !implicit:
					// The handler's own certificate comes out of files.
					o.TLS.Certificates = nil
					o.Secure = writePair(t, own)
					if m.config = config; tt.plain {
						m.config, wrong = nil, "does not offer"
					}
				case tt.plain:
					wrong = "does not look like a TLS handshake"
				default:
					wrap = func(l net.Listener) net.Listener { return tls.NewListener(l, config) }
				}
				var reported []string
				h := must(t)(remote.NewSMTP(m.listen(t, wrap), "a@b", to, "Log", quiet(o, &reported)))
				err := h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0))
				if wrong == "" {
					if err != nil || len(m.Messages()) != 1 || !strings.Contains(m.Said(), "AUTH PLAIN") {
						t.Errorf("error %v, said %q", err, m.Said())
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), wrong) || len(reported) != 1 || remote.MailOf(h).Stats().Dropped[remote.ReasonNotSent] != 1 {
					t.Errorf("got %v, want %q in it; reported %q", err, wrong, reported)
				}
				if len(m.Messages()) > 0 || strings.Contains(m.Said(), "AUTH") {
					t.Errorf("said %q", m.Said())
				}
			})
		}
	}
}
