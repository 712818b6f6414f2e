package conformance

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
)

// debianPython is the command of Debian's CPython, which knows Debian's packages.
func debianPython(t *testing.T, module, pkg string) string {
	t.Helper()
	const path = "/usr/bin/python3"
	if err := exec.Command(path, "-c", "import "+module).Run(); err != nil {
		absent(t, module+" for "+path, pkg)
	}
	return path
}

// mailServer is aiosmtpd, and the mails that it took.
type mailServer struct {
	port         int
	mails        chan []byte // as they come: a server whose output is not read answers nobody
	ours, theirs []livedMail // read and not asked for yet
}

// mostMails is more than a test has sent to a server.
const mostMails = 1000

func startMailServer(t *testing.T, py, mode, dir string) *mailServer {
	t.Helper()
	cmd := exec.Command(py, filepath.Join("testdata", "peers", "smtp_server.py"), mode, dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &mailServer{mails: make(chan []byte, mostMails)}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<22)
	var done sync.WaitGroup
	t.Cleanup(func() {
		_ = in.Close()
		done.Wait()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &s.port) != nil {
		t.Fatalf("smtp_server.py: %s", stderr.String())
	}
	done.Go(func() {
		defer close(s.mails)
		for lines.Scan() {
			s.mails <- bytes.Clone(lines.Bytes())
		}
	})
	return s
}

// ourName is how the handler introduces itself.
const ourName = "sluice.example.org"

// next is the next mail of the handler, or of Python's.
func (s *mailServer) next(t *testing.T, ours bool) (mail livedMail) {
	t.Helper()
	from := &s.theirs
	if ours {
		from = &s.ours
	}
	late := time.After(patience)
	for len(*from) == 0 {
		var line []byte
		select {
		case line = <-s.mails:
		case <-late:
			t.Fatalf("%v have passed without a mail", patience)
		}
		if line == nil {
			t.Fatal("the server ended")
		}
		var m livedMail
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		by := m.Client
		if m.Client = ""; by == ourName {
			s.ours = append(s.ours, m)
		} else {
			s.theirs = append(s.theirs, m)
		}
	}
	mail, *from = (*from)[0], (*from)[1:]
	return mail
}

type livedMail struct {
	Client  string
	From    string
	To      []string
	User    string
	TLS     bool
	Headers [][2]string
	Text    string
	Body    []byte
}

// mails are subjects and texts of many kinds, without what Python refuses.
func mails(n int) [][2]string {
	random := rand.New(rand.NewPCG(8, 2))
	words := []string{"disk", "full", "order", "naïve", "–", "你好世界", "привет", "e\u0301", "=", "==", "a=b", "From", ".", "😀", "\u200bzero", strings.Repeat("w", 90), "x\ty", "\"quoted\"", "a_b?", "über=20"}
	text := func(most int, between []string) string {
		var b strings.Builder
		for i := range random.IntN(most) {
			if i > 0 {
				b.WriteString(between[random.IntN(len(between))])
			}
			b.WriteString(words[random.IntN(len(words))])
		}
		return b.String()
	}
	list := [][2]string{{"Log", "From me\n.\n..\n"}, {"", ""}, {"  spaced  ", " \t"}}
	for len(list) < n {
		list = append(list, [2]string{text(25, []string{" ", " ", " ", "  "}), text(60, []string{" ", " ", "\n", "\r\n", "\r", "\n\n"})})
	}
	return list
}

// TestLiveSMTP: what the handler mails to an aiosmtpd, Python's email parser reads as it
// reads what Python's SMTPHandler mails to it for the same records; plainly, logged in, and
// over STARTTLS.
func TestLiveSMTP(t *testing.T) {
	py := debianPython(t, "aiosmtpd", "python3-aiosmtpd")
	all := mails(120)
	input, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"plain", "auth", "starttls"} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			roots := writeCertificate(t, dir)
			server := startMailServer(t, py, mode, dir)
			cmd := exec.Command(py, filepath.Join("testdata", "peers", "send_mail.py"), strconv.Itoa(server.port), mode)
			cmd.Stdin = bytes.NewReader(input)
			sent := make(chan error, 1)
			go func() {
				out, err := cmd.CombinedOutput()
				if err != nil {
					err = fmt.Errorf("send_mail.py: %w\n%s", err, out)
				}
				sent <- err
			}()
			o := &remote.SMTPOptions{Formatter: messageOnly(), LocalName: ourName, Options: remote.Options{Timeout: patience}}
			if mode != "plain" {
				o.Credentials = &remote.SMTPCredentials{Username: "user", Password: "pass"}
			}
			if mode == "starttls" {
				o.Secure, o.TLS = &remote.SMTPSecure{}, &tls.Config{RootCAs: roots}
			}
			var subject string
			o.GetSubject = func(*sluice.Record) string { return subject }
			h, err := remote.NewSMTP("127.0.0.1:"+strconv.Itoa(server.port), "App <app@example.org>", []string{"Ops Team <ops@example.org>", "dev@example.org"}, "", o)
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			log := slog.New(h)
			for _, m := range all {
				subject = m[0]
				log.Warn(m[1])
				got, want := server.next(t, true), server.next(t, false)
				// Python folds in a way of its own, and may lose or double white space
				// between encoded words: what a subject means is asked of what was logged.
				if s := takeSubject(&got); s != strings.TrimLeft(m[0], " ") { // the parser drops these
					t.Errorf("subject %q, want %q", s, m[0])
				}
				takeSubject(&want)
				if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
					t.Fatalf("%q: received\n%+v, want\n%+v", m, got, want)
				}
				if got.TLS != (mode == "starttls") || got.User == "" != (mode == "plain") {
					t.Fatalf("received over TLS: %v, from %q", got.TLS, got.User)
				}
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
		})
	}
}

// takeSubject takes the subject out of a mail's headers.
func takeSubject(m *livedMail) (subject string) {
	for i := range m.Headers {
		if m.Headers[i][0] == "Subject" {
			subject, m.Headers[i][1] = m.Headers[i][1], ""
		}
	}
	return subject
}
