package redial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrDown is what Write gives while the peer is gone: the attempt to connect
	// failed, or the next one is not due yet.
	ErrDown = errors.New("peer is down")
	// ErrFull is what Write gives when no more can be held.
	ErrFull = errors.New("no room to hold more")
	// ErrTooLong is what Write gives for a frame that no datagram can hold. Its
	// method Permanent tells who would try again, as package queue's Listener, that
	// it is no use.
	ErrTooLong error = tooLongError{}
	// ErrClosed is what Write gives after Close.
	ErrClosed = errors.New("connection closed")
)

type tooLongError struct{}

func (tooLongError) Error() string   { return "too long for a datagram" }
func (tooLongError) Permanent() bool { return true }

// Conn is a connection that comes back. It is safe for concurrent use; frames are
// written one after the other.
type Conn struct {
	o      Options
	dial   Dial
	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	way interface { // of sending: directly, or by a holder
		write(p []byte) error
		batch(p []byte, ends []int) (int, error)
		flush() error
		drop()
		close() error
	}

	written atomic.Uint64 // Stats.Written, which each record changes

	mu    sync.Mutex // guards what follows; never held over a system call
	stats Stats
	retry backoff
	cause error // why the last attempt failed, or why the last connection ended
}

// New returns a Conn that connects by dial, for the first time when the first
// frame is written. o may be nil.
func New(dial Dial, o *Options) *Conn {
	c := &Conn{dial: dial, o: withDefaults(o)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.retry = c.o.backoff()
	c.stats.Dropped = map[string]uint64{}
	if c.o.Hold != nil {
		c.way = newHolder(c)
	} else {
		c.way = &direct{conn: c}
	}
	return c
}

// Write writes p, which is one whole frame or datagram. An error says that the
// peer will not see all of it, except ErrClosed that p was not tried; the next
// Write connects again when that is due. Without Hold it takes at most DialTimeout
// and WriteTimeout.
func (c *Conn) Write(p []byte) (int, error) {
	if err := c.way.write(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteBatch writes the frames of p, of which number i ends at ends[i], as if each
// were written by Write; to a stream, all at once. It gives the bytes of the frames
// that were written whole: the others are the caller's, and count as nothing. It is
// given at most DialTimeout and WriteTimeout, too. With Hold they are held.
func (c *Conn) WriteBatch(p []byte, ends []int) (int, error) { return c.way.batch(p, ends) }

// Flush tries at once to send what is held, and gives an error if it cannot.
func (c *Conn) Flush() error { return c.way.flush() }

// Drop closes the connection that there is, if any; the next frame makes a new one.
// The time of the next attempt stays as it is. (Python: SocketHandler.close.)
func (c *Conn) Drop() { c.way.drop() }

// Close sends what is held, as far as Hold.Linger allows, and closes the
// connection. It gives an error if frames are left. Closing twice is fine.
func (c *Conn) Close() error { return c.way.close() }

// connect makes an attempt, unless one is not due: hurry makes it due.
func (c *Conn) connect(hurry bool) (*link, error) {
	now := time.Now()
	c.mu.Lock()
	if !hurry && !c.retry.ready(now) {
		err := fmt.Errorf("%w, next attempt in %v: %w", ErrDown, c.retry.at.Sub(now).Round(time.Millisecond), c.cause)
		c.mu.Unlock()
		return nil, err
	}
	c.stats.Attempts++
	c.mu.Unlock()

	ctx, cancel := context.WithTimeout(c.ctx, c.o.DialTimeout)
	defer cancel()
	nc, err := c.dial(ctx)
	if err == nil && nc == nil {
		err = errors.New("dial gave no connection")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.retry.failed(now)
		c.cause = err
		return nil, fmt.Errorf("%w: %w", ErrDown, err)
	}
	if c.o.Hold == nil {
		c.retry.succeeded()
	}
	c.stats.Connects++
	c.stats.Connected = true
	return newLink(nc, c.o.Hold), nil
}

// disconnect closes l, of which cause was the end; nil: nobody's fault.
func (c *Conn) disconnect(l *link, cause error) {
	l.close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Connected = false
	if cause != nil {
		c.cause = cause
	}
}

// settle says whether the connection that began at began and has just ended was a
// success. Of one that is made and lost at once there must not be thousands in a
// second, each with all that is sent again.
func (c *Conn) settle(began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(began) < c.retry.start {
		c.retry.failed(began)
	} else {
		c.retry.succeeded()
	}
}

func (c *Conn) dropped(reason string, n uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Dropped[reason] += n
}

func (c *Conn) sent(first, again int) {
	c.written.Add(uint64(first))
	if again > 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.stats.Replayed += uint64(again)
	}
}

// Dialer gives a Dial for an address that package net knows.
func Dialer(network, address string) Dial {
	return func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}
