package remote_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers/remote"
)

var to = []string{"Ops <ops@example.org>", "dev@example.org, third@example.org"}

// quiet has errors written down.
func quiet(o *remote.SMTPOptions, reported *[]string) *remote.SMTPOptions {
	o.OnError = func(_ context.Context, _ *sluice.Record, err error) { *reported = append(*reported, err.Error()) }
	return o
}

func TestSMTPMailsEachRecord(t *testing.T) {
	m := &mailbox{}
	h := must(t)(remote.NewSMTP(m.listen(t, nil), "App <app@example.org>", to, "Log", &remote.SMTPOptions{
		Options:    patient,
		GetSubject: func(r *sluice.Record) string { return r.LevelText() + ":\r\nBcc: evil@example.org" },
	}))
	log := slog.New(h)
	log.Info("disk full", "free", 0)
	log.Error(".\nQUIT")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if got := bodies(m.Messages()); !slices.Equal(got, []string{"disk full free=0\n", ".\nQUIT\n"}) {
		t.Errorf("mailed %q", got)
	}
	if got := subjectsOf(m.Messages())[1]; got != "=?utf-8?q?ERROR=3A=0D=0ABcc=3A?= evil@example.org" {
		t.Errorf("subject %q", got)
	}
	for _, line := range []string{"MAIL FROM:<app@example.org>", "RCPT TO:<ops@example.org>", "RCPT TO:<dev@example.org>", "RCPT TO:<third@example.org>"} {
		if strings.Count(m.Said(), line+"\n") != 2 {
			t.Errorf("%q is not said twice in\n%s", line, m.Said())
		}
	}
	if st := remote.MailOf(h).Stats(); st.Accepted != 2 || st.Delivered != 2 || st.Held != 0 {
		t.Errorf("%+v", st)
	}
}

// TestSMTPSomeRefused: the mail goes to the others, and who is refused is reported.
func TestSMTPSomeRefused(t *testing.T) {
	m := &mailbox{answer: func(verb, line string) string {
		if strings.Contains(line, "<dev@") {
			return "550 who?"
		}
		return ""
	}}
	var reported []string
	h := must(t)(remote.NewSMTP(m.listen(t, nil), "a@b", to, "Log", quiet(&remote.SMTPOptions{Options: patient}, &reported)))
	if err := h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0)); err != nil {
		t.Error(err)
	}
	if len(m.Messages()) != 1 || len(reported) != 1 || !strings.Contains(reported[0], `"dev@example.org"`) || !strings.Contains(reported[0], "who?") {
		t.Errorf("%d mails, reported %q", len(m.Messages()), reported)
	}
	if st := remote.MailOf(h).Stats(); st.Delivered != 1 {
		t.Errorf("%+v", st)
	}
}

