// Package mail has the faults of mail servers, which are done to sluice's SMTPHandler:
// to one that sends each record at once, to one that gathers them in digests, and to
// one behind a queue that tries again for ever.
package mail

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/lines"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/queue"
)

// behaviour is what a server does wrong.
type behaviour struct {
	name, title  string
	step, answer string
	recipient    string
	forever      bool // the answer is no for good
	kept         bool // the mail is taken all the same
}

const third = "third@example.org"

func behaviours() []behaviour {
	return []behaviour{
		{name: "greeting-421", title: "421 instead of a greeting", step: greeting, answer: "421 busy"},
		{name: "greeting-554", title: "554 instead of a greeting", step: greeting, answer: "554 go away", forever: true},
		{name: "greeting-silence", title: "no greeting", step: greeting, answer: silence},
		{name: "greeting-garbage", title: "an HTTP server answers", step: greeting, answer: "HTTP/1.1 400 Bad Request\r\nServer: nginx"},
		{name: "greeting-endless", title: "a greeting without end", step: greeting, answer: endless},
		{name: "ehlo-endless", title: "extensions without end", step: "EHLO", answer: endless},
		{name: "ehlo-silence", title: "silence after EHLO", step: "EHLO", answer: silence},
		{name: "mail-421", title: "421 to MAIL", step: "MAIL", answer: "421 shutting down"},
		{name: "mail-451", title: "451 to MAIL", step: "MAIL", answer: "451 try later"},
		{name: "mail-550", title: "550 to MAIL", step: "MAIL", answer: "550 not you", forever: true},
		{name: "mail-silence", title: "silence after MAIL", step: "MAIL", answer: silence},
		{name: "rcpt-450", title: "greylisting: 450 to every RCPT", step: "RCPT", answer: "450 come again"},
		{name: "rcpt-550", title: "550 to every RCPT", step: "RCPT", answer: "550 nobody here", forever: true},
		{name: "rcpt-421", title: "421 to RCPT", step: "RCPT", answer: "421 shutting down"},
		{name: "rcpt-silence", title: "silence after RCPT", step: "RCPT", answer: silence},
		{name: "rcpt-third-550", title: "550 for one of three recipients", step: "RCPT", answer: "550 nobody here", recipient: third, forever: true, kept: true},
		{name: "rcpt-third-450", title: "450 for one of three recipients", step: "RCPT", answer: "450 come again", recipient: third, kept: true},
		{name: "data-451", title: "451 to DATA", step: "DATA", answer: "451 try later"},
		{name: "data-554", title: "554 to DATA", step: "DATA", answer: "554 no", forever: true},
		{name: "data-silence", title: "silence after DATA", step: "DATA", answer: silence},
		{name: "data-cut", title: "the connection ends in the message", step: half, answer: cut},
		{name: "message-452", title: "452 to the message", step: message, answer: "452 disk full"},
		{name: "message-554", title: "554 to the message", step: message, answer: "554 spam", forever: true},
		{name: "message-silence", title: "silence after the message", step: message, answer: silence},
		{name: "message-taken", title: "the message is taken, and the connection ends without a word", step: message, answer: taken},
		{name: "quit-silence", title: "silence after QUIT", step: "QUIT", answer: silence, kept: true},
		{name: "quit-cut", title: "the connection ends at QUIT", step: "QUIT", answer: cut, kept: true},
	}
}

// Faults are the faults of mail servers.
func Faults() []fault.Fault {
	var all []fault.Fault
	for _, b := range behaviours() {
		all = append(all, fault.Fault{
			ID: "F18", Case: "smtp-" + b.name, Title: b.title, Injector: "a mail server of its own",
			Promise: b.promise(), Sluice: b.run,
		})
	}
	return append(all, certificates(), hostile())
}

func (b *behaviour) promise() string {
	switch {
	case b.kept:
		return "Who is not refused has every line, once; a recipient refused for now has them later."
	case b.forever:
		return "Every line is counted as dropped, or refused if it was mailed at once; a queue does not try it again."
	case b.unanswered():
		return "No line is there twice: a mail that may have arrived is counted, and not sent again."
	}
	return "A digest's and a queue's lines arrive once the server takes them, and once; a line mailed at once is refused."
}

func (b *behaviour) unanswered() bool {
	return b.step == half || b.step == message && (b.answer == silence || b.answer == taken)
}

const (
	timeout  = 80 * time.Millisecond
	deadline = 10 * timeout
)

// timeout is short where the server is silent, or has no end. Where it answers, nobody
// gives up an answer that is on its way, because the machine is busy: what the server
// refused would be taken for a mail that may have arrived.
func (b *behaviour) timeout() time.Duration {
	if b.answer == silence || b.answer == endless {
		return timeout
	}
	return 10 * time.Second
}

