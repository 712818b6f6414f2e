package remote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/mail"
)

// The reasons, beside ReasonFormat, for which a record is not mailed, or not posted.
const (
	// ReasonRefused: the server said no for good: with SMTP by 5xx, for all
	// recipients; with HTTP by a status that will be the same the next time.
	ReasonRefused = "refused"
	// ReasonNotSent: the server was not there, or said no for now (4xx).
	ReasonNotSent = "not sent"
	// ReasonUnanswered: the server had the whole mail and did not say what became of
	// it. It is not sent again, as it may have arrived.
	ReasonUnanswered = "unanswered"
	// ReasonLeftOut: the digest was full. It says how many there were.
	ReasonLeftOut = "left out of a digest"
	// ReasonClosed: the digest could not be sent before the handler was closed.
	ReasonClosed = "closed"
)

// Mail is the Emitter of NewSMTP. It is safe for concurrent use; without a digest
// each Emit makes a connection of its own.
type Mail struct {
	server   *smtpServer
	from, to []mail.Address
	format   *counted
	subject  func(*sluice.Record) string
	onError  func(error) // of what is not the answer to a record
	digest   *digest     // nil: a mail for each record

	// open is held for reading while a mail is sent, and guards closed.
	open   sync.RWMutex
	closed bool

	mu        sync.Mutex // guards what follows
	accepted  uint64
	delivered uint64
	dropped   map[string]uint64
}

// MailOf returns the Mail of a handler of NewSMTP, for its Stats; nil if h is none.
func MailOf(h *sluice.Handler) *Mail {
	m, _ := behind(h).Emitter().(*Mail)
	return m
}

// Emit mails r, or puts it into the digest.
func (m *Mail) Emit(_ context.Context, r *sluice.Record) error {
	m.open.RLock()
	defer m.open.RUnlock()
	if m.closed {
		return sluice.ErrClosed
	}
	m.mu.Lock()
	m.accepted++
	m.mu.Unlock()
	text, err := m.text(r)
	if err != nil {
		m.drop(ReasonFormat, 1)
		return permanentError{err}
	}
	if m.digest != nil {
		m.digest.add(r.Level, m.subject(r), text)
		return nil
	}
	l := m.letter(m.subject(r), text, r.ID)
	refused, err := m.server.send(l, time.Now().Add(m.server.deadline))
	if err != nil {
		reason := reasonOf(err)
		m.drop(reason, 1)
		err = fmt.Errorf("mail record: %w", err)
		if reason != ReasonNotSent { // and a mail that may have arrived must not come twice
			err = permanentError{err}
		}
		return err
	}
	m.deliver(1)
	m.report(refused)
	return nil
}

// text formats r. Half of a surrogate pair is what UTF-8 has no way to say, so such a
// record gives an error, as in Python; other bytes that are no UTF-8 become U+FFFD.
func (m *Mail) text(r *sluice.Record) ([]byte, error) {
	text, err := m.format.AppendRecord(nil, r)
	if err != nil {
		return nil, fmt.Errorf("format record: %w", err)
	}
	return mail.ValidText(text)
}

// letter makes a mail of a text. With an ID it is the same mail whenever it is sent,
// for those who know a mail that comes twice.
func (m *Mail) letter(subject string, text []byte, id sluice.ID) *letter {
	msg := &mail.Message{From: m.from, To: m.to, Subject: subject, Date: time.Now(), Text: text}
	if !id.IsZero() {
		msg.MessageID = id.String() + "@" + m.domain()
	}
	l := &letter{international: msg.International(), data: msg.Append(nil)}
	if len(m.from) > 0 {
		l.from = m.from[0].Spec
	}
	for _, a := range m.to {
		l.to = append(l.to, a.Spec)
	}
	if len(l.to) == 0 {
		l.to = []string{""} // smtplib.py: RCPT TO:<>, for the server to refuse
	}
	return l
}

// domain is the sender's, or this machine.
func (m *Mail) domain() string {
	if len(m.from) > 0 {
		spec := m.from[0].Spec
		if at := strings.LastIndexByte(spec, '@'); at >= 0 && at < len(spec)-1 && isHostName(spec[at+1:]) {
			return spec[at+1:]
		}
	}
	return m.server.localName
}

// report tells of recipients that were refused while others were not.
func (m *Mail) report(refused []refusal) {
	for _, r := range refused {
		m.onError(fmt.Errorf("recipient %q: %w", r.to, r.err))
	}
}

// reasonOf is the reason to count a mail that was not sent under.
func reasonOf(err error) string {
	var s *smtpError
	switch {
	case errors.As(err, &s) && s.unanswered:
		return ReasonUnanswered
	case isPermanent(err):
		return ReasonRefused
	}
	return ReasonNotSent
}

func (m *Mail) drop(reason string, n uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dropped[reason] += n
}

func (m *Mail) deliver(n uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.delivered += n
}

// Flush sends the digest at hand, unless HoldOnFlush, and returns when the server has it. What could not
// be sent is still held, and its error returned.
func (m *Mail) Flush(ctx context.Context) error {
	if m.digest == nil || m.digest.options.HoldOnFlush {
		return nil
	}
	return m.digest.flush(ctx)
}

// Close sends the digest at hand, in one attempt within the deadline of a mail; what
// cannot be sent is dropped, counted and in the error.
func (m *Mail) Close() error {
	m.open.Lock()
	closed := m.closed
	m.closed = true
	m.open.Unlock()
	if closed || m.digest == nil {
		return nil
	}
	return m.digest.close()
}

// Stats returns what became of the records so far.
func (m *Mail) Stats() sluice.Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	st := sluice.Stats{Accepted: m.accepted, Delivered: m.delivered, Dropped: maps.Clone(m.dropped)}
	st.Held = st.Accepted - st.Delivered
	for _, n := range st.Dropped {
		st.Held -= n
	}
	return st
}
