package conformance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/wire"
)

// writeCertificate puts a certificate for 127.0.0.1 and loopback, its key and its authority,
// which is itself, into dir.
func writeCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(loopback())},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, data := range map[string][]byte{"ca.pem": cert, "cert.pem": cert, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

// TestLiveRsyslogdTLS: rsyslogd takes counted messages over TLS (RFC 5425).
func TestLiveRsyslogdTLS(t *testing.T) {
	for _, need := range [][2]string{{"/usr/sbin/rsyslogd", "rsyslog"}, {"/usr/lib/*/rsyslog/lmnsd_gtls.so", "rsyslog-gnutls"}} {
		if found, _ := filepath.Glob(need[0]); len(found) == 0 {
			absent(t, need[0], need[1])
		}
	}
	var pool *x509.CertPool
	d := startDaemon(t, "rsyslog-tls.conf", []string{"UDP", "TLS"}, func(dir, conf string) *exec.Cmd {
		pool = writeCertificate(t, dir)
		return exec.Command("/usr/sbin/rsyslogd", "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
	})
	h, err := remote.NewSysLog(loopback(), new(d.ports["TLS"]), &remote.SysLogOptions{
		Options: remote.Options{Timeout: patience},
		TLS:     &tls.Config{RootCAs: pool}, Syslog: wire.Syslog{Format: wire.RFC5424, AppName: "myapp", Facility: new(wire.LogAuth)},
	})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(h)
	log.Info("one", "n", 1)
	log.Error("two\nlines")
	if err := errors.Join(h.Flush(t.Context()), h.Close()); err != nil {
		t.Fatal(err)
	}
	got := d.lines(t, 2)
	for i, want := range [...]daemonLine{{Severity: "info", Structured: `[sluice@32473 n="1"]`, Msg: "one"}, {Severity: "err", Structured: "-", Msg: "two#012lines"}} {
		if g := got[i]; g.Facility != "auth" || g.App != "myapp" || g.Severity != want.Severity || g.Structured != want.Structured || g.Msg != want.Msg {
			t.Errorf("got %+v, want %+v", g, want)
		}
	}
}
