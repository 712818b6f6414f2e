package conformance

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"sync"
)

// smtpScript says how a mail server differs from a plain one.
type smtpScript struct {
	Caps     []string
	CapsTLS  []string `json:"caps_tls"`
	Replies  map[string]string
	Refuse   []string
	Auth     string
	Greeting json.RawMessage
	After    string `json:"after_data"`
}

// smtpServer is a mail server that plays a script and writes down what is said.
type smtpServer struct {
	script   smtpScript
	listener net.Listener
	config   *tls.Config
	done     sync.WaitGroup

	mu       sync.Mutex
	sessions [][][2]string
}

// newSMTPServer listens on a port of this machine; the certificate is for STARTTLS.
func newSMTPServer(script smtpScript, config *tls.Config) (*smtpServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &smtpServer{script: script, listener: l, config: config}
	s.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.session(c)
		}
	})
	return s, nil
}

// close ends the server and gives what was said in each connection.
func (s *smtpServer) close() [][][2]string {
	_ = s.listener.Close()
	s.done.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

type smtpSession struct {
	*smtpServer
	conn net.Conn
	in   *bufio.Reader
	log  [][2]string
}

func (s *smtpServer) session(c net.Conn) {
	ss := &smtpSession{smtpServer: s, conn: c, in: bufio.NewReader(c), log: [][2]string{}}
	_ = ss.talk() // whatever ended it stands in the log
	_ = ss.conn.Close()
	s.mu.Lock()
	s.sessions = append(s.sessions, ss.log)
	s.mu.Unlock()
}

func (s *smtpSession) say(lines ...string) error {
	for _, l := range lines {
		s.log = append(s.log, [2]string{"S", l})
		if _, err := s.conn.Write([]byte(l + "\r\n")); err != nil {
			return err
		}
	}
	return nil
}

func (s *smtpSession) hear() (string, error) {
	line, err := s.in.ReadString('\n')
	line, ended := strings.CutSuffix(line, "\r\n")
	if err == nil && !ended {
		err = errors.New("a line without CR")
	}
	if err == nil {
		s.log = append(s.log, [2]string{"C", line})
	}
	return line, err
}

func (s *smtpSession) talk() error {
	greeting := new("220 mx.test ESMTP")
	if s.script.Greeting != nil {
		if err := json.Unmarshal(s.script.Greeting, &greeting); err != nil {
			return err
		}
	}
	if greeting == nil {
		return nil
	}
	err := s.say(*greeting)
	for err == nil {
		var line, verb string
		if line, err = s.hear(); err == nil {
			verb, _, _ = strings.Cut(line, " ")
			verb, _, _ = strings.Cut(strings.ToUpper(verb), ":")
			err = s.answer(verb, line)
		}
	}
	return err
}

func (s *smtpSession) answer(verb, line string) error {
	if fixed, ok := s.script.Replies[verb]; ok {
		return s.say(fixed)
	}
	switch verb {
	case "EHLO":
		caps := s.script.Caps
		if _, over := s.conn.(*tls.Conn); over {
			caps = s.script.CapsTLS
		}
		lines := append([]string{"mx.test"}, caps...)
		for i := range lines {
			sep := "-"
			if i == len(lines)-1 {
				sep = " "
			}
			lines[i] = "250" + sep + lines[i]
		}
		return s.say(lines...)
	case "HELO":
		return s.say("250 mx.test")
	case "STARTTLS":
		if err := s.say("220 go ahead"); err != nil {
			return err
		}
		c := tls.Server(s.conn, s.config)
		if err := c.Handshake(); err != nil {
			return err
		}
		s.log = append(s.log, [2]string{"TLS"})
		s.conn, s.in = c, bufio.NewReader(c)
		return nil
	case "AUTH":
		return s.auth(line)
	case "RCPT":
		for _, bad := range s.script.Refuse {
			if strings.Contains(line, bad) {
				return s.say("550 no such user")
			}
		}
	case "DATA":
		return s.data()
	case "QUIT":
		_ = s.say("221 bye")
		return net.ErrClosed
	}
	return s.say("250 ok")
}

func (s *smtpSession) auth(line string) error {
	challenge := map[string]string{
		"AUTH CRAM-MD5": "334 PDE4OTYuNjk3MTcwOTUyQG14LnRlc3Q+",
		"AUTH LOGIN":    "334 UGFzc3dvcmQ6",
	}
	mechanism := strings.Join(strings.Fields(line)[:2], " ")
	if c, ok := challenge[mechanism]; ok {
		if err := s.say(c); err != nil {
			return err
		}
		if _, err := s.hear(); err != nil {
			return err
		}
	}
	if s.script.Auth != "" {
		return s.say(s.script.Auth)
	}
	return s.say("235 ok")
}

func (s *smtpSession) data() error {
	if err := s.say("354 go"); err != nil {
		return err
	}
	var all strings.Builder
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return err
		}
		all.WriteString(line)
		if line == ".\r\n" {
			break
		}
	}
	s.log = append(s.log, [2]string{"DATA", all.String()})
	if s.script.After != "" {
		return s.say(s.script.After)
	}
	return s.say("250 queued")
}
