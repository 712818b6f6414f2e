package mail

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"mime"
	stdmail "net/mail"
	"slices"
	"strings"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
)

func hostile() fault.Fault {
	return fault.Fault{
		ID: "F28", Case: "smtp-headers", Title: "120 hostile subjects and 80 hostile addresses", Injector: "made at random of line breaks, headers, commands, controls, quotes and encoded words",
		Promise: "One mail each, with seven headers that mean what was meant, for the recipients that were named; an address that cannot be one is refused before any record.",
		Sluice:  runHostile,
	}
}

var subjectParts = []string{
	"\r\n", "\n", "\r", "\r\n\r\n", "Bcc: evil@example.org", "To: evil@example.org", "\r\n.\r\n", "QUIT\r\n", "\x00", "\x1b[2J", "\u2028", "\u0085", "\v", "\f", "\u202e", "é", "你好", "😀", "\xff", " ", "\t", "  ",
	"word", strings.Repeat("w", 90), "=", "?", "_", "\"", "<a@b>", ",", "(", "\\",
}

var addressParts = []string{
	"ops@example.org", "a@b", "Name <n@example.org>", `"Quoted, Name" <q@example.org>`, ",", " ", "<", ">", "\"", "\r\nBcc: evil@example.org", "\n", "\x00", "> SIZE=1 <", "(comment)", "(", "\\", "é", "Jörg <j@example.org>", "@", ":", ";", "[", "]",
}

func some(random *rand.Rand, parts []string, most int) string {
	var b strings.Builder
	for range 1 + random.IntN(most) {
		b.WriteString(parts[random.IntN(len(parts))])
	}
	return b.String()
}

func runHostile(_ context.Context, e *fault.Env) (balance.Result, error) {
	s := &server{}
	if err := s.start(); err != nil {
		return balance.Result{}, err
	}
	defer s.stop()
	w := &writer{}
	total := balance.Result{}
	var subject string
	open := func(to string) (*sluice.Handler, error) {
		o := &remote.SMTPOptions{LocalName: "faults", Formatter: line{}, GetSubject: func(*sluice.Record) string { return subject }}
		o.OnError = func(_ context.Context, _ *sluice.Record, err error) { w.errors.Add(1) }
		return remote.NewSMTP(s.listener.Addr().String(), "faults@example.org", []string{to}, "", o)
	}
	h, err := open("first@example.org")
	if err != nil {
		return total, err
	}
	for range 120 {
		subject = some(e.Rand, subjectParts, 12)
		w.Emit(h, 0)
		s.check(&total, []string{"first@example.org"}, strings.ToValidUTF8(subject, "\ufffd"))
	}
	subject = "Log"
	refused := 0
	for range 80 {
		to := some(e.Rand, addressParts, 5)
		h, err := open(to)
		if err != nil {
			refused++
			continue
		}
		w.Emit(h, 0)
		// An independent reader of addresses must agree on who was meant, unless it
		// does not understand them.
		var want []string
		if list, err := stdmail.ParseAddressList(to); err == nil {
			for _, a := range list {
				want = append(want, a.Address)
			}
		}
		s.check(&total, want, subject)
	}
	s.stop()
	for _, m := range s.mails {
		for _, text := range linesOf(m.data) {
			w.Ledger.Found(text)
		}
	}
	r := w.Ledger.Balance(balance.Counters{})
	r.Broken = total.Broken
	r.Notes = append(r.Notes, fmt.Sprintf("%d of 80 addresses refused", refused))
	return r, nil
}

// check looks at the last mail: whom it went to and what its headers mean.
func (s *server) check(r *balance.Result, to []string, subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mails) == 0 {
		r.Break("no mail")
		return
	}
	m := s.mails[len(s.mails)-1]
	if to != nil && !slices.Equal(m.to, to) {
		r.Break("mailed to %q, want %q", m.to, to)
	}
	parsed, err := stdmail.ReadMessage(bytes.NewReader(m.data))
	if err != nil {
		r.Break("subject %q: %v", subject, err)
		return
	}
	if len(parsed.Header) != 7 {
		r.Break("subject %q: headers %v", subject, parsed.Header)
	}
	head, _, _ := bytes.Cut(m.data, []byte("\n\n"))
	_, raw, _ := strings.Cut("\n"+string(head), "\nSubject:")
	raw, _, _ = strings.Cut(raw, "\nDate: ")
	got, err := new(mime.WordDecoder).DecodeHeader(strings.TrimPrefix(strings.ReplaceAll(raw, "\n", ""), " "))
	if err != nil || got != subject {
		r.Break("subject %q arrived as %q, %v", subject, got, err)
	}
}
