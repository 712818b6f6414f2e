package conformance

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/mail"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
)

type smtpRow struct {
	Config  smtpConfig
	Server  smtpScript
	Records []json.RawMessage
	Expect  struct {
		Errors   []*string
		Sessions [][][]string
	}
}

type smtpConfig struct {
	FromAddr    string
	ToAddrs     json.RawMessage
	Subject     string
	Credentials *remote.SMTPCredentials
	Secure      *remote.SMTPSecure
	Fmt         string
	SubjectFmt  string `json:"subject_fmt"`
}

// runSMTPMessages mails the row's records to a server that plays its part, and
// compares what was said: verb by verb, and the message byte by byte, but for headers
// that had to be folded or encoded, which are compared by what they mean.
func runSMTPMessages(t *testing.T, data []byte) (string, error) {
	var row smtpRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	var config *tls.Config
	var roots *x509.CertPool
	if row.Config.Secure != nil {
		dir := t.TempDir()
		roots = writeCertificate(t, dir)
		cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
		if err != nil {
			return "", err
		}
		config = &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	server, err := newSMTPServer(row.Server, config)
	if err != nil {
		return "", err
	}
	h, err := row.Config.handler(server.listener.Addr().String(), roots)
	if err != nil {
		server.close()
		return "", row.refused(err)
	}
	for i, raw := range row.Records {
		err := emitTyped(h, raw)
		if want := row.Expect.Errors[i]; (err != nil) != (want != nil) {
			server.close()
			return "", fmt.Errorf("record %d: error %w, want %v", i, err, want)
		}
	}
	if err := h.Close(); err != nil {
		return "", err
	}
	return "", row.compare(server.close())
}

// refused says whether a constructor may refuse the configuration: if no record would
// be mailed, and nothing be said that depends on the server.
func (row *smtpRow) refused(err error) error {
	for _, e := range row.Expect.Errors {
		if e == nil {
			return err
		}
	}
	for _, session := range row.Expect.Sessions {
		for _, said := range session {
			if said[0] == "DATA" || said[0] == "C" && !strings.HasPrefix(said[1], "EHLO") {
				return fmt.Errorf("refused at once (%w), want %q to be said", err, said)
			}
		}
	}
	return nil
}

func (c *smtpConfig) handler(address string, roots *x509.CertPool) (*sluice.Handler, error) {
	var to []string
	if err := json.Unmarshal(c.ToAddrs, &to); err != nil {
		to = make([]string, 1)
		if err := json.Unmarshal(c.ToAddrs, &to[0]); err != nil {
			return nil, err
		}
	}
	o := &remote.SMTPOptions{Credentials: c.Credentials, Secure: c.Secure, LocalName: "client.example.org"}
	if c.Secure != nil {
		o.TLS = &tls.Config{RootCAs: roots}
	}
	o.Level, o.Timeout = sluice.NotSet, patience
	o.OnError = func(context.Context, *sluice.Record, error) {}
	format := c.Fmt
	if format == "" {
		format = "%(message)s"
	}
	var err error
	if o.Formatter, err = sluice.NewFormatter(format, &sluice.FormatterOptions{UTC: true}); err != nil {
		return nil, err
	}
	if c.SubjectFmt != "" {
		f, err := sluice.NewFormatter(c.SubjectFmt, nil)
		if err != nil {
			return nil, err
		}
		o.GetSubject = func(r *sluice.Record) string {
			text, err := f.AppendRecord(nil, &sluice.Record{Level: r.Level, LevelName: r.LevelName, Name: r.Name, Message: r.Message, Attrs: r.Attrs, Origin: r.Origin})
			if err != nil {
				return err.Error()
			}
			return string(text)
		}
	}
	return remote.NewSMTP(address, c.FromAddr, to, c.Subject, o)
}

func (row *smtpRow) compare(got [][][2]string) error {
	want := row.Expect.Sessions
	if len(got) == 0 && len(want) == 1 && len(want[0]) == 1 {
		// The record was refused before anybody was called; Python calls first.
		return nil
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d connections, want %d", len(got), len(want))
	}
	for i := range want {
		if err := compareSession(got[i], want[i], strings.Contains(row.Config.Subject, "=?")); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
	}
	return nil
}

var smtpSize = regexp.MustCompile(` size=\d+`)

// compareSession compares what was said; lookalike says that the subject looks encoded
// as it is, which Python does not leave so.
func compareSession(got [][2]string, want [][]string, lookalike bool) error {
	if len(got) != len(want) {
		return fmt.Errorf("said %q, want %q", got, want)
	}
	var size string // of the message at hand, as its sender announced it
	for i, w := range want {
		g := got[i]
		switch {
		case g[0] != w[0]:
			return fmt.Errorf("said %q, want %q", g, w)
		case w[0] == "DATA":
			data, err := base64.StdEncoding.DecodeString(w[1])
			if err != nil {
				return err
			}
			if err := compareMail(g[1], string(data), lookalike); err != nil {
				return err
			}
			if n := unstuffedLen(g[1]); size != "" && size != fmt.Sprintf(" size=%d", n) {
				return fmt.Errorf("announced%s, sent %d", size, n)
			}
		case w[0] == "C":
			line := upperVerb(g[1])
			// Another size is right if it is that of a header folded in another way.
			if smtpSize.ReplaceAllString(line, " size") != smtpSize.ReplaceAllString(w[1], " size") {
				return fmt.Errorf("said %q, want %q", line, w[1])
			}
			if s := smtpSize.FindString(line); s != "" {
				size = s
			}
		case w[0] == "S" && g[1] != w[1]:
			return fmt.Errorf("the server said %q, want %q", g, w)
		}
	}
	return nil
}

func upperVerb(line string) string {
	verb, rest, found := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "QUIT", "AUTH", "STARTTLS":
		verb = strings.ToUpper(verb)
	}
	if !found {
		return verb
	}
	if from, ok := strings.CutPrefix(strings.ToUpper(rest), "FROM:"); ok && verb == "MAIL" {
		rest = "FROM:" + rest[len(rest)-len(from):]
	}
	return verb + " " + rest
}

