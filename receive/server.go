package receive

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/wire"
)

// Options are the options of NewServer. The zero Options consists of defaults.
type Options struct {
	// Framing is how records are told apart: Prefixed, Python's, or Syslog.
	Framing Framing
	// MaxFrame is the most bytes of a frame, without its length; 0 is 1 MiB. A
	// longer frame is refused and skipped; one that is announced as more than 64
	// times as long cannot be a record, and ends the connection.
	MaxFrame int
	// MaxConns is the most connections at once; 0 is 1024. One more is closed
	// at once, with an error.
	MaxConns int
	// MaxConnsPerPeer is the most of them from one address, whatever its ports; 0
	// is as many as MaxConns. Clients of Unix sockets have no address.
	MaxConnsPerPeer int
	// MaxRate is the most records in a second from one address, whatever its ports
	// and connections, and a second's worth at once; 0 is no limit. What comes faster
	// in streams is read later, so that its sender has to wait; datagrams are
	// dropped. Requests of HTTP do not count.
	MaxRate int
	// Seen tells records that are sent again by their ID; they are counted and not
	// emitted. nil is an empty one of the Server's own, which knows nothing of
	// what came before it was made.
	Seen *Seen
	// IdleTimeout closes a connection on which nothing arrived for so long; 0
	// never does: a program may log once a day, and CPython's SocketHandler
	// loses a record for each connection that is closed on it.
	IdleTimeout time.Duration
	// FrameTimeout is how long a frame may take from its first byte to its last;
	// 0 is 30 s.
	FrameTimeout time.Duration
	// Token, if there is one, must come with each request of HTTP: as a bearer
	// token, or as the password of Basic, with any name. Frames have none.
	Token wire.Secret
	// MaxBody is the most bytes of a request's body, as it comes and unpacked; 0 is
	// 8 MiB. MaxBodies is the most of all requests at once, of which one more is
	// asked to come again; 0 is 64 MiB. A body that is unpacked to more than 100
	// times its bytes is refused.
	MaxBody   int
	MaxBodies int
	// OnError is told of each frame that was refused and of each connection that
	// was ended for what it sent; nil ignores them. Stats counts them. It is
	// called by many goroutines at once.
	OnError func(*Error)
}

// Stats says what a Server received: Received = Emitted + those Refused for a
// reason about a frame.
type Stats struct {
	Received uint64            // frames begun
	Emitted  uint64            // records that the Emitter took
	Refused  map[string]uint64 // frames and connections, by reason
	Conns    int               // open now

	// Lost is how many datagrams the kernel dropped because its buffer was full,
	// before they could count as received, where the system tells (UDP on Linux).
	Lost uint64
}

// Server reads records from listeners and packet connections. It is safe for
// concurrent use; one Server may serve many of them.
type Server struct {
	emitter sluice.Emitter
	parser  Parser
	o       Options

	mu       sync.Mutex // guards what follows
	stats    Stats
	conns    map[*conn]struct{}
	peers    map[string]int                          // connections, by address
	closers  map[interface{ Close() error }]struct{} // listeners and packet connections being served
	draining bool
	web      map[net.Conn]string // those of HTTP, and the host of each
	drained  chan struct{}       // closed when draining begins
	giveUp   chan struct{}       // closed when Shutdown's context ended
	active   int                 // Serve methods and connections that have not ended
	waiters  []chan struct{}     // of Shutdown, closed when active comes to 0

	rates   rates
	bodies  atomic.Int64  // bytes of requests in hand
	emitted atomic.Uint64 // Stats.Emitted; stats.Received counts the others
}

// ErrServerClosed is what the Serve methods return after Shutdown, when what had
// arrived has been read.
var ErrServerClosed = errors.New("receive: server closed")

// NewServer returns a Server that parses frames with p and emits to e, which it
// flushes whenever a connection has nothing more to read, and does not close. p may
// be nil if there are only requests of HTTP, which say themselves what they hold. o
// may be nil.
func NewServer(e sluice.Emitter, p Parser, o *Options) *Server {
	s := &Server{
		emitter: e,
		parser:  p,
		conns:   map[*conn]struct{}{},
		web:     map[net.Conn]string{},
		closers: map[interface{ Close() error }]struct{}{},
		drained: make(chan struct{}),
		giveUp:  make(chan struct{}),
	}
	if o != nil {
		s.o = *o
	}
	if s.o.MaxFrame <= 0 {
		s.o.MaxFrame = 1 << 20
	}
	if s.o.MaxConns <= 0 {
		s.o.MaxConns = 1024
	}
	if s.o.MaxBody <= 0 {
		s.o.MaxBody = 8 << 20
	}
	if s.o.MaxBodies <= 0 {
		s.o.MaxBodies = 64 << 20
	}
	if s.o.FrameTimeout <= 0 {
		s.o.FrameTimeout = 30 * time.Second
	}
	if s.o.MaxConnsPerPeer <= 0 {
		s.o.MaxConnsPerPeer = s.o.MaxConns
	}
	if s.o.Seen == nil {
		s.o.Seen = &Seen{}
	}
	s.rates.perSecond = s.o.MaxRate
	s.peers = map[string]int{}
	s.stats.Refused = map[string]uint64{}
	return s
}