// TestSMTPAnswers: whatever a server does, the record is delivered or counted under
// the reason, in time.
func TestSMTPAnswers(t *testing.T) {
	for _, tt := range []struct{ verb, answer, reason string }{
		{"GREETING", "421 busy", remote.ReasonNotSent}, {"GREETING", "554 go away", remote.ReasonRefused}, {"GREETING", "CUT", remote.ReasonNotSent}, {"GREETING", "HANG", remote.ReasonNotSent},
		{"GREETING", "HTTP/1.1 400 Bad Request", remote.ReasonNotSent}, {"GREETING", strings.Repeat("x", 1<<20), remote.ReasonNotSent}, {"EHLO", strings.Repeat("250-x\n", 100000), remote.ReasonNotSent},
		{"EHLO", "HANG", remote.ReasonNotSent}, {"MAIL", "451 later", remote.ReasonNotSent}, {"MAIL", "550 no", remote.ReasonRefused}, {"MAIL", "HANG", remote.ReasonNotSent}, {"MAIL", "CUT", remote.ReasonNotSent},
		{"RCPT", "450 greylisted", remote.ReasonNotSent}, {"RCPT", "550 no", remote.ReasonRefused}, {"RCPT", "421 bye", remote.ReasonNotSent}, {"RCPT", "HANG", remote.ReasonNotSent},
		{"DATA", "451 later", remote.ReasonNotSent}, {"DATA", "554 no", remote.ReasonRefused}, {"DATA", "HANG", remote.ReasonNotSent}, {"DATA", "250 what", remote.ReasonNotSent},
		{"MESSAGE", "452 full", remote.ReasonNotSent}, {"MESSAGE", "554 spam", remote.ReasonRefused}, {"MESSAGE", "CUT", remote.ReasonUnanswered}, {"MESSAGE", "HANG", remote.ReasonUnanswered},
		{"QUIT", "502 what", ""}, {"QUIT", "HANG", ""}, {"QUIT", "CUT", ""}, {"RCPT", "252 perhaps", ""},
	} {
		t.Run(fmt.Sprintf("%s %.20s", tt.verb, tt.answer), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &mailbox{answer: func(verb, _ string) string {
					if verb == tt.verb {
						return tt.answer
					}
					return ""
				}}
				var reported []string
				o := quiet(&remote.SMTPOptions{LocalName: "test"}, &reported)
				o.Dial = m.dial
				h := must(t)(remote.NewSMTP("", "a@b", []string{"c@d"}, "Log", o))
				begun := time.Now()
				err := h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0))
				if took := time.Since(begun); took > 5*time.Second {
					t.Errorf("took %v", took)
				}
				st := remote.MailOf(h).Stats()
				if tt.reason == "" && (err != nil || st.Delivered != 1) || tt.reason != "" && (err == nil || st.Dropped[tt.reason] != 1 || len(reported) != 1) {
					t.Errorf("error %v, %+v, reported %q", err, st, reported)
				}
				if final := tt.reason == remote.ReasonRefused || tt.reason == remote.ReasonUnanswered; isFinal(err) != final {
					t.Errorf("final: %v", !final)
				}
				if err != nil && len(err.Error()) > 400 {
					t.Errorf("the error has %d bytes", len(err.Error()))
				}
				m.close()
			})
		})
	}
}

// isFinal is what a queue asks before it tries again.
func isFinal(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}

func TestSMTPOptionsRefused(t *testing.T) {
	you := []string{"you"}
	login := &remote.SMTPCredentials{Username: "u", Password: "geheim"}
	for _, tt := range []struct {
		want string
		err  error
	}{
		{"subject", errorOf(remote.NewSMTP("h", "me", you, "a\nb", nil))},
		{"line break", errorOf(remote.NewSMTP("h", "me\r\nBcc: x", you, "s", nil))},
		{"line break", errorOf(remote.NewSMTP("h", "me", []string{"a", "b\nc"}, "s", nil))},
		{"empty", errorOf(remote.NewSMTP("h", "me", []string{""}, "s", nil))},
		{"no host", errorOf(remote.NewSMTP("", "me", you, "s", nil))},
		{"port", errorOf(remote.NewSMTP("h:99999", "me", you, "s", nil))},
		{"mailhost", errorOf(remote.NewSMTP("h:a:b", "me", you, "s", nil))},
		{"secure without credentials", errorOf(remote.NewSMTP("h", "me", you, "s", &remote.SMTPOptions{Secure: &remote.SMTPSecure{}}))},
		{"certificate file", errorOf(remote.NewSMTP("h", "me", you, "s", &remote.SMTPOptions{Credentials: login, Secure: &remote.SMTPSecure{KeyFile: "k"}}))},
		{"no-such-file", errorOf(remote.NewSMTP("h", "me", you, "s", &remote.SMTPOptions{Credentials: login, Secure: &remote.SMTPSecure{KeyFile: "no-such-file", CertFile: "no-such-file"}}))},
		{"ASCII", errorOf(remote.NewSMTP("h", "me", you, "s", &remote.SMTPOptions{Credentials: &remote.SMTPCredentials{Username: "é", Password: "geheim"}}))},
		{"both", errorOf(remote.NewSMTP("h", "me", you, "s", &remote.SMTPOptions{Credentials: login, Secure: &remote.SMTPSecure{}, Implicit: true}))},
		{"local name", errorOf(remote.NewSMTP("h", "me", you, "s", &remote.SMTPOptions{LocalName: "a\nb"}))},
		{"digest", errorOf(remote.NewSMTP("h", "me", you, "s", &remote.SMTPOptions{Digest: &remote.SMTPDigest{Every: -1}}))},
		{"deadline", errorOf(remote.NewSMTP("h", "me", you, "s", &remote.SMTPOptions{Deadline: -1}))},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) || strings.Contains(tt.err.Error(), "geheim") {
			t.Errorf("got %v, want %q in it", tt.err, tt.want)
		}
	}
}