// unstuffedLen is how long a message is without the dots that its transport adds.
func unstuffedLen(data string) int {
	return len(data) - strings.Count("\r\n"+data, "\r\n.") - len("\r\n")
}

func compareMail(got, want string, lookalike bool) error {
	gotHead, gotBody, _ := strings.Cut(got, "\r\n\r\n")
	wantHead, wantBody, _ := strings.Cut(want, "\r\n\r\n")
	if gotBody != wantBody {
		return fmt.Errorf("body %.400q, want %.400q", gotBody, wantBody)
	}
	gotFields, wantFields := fieldsOf(gotHead), fieldsOf(wantHead)
	if len(gotFields) != len(wantFields) {
		return fmt.Errorf("headers %q, want %q", gotFields, wantFields)
	}
	for i, w := range wantFields {
		g := gotFields[i]
		name, _, _ := strings.Cut(w, ":")
		switch {
		case name == "Date":
			date, ok := strings.CutPrefix(g, "Date: ")
			if t, err := mail.ParseDate(date); !ok || err != nil || time.Since(t) > time.Minute || len(date) != 31 {
				return fmt.Errorf("%q is no date of now", g)
			}
		case g == w:
		case !strings.Contains(w, "\r\n") && !strings.Contains(w, "=?") && !strings.ContainsFunc(w, unicode.IsControl) && !(lookalike && name == "Subject"):
			return fmt.Errorf("header %q, want %q", g, w)
		default:
			if err := sameField(name, g, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// fieldsOf splits a head into its fields, folded as they are.
func fieldsOf(head string) []string {
	var fields []string
	for _, line := range strings.Split(head, "\r\n") {
		if n := len(fields); n > 0 && line != "" && (line[0] == ' ' || line[0] == '\t') {
			fields[n-1] += "\r\n" + line
			continue
		}
		fields = append(fields, line)
	}
	return fields
}

// sameField compares what a reader makes of a field that had to be folded or encoded.
func sameField(name, got, want string) error {
	for _, line := range strings.Split(got, "\r\n") {
		if len(line) > 998 {
			return fmt.Errorf("%s has a line of %d bytes", name, len(line))
		}
	}
	decoded := func(field string) (string, error) {
		text, ok := strings.CutPrefix(strings.ReplaceAll(field, "\r\n", ""), name+":")
		if !ok {
			return "", fmt.Errorf("header %q, want %s", field, name)
		}
		text = strings.TrimPrefix(text, " ")
		if name == "From" || name == "To" {
			list, err := mail.ParseAddressList(text)
			return fmt.Sprintf("%q", list), err
		}
		return new(mime.WordDecoder).DecodeHeader(text)
	}
	g, err := decoded(got)
	if err != nil {
		return err
	}
	w, err := decoded(want)
	if err != nil {
		return err
	}
	if g != w {
		return fmt.Errorf("%s means %q, want %q", name, g, w)
	}
	return nil
}
