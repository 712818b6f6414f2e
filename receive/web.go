package receive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
)

// ServeRequests accepts connections on l and serves HTTP on them, with the limits of
// Options, by ServeHTTP. It closes l. It returns the listener's error when that
// fails, and after Shutdown ErrServerClosed, when the requests in hand have been
// answered.
func (s *Server) ServeRequests(l net.Listener) error {
	w := &website{ended: make(chan struct{})}
	w.server = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.o.FrameTimeout,
		IdleTimeout:       s.o.IdleTimeout,
		MaxHeaderBytes:    s.o.MaxFrame + readSize,
		ConnState:         s.connState,
		ErrorLog:          log.New(&handshakeErrors{s}, "", 0),
	}
	s.begin(w)
	defer s.end(w)
	err := w.server.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		<-w.ended
		return ErrServerClosed
	}
	_ = w.server.Close()
	return fmt.Errorf("accept on %s: %w", l.Addr(), err)
}

// website is closed twice: first it ends when the requests in hand have been
// answered, then at once.
type website struct {
	server *http.Server
	once   sync.Once
	ended  chan struct{}
}

func (w *website) Close() error {
	first := false
	w.once.Do(func() {
		first = true
		go func() {
			defer close(w.ended)
			_ = w.server.Shutdown(context.Background())
		}()
	})
	if first {
		return nil
	}
	return w.server.Close()
}

// connState bounds the connections, as start does for those of frames.
func (s *Server) connState(nc net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.connected(nc)
	case http.StateClosed, http.StateHijacked:
		s.mu.Lock()
		defer s.mu.Unlock()
		host, ok := s.web[nc]
		if !ok {
			return
		}
		delete(s.web, nc)
		if s.peers[host]--; s.peers[host] == 0 {
			delete(s.peers, host)
		}
	}
}

func (s *Server) connected(nc net.Conn) {
	peer := peerName(nc.RemoteAddr())
	host := hostOf(peer)
	s.mu.Lock()
	full := s.full(host)
	if full == nil {
		s.peers[host]++
		s.web[nc] = host
	}
	s.mu.Unlock()
	if full != nil {
		_ = nc.Close()
		s.refuse(peer, ReasonTooMany, false, full)
	}
}

// handshakeErrors takes what http.Server would log: handshakes that failed.
type handshakeErrors struct{ s *Server }

func (h *handshakeErrors) Write(p []byte) (int, error) {
	text := bytes.TrimSpace(p)
	if rest, ok := bytes.CutPrefix(text, []byte("http: TLS handshake error from ")); ok {
		peer, why, _ := bytes.Cut(rest, []byte(": "))
		h.s.refuse(string(peer), ReasonHandshake, false, errors.New(string(why)))
	} else {
		h.s.refuse("", ReasonBroken, false, errors.New(string(text)))
	}
	return len(p), nil
}
