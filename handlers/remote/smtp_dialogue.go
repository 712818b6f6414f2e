package remote

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// hello introduces the handler, turns on TLS and logs in.
func (d *dialogue) hello() error {
	if err := d.introduce(); err != nil {
		return d.failed("EHLO", err)
	}
	if d.startTLS {
		if _, ok := d.offered["STARTTLS"]; !ok {
			return &smtpError{step: "STARTTLS", err: errors.New("the server does not offer it")}
		}
		if err := d.secure(); err != nil {
			return d.failed("STARTTLS", err)
		}
	}
	if d.credentials == nil {
		return nil
	}
	return d.login()
}

// introduce says EHLO, and HELO to a server that does not take that.
func (d *dialogue) introduce() error {
	d.offered = nil
	code, text, err := d.command(2, "EHLO "+d.localName)
	if isAnswer(err) {
		_, _, err = d.command(2, "HELO "+d.localName)
		return err
	}
	if code == 250 {
		d.offered = extensionsOf(text)
	}
	return err
}

// isAnswer says that the server has said something, though not what was hoped for.
func isAnswer(err error) bool {
	var reply *textproto.Error
	var garbled textproto.ProtocolError
	return errors.As(err, &reply) || errors.As(err, &garbled)
}

// secure turns on TLS. What was offered without it does not count, nor what has come
// behind the answer.
func (d *dialogue) secure() error {
	if _, _, err := d.command(220, "STARTTLS"); err != nil {
		return err
	}
	over := tls.Client(d.conn, d.tls)
	d.conn, d.lines = over, lines{textproto.NewConn(over)}
	d.arm()
	if err := over.HandshakeContext(context.Background()); err != nil { // arm bounds it
		return err
	}
	return d.introduce()
}

// login tries Python's mechanisms in Python's order, as long as the server offers them
// and refuses.
func (d *dialogue) login() error {
	user, password := d.credentials.Username, d.credentials.Password
	offered := d.mechanisms()
	if len(offered) == 0 {
		return &smtpError{step: "AUTH", err: errors.New("the server does not offer it")}
	}
	var last error
	for _, m := range []struct {
		name    string
		initial bool // sends its first answer with the command
		auth    smtp.Auth
	}{
		{"CRAM-MD5", false, smtp.CRAMMD5Auth(user, password)},
		{"PLAIN", true, nil},
		{"LOGIN", true, smtp.LoginAuth(user, password, d.serverName(), true)},
	} {
		if !offered[m.name] {
			continue
		}
		command := "AUTH " + m.name
		if m.initial {
			first := []byte("\x00" + user + "\x00" + password) // RFC 4616
			if m.auth != nil {
				first, _ = m.auth.Next(nil, true)
			}
			command += " " + base64.StdEncoding.EncodeToString(first)
		}
		err := d.authenticate(command, m.auth)
		var reply *textproto.Error
		if err == nil {
			return nil
		}
		if last = d.failed("AUTH "+m.name, err); !errors.As(err, &reply) || reply.Code == 421 {
			return last
		}
	}
	if last == nil {
		last = &smtpError{step: "AUTH", err: errors.New("the server offers none of CRAM-MD5, PLAIN and LOGIN")}
	}
	return last
}

// authenticate answers challenges until the server has made up its mind. No mechanism
// has more than two.
func (d *dialogue) authenticate(command string, auth smtp.Auth) error {
	code, text, err := d.command(0, command)
	for range 2 {
		if err != nil || code != 334 || auth == nil {
			break
		}
		challenge, bad := base64.StdEncoding.DecodeString(text)
		if bad != nil {
			return errors.New("a challenge that is not base64")
		}
		answer, bad := auth.Next(challenge, true)
		if bad != nil {
			return errors.New("a challenge too many")
		}
		code, text, err = d.command(0, base64.StdEncoding.EncodeToString(answer))
	}
	// smtplib.py: auth. 503: somebody is logged in already.
	if err == nil && code != 235 && code != 503 {
		err = &textproto.Error{Code: code, Msg: text}
	}
	return err
}

// mechanisms are the ways to log in that the server offers.
func (d *dialogue) mechanisms() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(d.offered["AUTH"]) {
		names[name] = true
	}
	return names
}

// command is lines.command, in the time of a step.
func (d *dialogue) command(expect int, line string) (int, string, error) {
	d.arm()
	return d.lines.command(expect, line)
}

// send hands over one mail.
func (d *dialogue) send(l *letter) ([]refusal, error) {
	mail := "MAIL FROM:<" + l.from + ">"
	if _, ok := d.offered["SIZE"]; ok {
		mail += fmt.Sprintf(" size=%d", len(l.data))
	}
	if l.international {
		if _, ok := d.offered["SMTPUTF8"]; !ok {
			return nil, &smtpError{step: "MAIL", err: errors.New("an address is not ASCII, and the server does not offer SMTPUTF8")}
		}
		mail += " SMTPUTF8 BODY=8BITMIME"
	}
	if _, _, err := d.command(250, mail); err != nil {
		return nil, d.abort("MAIL", err)
	}
	var refused []refusal
	for _, to := range l.to {
		_, _, err := d.command(25, "RCPT TO:<"+to+">")
		if err == nil {
			continue
		}
		var reply *textproto.Error
		if !errors.As(err, &reply) || reply.Code == 421 {
			return nil, d.abort("RCPT", err)
		}
		refused = append(refused, refusal{to, d.failed("RCPT", err)})
	}
	if len(refused) == len(l.to) {
		d.reset()
		return nil, allRefused(refused)
	}
	if _, _, err := d.command(354, "DATA"); err != nil {
		return nil, d.failed("DATA", err)
	}
	d.arm()
	w := d.lines.DotWriter()
	if _, err := w.Write(l.data); err != nil {
		return nil, d.failed("DATA", err)
	}
	d.arm()
	err := w.Close()
	if err == nil {
		_, _, err = d.lines.reply(250)
	}
	if err != nil {
		var reply *textproto.Error
		failed := d.abort("DATA", err)
		failed.unanswered = !errors.As(err, &reply)
		return nil, failed
	}
	return refused, nil
}

// allRefused is the error of a mail that nobody gets: one that is not for good, if
// there is one, because then it is worth to try again.
func allRefused(refused []refusal) error {
	worst := refused[0]
	for _, r := range refused {
		if !isPermanent(r.err) {
			worst = r
			break
		}
	}
	if len(refused) == 1 {
		return fmt.Errorf("recipient %q: %w", worst.to, worst.err)
	}
	return fmt.Errorf("all %d recipients, such as %q: %w", len(refused), worst.to, worst.err)
}

// abort takes the transaction back if the server still listens.
func (d *dialogue) abort(step string, err error) *smtpError {
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code != 421 {
		d.reset()
	}
	return d.failed(step, err)
}

func (d *dialogue) reset() {
	_, _, _ = d.command(250, "RSET") // the connection is closed anyhow
}

// redact takes the password out of a server's answer, in every form in which it was
// sent.
func (d *dialogue) redact(text string) string {
	if d.credentials == nil {
		return text
	}
	user, password := d.credentials.Username, d.credentials.Password
	for _, secret := range []string{
		base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password)),
		base64.StdEncoding.EncodeToString([]byte(password)),
		password,
	} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "REDACTED")
		}
	}
	return text
}