// Stats returns the counts so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Emitted = s.emitted.Load()
	st.Received += st.Emitted
	st.Conns = len(s.conns) + len(s.web)
	var open []net.PacketConn
	for c := range s.closers {
		if pc, ok := c.(net.PacketConn); ok {
			open = append(open, pc)
		}
	}
	st.Lost += kernelDrops(open...)
	st.Refused = make(map[string]uint64, len(s.stats.Refused))
	for k, v := range s.stats.Refused {
		st.Refused[k] = v
	}
	return st
}

// Shutdown stops accepting, reads what has arrived already and finishes the frame
// in hand on every connection, and returns when all have ended. When ctx ends
// first, the connections are closed as they are, which is reported, and ctx's
// error returned. The Emitter is left open. It may be called more than once.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.draining {
		s.draining = true
		close(s.drained)
		for c := range s.closers {
			stop(c)
		}
		for c := range s.conns {
			c.wake()
		}
	}
	done := make(chan struct{})
	if s.active == 0 {
		close(done)
	} else {
		s.waiters = append(s.waiters, done)
	}
	s.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	if !s.gaveUp() {
		close(s.giveUp)
	}
	for c := range s.conns {
		_ = c.nc.Close()
	}
	for c := range s.closers {
		_ = c.Close()
	}
	s.mu.Unlock()
	<-done
	return ctx.Err()
}

// gaveUp says that Shutdown's context ended: connections are being closed here.
func (s *Server) gaveUp() bool {
	select {
	case <-s.giveUp:
		return true
	default:
		return false
	}
}

// begin registers what a Serve method serves. A program may be told to stop
// before its goroutines have come to serving: then what has arrived is read all
// the same.
func (s *Server) begin(c interface{ Close() error }) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers[c] = struct{}{}
	s.active++
	if s.draining {
		stop(c)
	}
}

func (s *Server) end(c interface{ Close() error }) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.closers, c)
	s.leave()
}

// leave counts off what has ended. The caller holds mu.
func (s *Server) leave() {
	if s.active--; s.active > 0 {
		return
	}
	for _, w := range s.waiters {
		close(w)
	}
	s.waiters = nil
}

// frame parses by p and emits one frame, in the memory of r. The caller counts those
// that were emitted; what else became of a frame is counted and reported here.
func (s *Server) frame(peer string, data []byte, p Parser, r *sluice.Record) (emitted bool) {
	err := s.deliver(peer, data, p, r)
	if len(data) > readSize {
		*r = sluice.Record{} // one long record must not hold its memory
	}
	if err != nil {
		s.failed(err)
	}
	return err == nil
}

// failed counts and reports a frame that was not emitted.
func (s *Server) failed(err *Error) {
	s.mu.Lock()
	s.stats.Received++
	s.stats.Refused[err.Reason]++
	s.mu.Unlock()
	// What the Emitter could not deliver its Handler has reported.
	if err.Reason != ReasonNotEmitted && err.Reason != ReasonDuplicate && s.o.OnError != nil {
		s.o.OnError(err)
	}
}

var errDuplicate = errors.New("record came before")

func (s *Server) deliver(peer string, data []byte, p Parser, r *sluice.Record) (failed *Error) {
	defer caught(peer, &failed)
	return s.emit(peer, r, p.ParseRecordInto(r, data))
}

// caught is deferred: a record that breaks the parser or a handler must not end the
// process for all the others.
func caught(peer string, failed **Error) {
	if p := recover(); p != nil {
		*failed = &Error{peer, ReasonBad, fmt.Errorf("panic: %v", p)}
	}
}

// emit emits a record that was parsed, or not, with err.
func (s *Server) emit(peer string, r *sluice.Record, err error) *Error {
	switch {
	case errors.Is(err, wire.ErrForged):
		return &Error{peer, ReasonForged, err}
	case err != nil:
		return &Error{peer, ReasonBad, err}
	}
	// Before it is emitted: the other one may be on its way at the same time.
	named := !r.ID.IsZero()
	if named && !s.o.Seen.Add(r.ID) {
		return &Error{peer, ReasonDuplicate, errDuplicate}
	}
	if r.Origin == nil {
		r.Origin = &sluice.Origin{}
	}
	r.Origin.Peer = peer
	if err := s.emitter.Emit(context.Background(), r); err != nil {
		if named {
			s.o.Seen.Forget(r.ID)
		}
		return &Error{peer, ReasonNotEmitted, err}
	}
	return nil
}

// flush flushes the Emitter: what came from peer is all that has come so far.
func (s *Server) flush(peer string) {
	err := func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		return s.emitter.Flush(context.Background())
	}()
	if err != nil && s.o.OnError != nil {
		s.o.OnError(&Error{peer, ReasonNotFlushed, fmt.Errorf("flush: %w", err)})
	}
}

// refuse counts and reports a frame (counted as received) or a connection.
func (s *Server) refuse(peer, reason string, frame bool, err error) {
	s.mu.Lock()
	if frame {
		s.stats.Received++
	}
	s.stats.Refused[reason]++
	s.mu.Unlock()
	if s.o.OnError != nil {
		s.o.OnError(&Error{peer, reason, err})
	}
}
