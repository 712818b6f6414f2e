package remote_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// mailbox is a mail server: it takes what comes, unless answer says otherwise.
type mailbox struct {
	// answer is the answer to a line, of which verb is the first word in capitals;
	// GREETING and MESSAGE are said by nobody and come first and behind a message.
	// Empty: the usual one. "HANG": none. "CUT": the connection ends.
	answer func(verb, line string) string
	config *tls.Config // of STARTTLS

	done     sync.WaitGroup
	mu       sync.Mutex
	messages []string
	said     []string
	conns    []net.Conn
}

// listen serves on a port of this machine until the test ends.
func (m *mailbox) listen(t testing.TB, wrap func(net.Listener) net.Listener) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	if wrap != nil {
		l = wrap(l)
	}
	m.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			m.start(c)
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		m.close()
	})
	return address
}

// dial connects without a network.
func (m *mailbox) dial(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	m.start(theirs)
	return ours, nil
}

func (m *mailbox) start(c net.Conn) {
	m.mu.Lock()
	m.conns = append(m.conns, c)
	m.mu.Unlock()
	m.done.Go(func() { m.serve(c) })
}

// close cuts the connections there are.
func (m *mailbox) close() {
	m.mu.Lock()
	for _, c := range m.conns {
		_ = c.Close()
	}
	m.mu.Unlock()
	m.done.Wait()
}

// Messages are the messages that were taken.
func (m *mailbox) Messages() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.messages...)
}

// Said are the lines that clients said.
func (m *mailbox) Said() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.said, "\n")
}

func (m *mailbox) serve(c net.Conn) {
	in := textproto.NewReader(bufio.NewReader(c))
	// say is false when the conversation is over.
	say := func(verb, line, usual string) bool {
		text := usual
		if m.answer != nil {
			if own := m.answer(verb, line); own != "" {
				text = own
			}
		}
		switch text {
		case "CUT":
			_ = c.Close()
			return false
		case "HANG":
			_, _ = io.Copy(io.Discard, c) // until it ends
			return false
		}
		_, err := io.WriteString(c, strings.ReplaceAll(text, "\n", "\r\n")+"\r\n")
		return err == nil && text[0] < '4'
	}
	if !say("GREETING", "", "220 here") {
		return
	}
	for {
		line, err := in.ReadLine()
		if err != nil {
			return
		}
		m.mu.Lock()
		m.said = append(m.said, line)
		m.mu.Unlock()
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch verb {
		case "EHLO":
			usual := "250-here\n250-AUTH PLAIN\n250 SMTPUTF8"
			if m.config != nil {
				usual = "250-here\n250-AUTH PLAIN\n250 STARTTLS"
			}
			say(verb, line, usual)
		case "STARTTLS":
			if say(verb, line, "220 go") {
				over := tls.Server(c, m.config)
				if over.Handshake() != nil {
					_ = c.Close()
					return
				}
				c, in = over, textproto.NewReader(bufio.NewReader(over))
			}
		case "AUTH":
			say(verb, line, "235 ok")
		case "DATA":
			if !say(verb, line, "354 go") {
				continue
			}
			message, err := in.ReadDotBytes()
			if err != nil {
				return
			}
			if say("MESSAGE", string(message), "250 taken") {
				m.mu.Lock()
				m.messages = append(m.messages, string(message))
				m.mu.Unlock()
			}
		case "QUIT":
			say(verb, line, "221 bye")
			_ = c.Close()
			return
		default:
			say(verb, line, "250 ok")
		}
	}
}

// bodies are the messages without their headers.
func bodies(messages []string) (list []string) {
	for _, m := range messages {
		_, body, _ := strings.Cut(m, "\n\n")
		list = append(list, body)
	}
	return list
}

func subjectsOf(messages []string) (list []string) {
	for _, m := range messages {
		_, rest, _ := strings.Cut(m, "\nSubject: ")
		subject, _, _ := strings.Cut(rest, "\n")
		list = append(list, subject)
	}
	return list
}