// run sends lines at once and in digests while the server fails, and until it has
// taken them.
func (b *behaviour) run(ctx context.Context, e *fault.Env) (balance.Result, error) {
	s := &server{step: b.step, answer: b.answer, recipient: b.recipient, left: 1 + e.Rand.IntN(4)}
	if b.forever {
		s.left = -1
	}
	if err := s.start(); err != nil {
		return balance.Result{}, err
	}
	defer s.stop()
	address := s.listener.Addr().String()
	w := &writer{timeout: b.timeout()}
	once, err := w.handler(address, nil)
	if err != nil {
		return balance.Result{}, err
	}
	digests, err := w.handler(address, &remote.SMTPDigest{Every: time.Duration(1+e.Rand.IntN(20)) * time.Millisecond, Records: 1000})
	if err != nil {
		return balance.Result{}, err
	}
	queued, err := newQueued(w, address)
	if err != nil {
		return balance.Result{}, err
	}
	n := e.Of(20, 5)
	for i := range n {
		for range 1 + e.Rand.IntN(10) {
			w.Emit(digests, 1)
		}
		if i < 8 {
			queued.put(w)
		}
		// Each takes a timeout as long as the server is silent.
		if i < 5 || s.failures() > 0 && s.remaining() == 0 {
			w.Emit(once, 0)
		}
	}
	lines.Settle(ctx, digests, func() uint64 { return remote.MailOf(digests).Stats().Held })
	if err := queued.stop(ctx); err != nil {
		return balance.Result{}, err
	}
	for _, h := range []*sluice.Handler{once, digests, queued.handler} {
		if err := w.Close(h); err != nil && !b.forever {
			w.broken = append(w.broken, fmt.Sprintf("Close: %v", err))
		}
	}
	s.stop()
	return b.balance(s, w, once, digests, queued), nil
}

func (s *server) failures() int { s.mu.Lock(); defer s.mu.Unlock(); return s.failed }

func (s *server) remaining() int { s.mu.Lock(); defer s.mu.Unlock(); return s.left }

// writer emits lines and notes what becomes of them.
type writer struct {
	lines.Writer
	timeout time.Duration
	errors  atomic.Int64 // reported
	broken  []string
}

func (w *writer) handler(address string, digest *remote.SMTPDigest) (*sluice.Handler, error) {
	o := &remote.SMTPOptions{Digest: digest, Deadline: 10 * w.timeout, LocalName: "faults", Formatter: line{}}
	o.Timeout = w.timeout
	o.RetryStart, o.RetryMax = new(5*time.Millisecond), new(20*time.Millisecond)
	o.OnError = func(context.Context, *sluice.Record, error) { w.errors.Add(1) }
	return remote.NewSMTP(address, "faults@example.org", []string{"first@example.org", "second@example.org", third}, "Log", o)
}

// line formats a record as its message.
type line struct{}

func (line) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	return append(dst, r.Message...), nil
}

func (b *behaviour) balance(s *server, w *writer, once, digests *sluice.Handler, queued *queued) balance.Result {
	perRecipient := map[string]map[balance.ID]int{}
	for _, m := range s.mails {
		for _, text := range linesOf(m.data) {
			if slices.Contains(m.to, "first@example.org") {
				w.Ledger.Found(text)
			}
			id, _ := balance.ParseLine(text)
			for _, to := range m.to {
				if perRecipient[to] == nil {
					perRecipient[to] = map[balance.ID]int{}
				}
				perRecipient[to][id]++
			}
		}
	}
	for id := range s.open {
		w.Ledger.Open(id)
	}
	st, at := remote.MailOf(digests).Stats(), remote.MailOf(once).Stats()
	dropped := st.Dropped[remote.ReasonRefused] + st.Dropped[remote.ReasonNotSent] + st.Dropped[remote.ReasonClosed] + st.Dropped[remote.ReasonLeftOut]
	q := queued.ring.Stats()
	unanswered := remote.MailOf(queued.handler).Stats().Dropped[remote.ReasonUnanswered]
	// What may have arrived is dropped by the queue, too, and is not known to be missing.
	dropped += q.Dropped[queue.Failed] - unanswered
	unanswered += st.Dropped[remote.ReasonUnanswered]
	r := w.Ledger.Balance(balance.Counters{Dropped: int(dropped), Held: int(st.Held + q.Held)})
	r.Broken = append(r.Broken, w.broken...)
	if b.step == half {
		// The lines were not read: nobody but the sender knows which they were.
		r.Allowed = min(r.Lost, int(unanswered))
	}
	for to, ids := range perRecipient {
		for id, n := range ids {
			if n > 1 {
				r.Break("%s has line %v %d times", to, id, n)
			}
		}
	}
	if b.recipient != "" && !b.forever {
		for _, id := range w.Ledger.Accepted(func(id balance.ID) bool { return id.Producer == 1 }) {
			if perRecipient[third][id] == 0 {
				r.Break("%s never got line %v", third, id)
			}
		}
	}
	if s.failed == 0 {
		r.Break("the server did not fail")
	}
	if w.errors.Load() == 0 && !(b.kept && b.step == "QUIT") {
		r.Break("nothing was reported")
	}
	r.Equal("records given to the handlers and the queue", int(st.Accepted+at.Accepted+q.Accepted), w.Given)
	r.Equal("lines refused", int(at.Accepted-at.Delivered), r.Refused)
	w.Bound(&r, deadline)
	return r
}
