// Package mailtest is a mail server for tests, which takes whatever comes.
//
// # Limits
//
// It knows no TLS, no AUTH and no extensions, and refuses nothing.
package mailtest

import (
	"bufio"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"sync"
)

// Server keeps the mails that it was sent.
type Server struct {
	l    net.Listener
	done sync.WaitGroup

	mu    sync.Mutex
	mails []string
}

// Serve begins to take mails from l, until Close.
func Serve(l net.Listener) *Server {
	s := &Server{l: l}
	s.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.done.Go(func() {
				defer c.Close()
				s.talk(c)
			})
		}
	})
	return s
}

// Close ends it, when its clients have said QUIT or are gone.
func (s *Server) Close() error {
	err := s.l.Close()
	s.done.Wait()
	return err
}

// Bodies gives the texts of the mails, without white space around them.
func (s *Server) Bodies() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	bodies := slices.Clone(s.mails)
	for i := range bodies {
		_, body, _ := strings.Cut(bodies[i], "\n\n")
		bodies[i] = strings.TrimSpace(body)
	}
	return bodies
}

// talk answers a client, until it says QUIT or nothing more.
func (s *Server) talk(c net.Conn) {
	in := textproto.NewReader(bufio.NewReader(c))
	answer := "220 here"
	for {
		if _, err := io.WriteString(c, answer+"\r\n"); err != nil {
			return
		}
		line, err := in.ReadLine()
		if err != nil {
			return
		}
		answer = "250 ok"
		switch strings.ToUpper(line) {
		case "QUIT":
			return
		case "DATA":
			if _, err := io.WriteString(c, "354 go\r\n"); err != nil {
				return
			}
			text, err := in.ReadDotBytes()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.mails = append(s.mails, string(text))
			s.mu.Unlock()
		}
	}
}
