package receive

import (
	"errors"
	"os"
	"time"
)

// drainQuiet is how long a connection must have been quiet, at a frame's end, to
// count as read to its end while the Server shuts down.
const drainQuiet = 100 * time.Millisecond

// stop ends the serving of c once nothing waits on it: what a peer has sent over
// a connection that was never accepted would be lost.
func stop(c interface{ Close() error }) {
	quiet := time.Now().Add(drainQuiet)
	switch c := c.(type) {
	case deadliner:
		if c.SetDeadline(quiet) == nil {
			return
		}
	case interface{ SetReadDeadline(time.Time) error }:
		if c.SetReadDeadline(quiet) == nil {
			return
		}
	}
	_ = c.Close()
}

type deadliner interface{ SetDeadline(time.Time) error }

// lastLook is a second deadline, set by who reads right before it does: the first one
// may have passed while others had the processor, and says nothing of what has arrived
// then. What came meanwhile makes it a third one, and so on, for a second at most, and
// beyond it for what had arrived at the first one and is known to wait still.
type lastLook struct {
	looks   int
	came    bool
	arrived int // at the first look, at most, and is not read yet
}

const maxLooks = 10

// again sets the deadline anew; false: what has arrived has been read. At most waits
// are known to wait.
func (l *lastLook) again(set func(time.Time) error, waits int) bool {
	switch {
	case l.looks == 0:
		l.arrived = waits
		l.looks++
	case l.came && l.arrived > 0 && waits > 0: // who reads it needs a processor
	case l.looks == maxLooks || !l.came && waits == 0:
		return false
	default:
		l.looks++
	}
	l.came = false
	return set(time.Now().Add(drainQuiet)) == nil
}

// read notes that something came.
func (l *lastLook) read() {
	l.came = true
	l.arrived--
}

// wake makes a reader that waits for a frame's beginning look at drain.
func (c *conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drain = true
	if !c.inside {
		_ = c.nc.SetReadDeadline(time.Now().Add(drainQuiet))
	}
}

// Read reads from the connection, and looks once more at what has arrived before it
// ends by being drained.
func (c *conn) Read(p []byte) (int, error) {
	for {
		n, err := c.nc.Read(p)
		if n > 0 {
			c.last.read()
			return n, err
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || !c.again() {
			return n, err
		}
	}
}

func (c *conn) again() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drain && !c.inside && c.last.again(c.nc.SetReadDeadline, 0)
}

// between sets the deadline for the first byte of the next frame.
func (c *conn) between() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inside = false
	switch {
	case c.drain:
		_ = c.nc.SetReadDeadline(time.Now().Add(drainQuiet))
	case c.server.o.IdleTimeout > 0:
		_ = c.nc.SetReadDeadline(time.Now().Add(c.server.o.IdleTimeout))
	default:
		_ = c.nc.SetReadDeadline(time.Time{})
	}
}

// begun sets the deadline for the rest of a frame.
func (c *conn) begun() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inside = true
	_ = c.nc.SetReadDeadline(time.Now().Add(c.server.o.FrameTimeout))
}

// open sets the deadline for a message that ends wherever no more comes.
func (c *conn) open() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inside = false
	d := c.server.o.FrameTimeout
	if c.drain {
		d = drainQuiet
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(d))
}

func (c *conn) draining() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drain
}
