package redial

import (
	"context"
	"net"
	"time"
)

// Dial makes one connection. Its context ends with Options.DialTimeout and with
// Close.
type Dial func(ctx context.Context) (net.Conn, error)

// Options are the options of New. The zero Options consists of defaults.
type Options struct {
	// RetryStart is how long to wait after the first attempt to connect that
	// failed; nil is 1 s. RetryFactor times as long, 2 if nil, is waited after
	// each further one, and RetryMax, 30 s if nil, at most. Attempts are made only
	// when there is something to be written.
	RetryStart  *time.Duration
	RetryFactor *float64
	RetryMax    *time.Duration

	// DialTimeout is how long connecting may take; 0 is 1 s.
	DialTimeout time.Duration
	// WriteTimeout is how long a Write may take once connected; 0 is 1 s. A
	// connection on which it did not suffice is closed. With Hold it is how long
	// the peer may take nothing at all.
	WriteTimeout time.Duration

	// Hold keeps frames while the peer is gone; nil drops them.
	Hold *Hold

	// OnError is told of what went wrong beside the frame at hand: a connection
	// that was lost with frames held, a datagram that was refused after Write had
	// returned. nil ignores it; Stats counts it. It must not call the Conn.
	OnError func(error)
}

// Hold are the options of holding frames. The zero Hold consists of defaults.
// Frames are then written by a goroutine of the Conn's own, many at once where
// they came faster, and Write does not wait for it.
type Hold struct {
	// Bytes is the most bytes that are held, beside those that are sent again; 0 is
	// 8 MiB. What does not fit is refused with ErrFull.
	Bytes int
	// Replay is how many bytes of the last frames that were sent are sent again
	// after a reconnection, in front of those held. What was sent may lie in this
	// machine's send buffer, which is set to half of Replay and to 128 KiB at most,
	// or unread in the peer's receive buffer, and is lost with it if the peer dies:
	// none is lost only if Replay is more than both together. 0 is that much: 256 KiB,
	// and over TCP twice the largest window that the peer has announced, which Linux
	// tells and which shows how large its buffer is; where the system does not tell,
	// 8 MiB. A negative one sends nothing again.
	Replay int
	// Linger is how long Flush and Close wait for what is held to be sent, and
	// Close for the peer to have read it; 0 is 5 s.
	Linger time.Duration
}

func (o *Options) backoff() backoff {
	return backoff{
		start:  value(o.RetryStart, time.Second),
		factor: value(o.RetryFactor, 2),
		max:    value(o.RetryMax, 30*time.Second),
	}
}

func value[T any](p *T, or T) T {
	if p != nil {
		return *p
	}
	return or
}

func withDefaults(o *Options) Options {
	var d Options
	if o != nil {
		d = *o
	}
	d.DialTimeout = orDefault(d.DialTimeout, time.Second)
	d.WriteTimeout = orDefault(d.WriteTimeout, time.Second)
	if d.OnError == nil {
		d.OnError = func(error) {}
	}
	if d.Hold != nil {
		h := *d.Hold
		h.Bytes = orDefault(h.Bytes, 8<<20)
		h.Linger = orDefault(h.Linger, 5*time.Second)
		d.Hold = &h
	}
	return d
}

func orDefault[T ~int | ~int64](v, or T) T {
	if v <= 0 {
		return or
	}
	return v
}
