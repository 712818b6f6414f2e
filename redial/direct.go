package redial

import (
	"errors"
	"fmt"
	"sync"
)

// direct writes each frame in the call of Write.
type direct struct {
	conn *Conn

	mu     sync.Mutex // held over dialing and writing, both of which have deadlines
	link   *link      // nil: none
	closed bool
}

func (d *direct) write(p []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return ErrClosed
	}
	if d.link != nil && d.link.gone() {
		// To write to it would lose the frame without an error.
		d.end(errPeerClosed)
	}
	reason, err := d.send(p)
	if err != nil && reason == ReasonCut && d.link == nil && errors.Is(err, errAgain) {
		// A datagram is whole or not sent at all, and the error may be that of an
		// earlier one, or of a socket that was made anew under the same name.
		d.conn.refused(err)
		reason, err = d.send(p)
	}
	if err != nil {
		d.conn.dropped(reason, 1)
		return err
	}
	d.conn.sent(1, 0)
	return nil
}

// batch writes to a stream with one call, and datagrams one by one.
func (d *direct) batch(p []byte, ends []int) (int, error) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return 0, ErrClosed
	}
	if d.link != nil && d.link.gone() {
		d.end(errPeerClosed)
	}
	if d.link == nil {
		l, err := d.conn.connect(false)
		if err != nil {
			d.mu.Unlock()
			return 0, err
		}
		d.link = l
	}
	if d.link.packet {
		d.mu.Unlock()
		return writeEach(d.write, p, ends)
	}
	defer d.mu.Unlock()
	n, err := d.link.write(p, d.conn.o.WriteTimeout)
	if err != nil {
		d.end(err)
	}
	whole := 0
	for whole < len(ends) && ends[whole] <= n {
		whole++
	}
	d.conn.sent(whole, 0)
	if whole == 0 {
		return 0, err
	}
	return ends[whole-1], err
}

// writeEach writes frame by frame.
func writeEach(write func([]byte) error, p []byte, ends []int) (int, error) {
	from := 0
	for _, end := range ends {
		if err := write(p[from:end]); err != nil {
			return from, err
		}
		from = end
	}
	return from, nil
}

// errAgain marks the error of a datagram that is worth a second attempt.
var errAgain = errors.New("datagram refused")

// send connects if need be and writes p; with an error it says what kind.
func (d *direct) send(p []byte) (string, error) {
	if d.link == nil {
		l, err := d.conn.connect(false)
		if err != nil {
			return ReasonDown, err
		}
		d.link = l
	}
	_, err := d.link.write(p, d.conn.o.WriteTimeout)
	switch {
	case err == nil:
		return "", nil
	case d.link.packet && isTooLong(err):
		return ReasonTooLong, fmt.Errorf("datagram of %d bytes: %w: %w", len(p), ErrTooLong, err)
	case d.link.packet && !isTimeout(err):
		err = fmt.Errorf("%w: %w", errAgain, err)
	}
	d.end(err)
	return ReasonCut, err
}

// end closes the link. Python connects again at the very next record, without
// waiting, and so does this.
func (d *direct) end(cause error) {
	d.conn.disconnect(d.link, cause)
	d.link = nil
}

func (d *direct) flush() error { return nil }

func (d *direct) drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.link != nil {
		d.end(nil)
	}
}

func (d *direct) close() error {
	d.conn.cancel() // an attempt to connect that is under way ends
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.link != nil {
		d.end(nil)
	}
	return nil
}

// refused counts and tells of a datagram that was refused.
func (c *Conn) refused(err error) {
	c.mu.Lock()
	c.stats.Refused++
	c.mu.Unlock()
	c.o.OnError(fmt.Errorf("an earlier datagram may be lost: %w", err))
}
