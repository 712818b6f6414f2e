package redial

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// chunk is about how many bytes of frames are written at once.
const chunk = 64 << 10

// holder keeps frames until they are sent, and those sent last for longer. A
// goroutine of its own sends them; see run.
type holder struct {
	conn *Conn
	o    Hold
	wake chan struct{} // there may be something to do

	mu     sync.Mutex // guards what follows; never held over a system call
	log    backlog
	window int           // that of the last connection
	again  int           // of the frames that wait, those that were sent before
	tried  int           // of those behind them, those that went with a write that failed
	fresh  bool          // something was sent for the first time since the last connection began
	owed   bool          // the last connection ended so that frames sent on it may be lost
	hurry  bool          // the next attempt to connect is not to be waited for
	toDrop bool          // the connection
	ending bool          // Close was called
	done   chan struct{} // closed when run has ended; nil: it was not started
	turned chan struct{} // closed, and made anew, when an attempt failed or all was sent
	failed error         // the last attempt; nil: it did not
}

func newHolder(c *Conn) *holder {
	return &holder{conn: c, o: *c.o.Hold, wake: make(chan struct{}, 1), turned: make(chan struct{})}
}

func (h *holder) write(p []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ending {
		return ErrClosed
	}
	if bytes := h.log.fresh(); bytes+len(p) > h.o.Bytes {
		h.conn.dropped(ReasonFull, 1)
		return fmt.Errorf("%w: %d bytes wait for the peer", ErrFull, bytes)
	}
	waiting := h.log.held()
	h.log.add(p)
	h.count()
	if h.done == nil {
		h.done = make(chan struct{})
		go h.run()
	}
	if waiting == 0 { // else it knows
		h.signal()
	}
	return nil
}

func (h *holder) batch(p []byte, ends []int) (int, error) { return writeEach(h.write, p, ends) }

func (h *holder) signal() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// count puts what is held into the Stats. The caller holds mu.
func (h *holder) count() (frames uint64) {
	frames = uint64(h.log.held() - h.again)
	h.conn.mu.Lock()
	defer h.conn.mu.Unlock()
	h.conn.stats.Held, h.conn.stats.HeldBytes = frames, h.log.fresh()
	return frames
}

// turn tells those in flush how it stands.
func (h *holder) turn(failed error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hurry = false
	h.failed = failed
	close(h.turned)
	h.turned = make(chan struct{})
}

func (h *holder) flush() error {
	deadline := time.NewTimer(h.o.Linger)
	defer deadline.Stop()
	for first := true; ; first = false {
		h.mu.Lock()
		n, turned, failed := h.count(), h.turned, h.failed
		h.hurry = true
		h.signal()
		h.mu.Unlock()
		switch {
		case n == 0:
			return nil
		case !first && failed != nil:
			return fmt.Errorf("%d records held: %w", n, failed)
		}
		select {
		case <-turned:
		case <-deadline.C:
			return fmt.Errorf("%d records held: not taken within %v", n, h.o.Linger)
		}
	}
}

func (h *holder) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.toDrop = true
	h.signal()
}

func (h *holder) close() error {
	h.mu.Lock()
	first := !h.ending
	h.ending, h.hurry = true, true
	done := h.done
	h.signal()
	h.mu.Unlock()
	if done != nil {
		linger := time.AfterFunc(h.o.Linger, h.conn.cancel)
		<-done
		linger.Stop()
	}
	h.conn.cancel()
	if !first {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	left := h.count()
	if left == 0 {
		return nil
	}
	h.conn.dropped(ReasonClosed, left)
	h.log, h.again = backlog{}, 0
	h.count()
	return errors.Join(fmt.Errorf("%d records held in vain: %w", left, ErrDown), h.failed)
}
