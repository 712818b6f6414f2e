package mail

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"

	"github.com/sluicelog/sluice/faults/balance"
)

// The steps at which a server can fail, beside the verbs of SMTP.
const (
	greeting = "GREETING"
	message  = "MESSAGE" // what it says to a whole message
	half     = "HALF"    // when it has read the first bytes of one
)

// Answers that are none.
const (
	silence = "silence"
	cut     = "cut"   // the connection ends
	taken   = "taken" // it takes the message, and the connection ends
	endless = "endless"
)

// server is a mail server that fails for a while, or for ever.
type server struct {
	step, answer string
	recipient    string // only of this one; empty: of all
	secure       *tls.Config
	implicit     bool

	listener net.Listener
	done     sync.WaitGroup

	mu     sync.Mutex
	left   int // how often it still fails; negative: for ever
	failed int
	mails  []mail
	open   map[balance.ID]bool // lines of messages to which it said nothing
	said   map[string]int      // verbs
	conns  map[net.Conn]bool
}

// mail is a mail that was taken.
type mail struct {
	to   []string
	data []byte
}

func (s *server) start() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.listener, s.open, s.said, s.conns = l, map[balance.ID]bool{}, map[string]int{}, map[net.Conn]bool{}
	s.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.done.Go(func() { s.serve(c) })
		}
	})
	return nil
}

func (s *server) stop() {
	_ = s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
}

// fails says whether the server fails now, and counts it.
func (s *server) fails(step, line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said[step]++
	if step != s.step || s.left == 0 || !strings.Contains(line, s.recipient) {
		return false
	}
	s.left--
	s.failed++
	return true
}

// talk is one conversation; it is over when a method returns false.
type talk struct {
	*server
	conn net.Conn
	in   *textproto.Reader
	to   []string
	bad  bool // every recipient of this mail is refused
	lied bool // the last answer was not the usual one
}

func (s *server) serve(c net.Conn) {
	s.mu.Lock()
	s.conns[c] = true
	s.mu.Unlock()
	defer func() {
		_ = c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	t := &talk{server: s, conn: c}
	if s.implicit && !t.encrypt() {
		return
	}
	t.in = textproto.NewReader(bufio.NewReader(t.conn))
	for ok := t.say(greeting, "", "220 mx ESMTP"); ok; ok = t.command() {
	}
}

func (t *talk) encrypt() bool {
	c := tls.Server(t.conn, t.secure)
	t.conn = c
	return c.Handshake() == nil
}

// say answers at a step, as usual or not.
func (t *talk) say(step, line, usual string) bool {
	if t.lied = t.fails(step, line); t.lied {
		return t.wrong()
	}
	_, err := io.WriteString(t.conn, usual+"\r\n")
	return err == nil
}

// wrong answers as it should not.
func (t *talk) wrong() bool {
	switch t.answer {
	case silence:
		_, _ = io.Copy(io.Discard, t.conn) // until the client gives up
		return false
	case cut, taken:
		return false
	case endless:
		for {
			if _, err := t.conn.Write(bytes.Repeat([]byte("250-more of it "), 4096)); err != nil {
				return false
			}
		}
	}
	_, err := io.WriteString(t.conn, t.answer+"\r\n")
	return err == nil && !strings.HasPrefix(t.answer, "421")
}

func (t *talk) command() bool {
	line, err := t.in.ReadLine()
	if err != nil {
		return false
	}
	verb, rest, _ := strings.Cut(line, " ")
	switch verb = strings.ToUpper(verb); verb {
	case "EHLO":
		usual := "250-mx\r\n250-SMTPUTF8\r\n250 AUTH PLAIN"
		if _, over := t.conn.(*tls.Conn); t.secure != nil && !over {
			usual = "250-mx\r\n250 STARTTLS"
		}
		return t.say(verb, line, usual)
	case "STARTTLS":
		if !t.say(verb, line, "220 go") || !t.encrypt() {
			return false
		}
		t.in = textproto.NewReader(bufio.NewReader(t.conn))
		return true
	case "AUTH":
		return t.say(verb, line, "235 ok")
	case "MAIL":
		t.to, t.bad = nil, t.step == "RCPT" && t.recipient == "" && t.fails("RCPT", "")
		return t.say(verb, line, "250 ok")
	case "RCPT":
		if t.bad {
			return t.wrong()
		}
		if t.step == "RCPT" && t.recipient == "" {
			t.to = append(t.to, strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>"))
			_, err := io.WriteString(t.conn, "250 ok\r\n")
			return err == nil
		}
		ok := t.say(verb, line, "250 ok")
		if !t.lied {
			t.to = append(t.to, strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>"))
		}
		return ok
	case "DATA":
		return t.data()
	case "QUIT":
		t.say(verb, line, "221 bye")
		return false
	}
	return t.say(verb, line, "250 ok")
}

func (t *talk) data() bool {
	if !t.say("DATA", "", "354 go") {
		return false
	}
	if t.lied {
		return true
	}
	if t.fails(half, "") {
		if _, err := t.in.ReadLine(); err == nil {
			t.doubt([]byte{})
		}
		return false
	}
	data, err := t.in.ReadDotBytes()
	if err != nil {
		return false
	}
	ok := t.say(message, "", "250 taken")
	if t.lied && (t.answer == silence || t.answer == cut || t.answer == taken) {
		t.doubt(data)
	}
	if !t.lied || t.answer == taken {
		t.mu.Lock()
		t.mails = append(t.mails, mail{t.to, data})
		t.mu.Unlock()
	}
	return ok
}

// doubt notes the lines of a message whose sender does not learn what became of it.
func (t *talk) doubt(data []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, line := range linesOf(data) {
		if id, ok := balance.ParseLine(line); ok {
			t.open[id] = true
		}
	}
}

// linesOf gives the lines of a mail's body.
func linesOf(data []byte) [][]byte {
	_, body, _ := bytes.Cut(data, []byte("\n\n"))
	return bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
}
