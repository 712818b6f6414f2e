package remote_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
)

// TestSMTPSpellings: what RFC 5321 lets a server write in several ways is understood
// in all of them, as smtplib does.
func TestSMTPSpellings(t *testing.T) {
	const plain = "AUTH PLAIN AHUAcA=="
	for _, tt := range []struct {
		name    string
		answers map[string]string
		login   bool
		said    []string // among the lines
		unsaid  string
	}{
		{name: "names in any case", answers: map[string]string{"EHLO": "250-here\n250-size 5\n250 SmtpUtf8"}, said: []string{"MAIL FROM:<é@b> size=", " SMTPUTF8 BODY=8BITMIME"}},
		{name: "no text", answers: map[string]string{"GREETING": "220", "MAIL": "250", "DATA": "354", "MESSAGE": "250", "EHLO": "250-\n250 SMTPUTF8"}, said: []string{"QUIT"}},
		{name: "text of many lines", answers: map[string]string{"GREETING": "220-a\n220-\n220 b", "RCPT": "250-a\n250 b"}, said: []string{"QUIT"}},
		{name: "EHLO is taken, and nothing offered", answers: map[string]string{"EHLO": "252-here\n252 SIZE"}, said: []string{"MAIL FROM:<a@b>\n"}, unsaid: "HELO"},
		{name: "EHLO is not understood", answers: map[string]string{"EHLO": "500 what"}, said: []string{"HELO test\n", "MAIL FROM:<a@b>\n"}},
		{name: "EHLO is answered with nonsense", answers: map[string]string{"EHLO": "what?"}, said: []string{"HELO test\n", "MAIL FROM:<a@b>\n"}},
		{name: "mechanisms in any case", answers: map[string]string{"EHLO": "250-here\n250 auth plain"}, login: true, said: []string{plain}},
		{name: "mechanisms after an equals sign", answers: map[string]string{"EHLO": "250-here\n250-AUTH=GSSAPI PLAIN\n250 AUTH X"}, login: true, said: []string{plain}},
		{name: "mechanisms of two lines", answers: map[string]string{"EHLO": "250-here\n250-AUTH PLAIN\n250 AUTH X"}, login: true, said: []string{plain}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &mailbox{answer: func(verb, _ string) string { return tt.answers[verb] }}
				var reported []string
				o := quiet(&remote.SMTPOptions{LocalName: "test"}, &reported)
				o.Dial = m.dial
				if tt.login {
					o.Credentials = &remote.SMTPCredentials{Username: "u", Password: "p"}
				}
				from := "a@b"
				if strings.Contains(tt.answers["EHLO"], "250 S") {
					from = "é@b"
				}
				h := must(t)(remote.NewSMTP("", from, []string{"c@d"}, "Log", o))
				if err := h.Emit(t.Context(), &sluice.Record{Message: "m"}); err != nil {
					t.Errorf("%v, reported %q", err, reported)
				}
				m.close()
				for _, want := range tt.said {
					if !strings.Contains(m.Said(), want) {
						t.Errorf("%q is not said in\n%s", want, m.Said())
					}
				}
				if tt.unsaid != "" && strings.Contains(m.Said(), tt.unsaid) {
					t.Errorf("%q is said in\n%s", tt.unsaid, m.Said())
				}
			})
		})
	}
}

// TestSMTPUnusedSubject: where GetSubject makes the subjects, the fixed one may be
// anything.
func TestSMTPUnusedSubject(t *testing.T) {
	m := &mailbox{}
	h := must(t)(remote.NewSMTP(m.listen(t, nil), "a@b", []string{"c@d"}, "a\nb", &remote.SMTPOptions{
		GetSubject: func(*sluice.Record) string { return "of the record" },
		Options:    patient,
	}))
	if err := h.Emit(t.Context(), &sluice.Record{Message: "m"}); err != nil {
		t.Fatal(err)
	}
	if got := subjectsOf(m.Messages()); len(got) != 1 || got[0] != "of the record" {
		t.Errorf("subjects %q", got)
	}
}