func errorOf(_ *sluice.Handler, err error) error { return err }

// TestSMTPKeepsItsPassword: no way of printing options, and no error, has it.
func TestSMTPKeepsItsPassword(t *testing.T) {
	o := remote.SMTPOptions{Credentials: &remote.SMTPCredentials{Username: "user", Password: "geheim"}}
	data, err := json.Marshal(o.Credentials)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "c", *o.Credentials)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q %x %d", o, o, o, o.Credentials, *o.Credentials, *o.Credentials, *o.Credentials), string(data), b.String()} {
		if strings.Contains(text, "geheim") || strings.Contains(text, fmt.Sprintf("%x", "geheim")) {
			t.Errorf("the password is in %s", text)
		}
	}
	m := &mailbox{answer: func(verb, line string) string {
		if verb == "AUTH" {
			return "535 not " + line + " geheim"
		}
		return ""
	}}
	var reported []string
	o.Options = patient
	h := must(t)(remote.NewSMTP(m.listen(t, nil), "a@b", to, "Log", quiet(&o, &reported)))
	err = h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0))
	if err == nil || !strings.Contains(err.Error(), "535") || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "AHVzZXIAZ2VoZWlt") {
		t.Errorf("got %v", err)
	}
	var c remote.SMTPCredentials
	var s remote.SMTPSecure
	if err := json.Unmarshal([]byte(`["u","p"]`), &c); err != nil || c.Username != "u" || c.Password != "p" {
		t.Errorf("%v, %v", c, err)
	}
	if err := json.Unmarshal([]byte(`["k","c"]`), &s); err != nil || s.KeyFile != "k" || s.CertFile != "c" {
		t.Errorf("%v, %v", s, err)
	}
}

type messageLine struct{}

func (messageLine) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	return append(dst, r.Message...), nil
}

func TestSMTPIsAnEmitter(t *testing.T) {
	for name, digest := range map[string]*remote.SMTPDigest{"each": nil, "digest": {Every: time.Hour, Records: 10000}} {
		t.Run(name, func(t *testing.T) {
			emittest.Run(t, func(t *testing.T) emittest.Target {
				m := &mailbox{}
				o := &remote.SMTPOptions{Digest: digest, Formatter: messageLine{}, Options: patient}
				o.Dial = m.dial
				h := must(t)(remote.NewSMTP("", "a@b", []string{"c@d"}, "Log", o))
				t.Cleanup(func() {
					_ = h.Close()
					m.close()
				})
				return emittest.Target{Emitter: h.Emitter(), Delivered: func() (all []string) {
					for _, b := range bodies(m.Messages()) {
						if digest == nil {
							all = append(all, b)
							continue
						}
						all = append(all, strings.Split(strings.TrimSuffix(b, "\n"), "\n")...)
					}
					return all
				}}
			})
		})
	}
}

func TestSMTPFormatError(t *testing.T) {
	m := &mailbox{}
	var reported []string
	h := must(t)(remote.NewSMTP(m.listen(t, nil), "a@b", to, "Log", quiet(&remote.SMTPOptions{}, &reported)))
	err := h.Emit(t.Context(), &sluice.Record{Message: "x\xed\xb2\x80"})
	if err == nil || len(reported) != 1 || remote.MailOf(h).Stats().Dropped[remote.ReasonFormat] != 1 || m.Said() != "" {
		t.Errorf("%v, %q, %+v, %q", err, reported, remote.MailOf(h).Stats(), m.Said())
	}
}
