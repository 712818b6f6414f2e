package web

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/receive"
)

// server is a web server that fails some requests, and stores the records of the
// others.
type server struct {
	fail  func(*exchange)
	early bool // it fails before it has read anything

	listener net.Listener
	store    *receive.Server
	stored   emittest.Recorder
	wg       sync.WaitGroup

	mu       sync.Mutex
	left     int // requests to fail; below 0: all
	failed   int
	said     map[string]bool // keys of requests that were answered 2xx
	twice    []string        // keys of those that came again after that
	written  int             // the most bytes of an answer that were taken
	conns    map[net.Conn]bool
	stopping bool
}

// exchange is a request that is to fail.
type exchange struct {
	server *server
	conn   net.Conn
	body   []byte
	r      *http.Request
}

func (s *server) start() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.listener, s.conns, s.said = l, map[net.Conn]bool{}, map[string]bool{}
	s.store = receive.NewServer(&s.stored, nil, nil)
	s.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[c] = true
			stopping := s.stopping
			s.mu.Unlock()
			if stopping {
				_ = c.Close()
			}
			s.wg.Go(func() {
				s.serve(c)
				_ = c.Close()
			})
		}
	})
	return nil
}

func (s *server) stop() {
	_ = s.listener.Close()
	s.mu.Lock()
	s.stopping = true
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// takesTurn says whether this request is to fail.
func (s *server) takesTurn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 {
		return false
	}
	s.left--
	s.failed++
	return true
}

func (s *server) failures() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

func (s *server) serve(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		if _, err := in.Peek(1); err != nil {
			return
		}
		if s.early && s.takesTurn() {
			s.fail(&exchange{server: s, conn: c})
			return
		}
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.came(r.Header.Get("Idempotency-Key"))
		e := &exchange{s, c, body, r}
		if !s.early && s.takesTurn() {
			s.fail(e)
			return
		}
		if _, err := io.WriteString(c, e.take(true)); err != nil {
			return
		}
	}
}

// came notes a request, which must not be one that was accepted.
func (s *server) came(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said[key] {
		s.twice = append(s.twice, key)
	}
}

// take stores the records, and gives the answer. If the sender is told that they are
// accepted, it must not send them again.
func (e *exchange) take(told bool) string {
	r := e.r.Clone(e.r.Context())
	r.Body, r.RemoteAddr = io.NopCloser(bytes.NewReader(e.body)), e.conn.RemoteAddr().String()
	w := httptest.NewRecorder()
	e.server.store.ServeHTTP(w, r)
	if told && w.Code/100 == 2 {
		e.accepted()
	}
	var b strings.Builder
	_ = w.Result().Write(&b)
	return b.String()
}

// accepted notes that the sender will be told so.
func (e *exchange) accepted() {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.server.said[e.r.Header.Get("Idempotency-Key")] = true
}

// write writes as much as is taken.
func (e *exchange) write(text string) {
	_, _ = io.WriteString(e.conn, text)
}

// flood writes a text again and again, until so many bytes are written or the other
// end takes no more.
func (e *exchange) flood(text string, bytes int) {
	_ = e.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	n := 0
	for n < bytes {
		m, err := io.WriteString(e.conn, text)
		n += m
		if err != nil {
			break
		}
	}
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.server.written = max(e.server.written, n)
}

// hang says no more, until the other end gives up.
func (e *exchange) hang() { _, _ = io.Copy(io.Discard, e.conn) }

// reset ends the connection by RST.
func (e *exchange) reset() {
	if c, ok := e.conn.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
	_ = e.conn.Close()
}
