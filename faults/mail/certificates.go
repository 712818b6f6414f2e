package mail

import (
	"context"
	"crypto/tls"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/certs"
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

func runCertificates(ctx context.Context, _ *fault.Env) (balance.Result, error) {
	a, all, err := certs.All()
	if err != nil {
		return balance.Result{}, err
	}
	w := &writer{}
	total := balance.Result{}
	for _, b := range all {
		for _, implicit := range []bool{false, true} {
			if err := try(ctx, a, b, implicit, w, &total); err != nil {
				return total, err
			}
		}
	}
	r := w.Ledger.Balance(balance.Counters{})
	r.Broken = total.Broken
	return r, nil
}

// try mails a line at once and one in a digest; the latter arrives when the server has
// a good certificate.
func try(ctx context.Context, a *certs.Authority, b certs.Bad, implicit bool, w *writer, total *balance.Result) error {
	right, err := a.Good()
	if err != nil {
		return err
	}
	plain := b.Server == nil
	s := &server{implicit: implicit && !plain, secure: b.Server}
	if plain && !implicit {
		b.Reason = "STARTTLS: the server does not offer it"
	}
	if err := s.start(); err != nil {
		return err
	}
	defer s.stop()
	var reports []string
	open := func(digest *remote.SMTPDigest) (*sluice.Handler, error) {
		o := &remote.SMTPOptions{Digest: digest, Formatter: line{}, LocalName: "faults", TLS: b.Client, Implicit: implicit, Credentials: &remote.SMTPCredentials{Username: "u", Password: "p"}}
		if !implicit {
			o.Secure = &remote.SMTPSecure{}
		}
		o.Timeout = time.Minute // a handshake must not take too long before it fails
		o.OnError = func(_ context.Context, _ *sluice.Record, err error) { reports = append(reports, err.Error()) }
		return remote.NewSMTP(s.listener.Addr().String(), "faults@example.org", []string{"first@example.org"}, "Log", o)
	}
	once, err := open(nil)
	if err != nil {
		return err
	}
	w.Emit(once, 0)
	digest, err := open(&remote.SMTPDigest{Every: time.Hour})
	if err != nil {
		return err
	}
	w.Emit(digest, 1)
	if err := digest.Flush(ctx); err == nil || remote.MailOf(digest).Stats().Held != 1 {
		total.Break("%s: Flush gave %v, %d are held", b.Name, err, remote.MailOf(digest).Stats().Held)
	}
	for _, text := range reports {
		if !strings.Contains(text, b.Reason) {
			total.Break("reported %q, want %q in it", text, b.Reason)
		}
	}
	s.mu.Lock()
	if len(reports) != 2 || s.said["AUTH"]+s.said["MAIL"] > 0 {
		total.Break("%s: %d reports; the server heard %v", b.Name, len(reports), s.said)
	}
	s.secure, s.implicit = &tls.Config{Certificates: []tls.Certificate{*right}}, implicit
	s.mu.Unlock()
	if err := digest.Close(); err != nil {
		total.Break("%s: in the end: %v", b.Name, err)
	}
	s.stop()
	for _, m := range s.mails {
		for _, text := range linesOf(m.data) {
			w.Ledger.Found(text)
		}
	}
	return nil
}
