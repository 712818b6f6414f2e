// Package mail makes the bytes of a mail as CPython's EmailMessage does for
// SMTPHandler: the headers From, To, Subject, Date and three of MIME, in this order,
// and one body of text. A mail that has an ID, which CPython's have not, has it behind
// Date.
//
// # Limits
//
// It knows one text in UTF-8: no attachments, no HTML, no other headers. Addresses in
// groups ("team: a@x, b@x;") and with routes are refused.
package mail

import "time"

// Message is a mail.
type Message struct {
	// From is the author; of several the first is the sender. None is the empty
	// sender, to whom nothing can come back.
	From []Address
	// To are the recipients.
	To []Address
	// Subject may hold anything; what a header cannot is encoded (RFC 2047).
	Subject string
	// Date is when it was sent, shown in its zone.
	Date time.Time
	// MessageID tells the mail from all others, without the angle brackets (RFC 5322,
	// 3.6.4); empty: the server gives it one, or nobody does.
	MessageID string
	// Text is the body, in UTF-8, its lines ended by CR, LF or both.
	Text []byte
}

// International says that an address in m is not ASCII, so that m can only be sent
// where SMTPUTF8 (RFC 6531) is spoken.
func (m *Message) International() bool {
	for _, list := range [][]Address{m.From, m.To} {
		for _, a := range list {
			if !isASCII(a.Spec) {
				return true
			}
		}
	}
	return false
}

// Append appends m with CRLF behind each line, and no dots stuffed.
func (m *Message) Append(dst []byte) []byte {
	international := m.International()
	dst = appendAddresses(dst, "From", m.From, international)
	dst = appendAddresses(dst, "To", m.To, international)
	dst = appendText(dst, "Subject", m.Subject, international)
	dst = append(dst, "Date: "...)
	dst = m.Date.AppendFormat(dst, "Mon, 02 Jan 2006 15:04:05 -0700")
	if m.MessageID != "" {
		dst = append(append(append(dst, "\r\nMessage-ID: <"...), m.MessageID...), '>')
	}
	lines := splitLines(m.Text)
	encoding := encodingOf(lines)
	dst = append(dst, "\r\nContent-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: "...)
	dst = append(dst, encoding...)
	dst = append(dst, "\r\nMIME-Version: 1.0\r\n\r\n"...)
	// smtplib.py: send_message takes the policy's word for it, which is no, only of
	// an international mail.
	return appendBody(dst, lines, encoding, !international)
}
