package redial

import (
	"errors"
	"fmt"
	"time"
)

// run sends what waits, one connection after the other, until Close. It alone
// writes to them.
func (h *holder) run() {
	h.mu.Lock()
	done := h.done
	h.mu.Unlock()
	defer close(done)
	for h.await() {
		if l := h.connect(); l != nil {
			h.serve(l)
		}
	}
}

// await waits until there is a reason to connect; false: there will be none.
func (h *holder) await() bool {
	for {
		h.mu.Lock()
		n := h.log.held()
		pending, ending := n > 0 || h.owed, h.ending
		h.toDrop = false
		h.mu.Unlock()
		switch {
		case h.conn.ctx.Err() != nil:
			return false
		case pending:
			return true
		case ending:
			return false
		}
		h.turn(nil)
		<-h.wake
	}
}

// connect makes an attempt as soon as one is due; nil: it failed.
func (h *holder) connect() *link {
	for {
		h.mu.Lock()
		hurry := h.hurry
		h.mu.Unlock()
		h.conn.mu.Lock()
		wait := time.Until(h.conn.retry.at)
		h.conn.mu.Unlock()
		if hurry || wait <= 0 {
			break
		}
		due := time.NewTimer(wait)
		select {
		case <-due.C:
		case <-h.wake:
		case <-h.conn.ctx.Done():
		}
		due.Stop()
		if h.conn.ctx.Err() != nil {
			return nil
		}
	}
	l, err := h.conn.connect(true)
	if err != nil {
		h.turn(err)
		h.conn.o.OnError(fmt.Errorf("records are held: %w", err))
		return nil
	}
	return l
}

// serve sends over l, first what may have been lost with the connection before,
// until l ends.
func (h *holder) serve(l *link) {
	h.mu.Lock()
	h.again += h.log.rewind(h.window)
	h.window = l.window.bytes
	h.fresh, h.owed, h.failed = false, false, nil
	h.count()
	h.mu.Unlock()
	var buf []byte
	for {
		if err := h.sendAll(l, &buf); err != nil {
			h.lost(l, err)
			return
		}
		h.turn(nil)
		h.mu.Lock()
		ending := h.ending
		h.mu.Unlock()
		if ending {
			h.finish(l)
			return
		}
		select {
		case <-h.wake:
		case <-l.dead:
		}
	}
}

// errDropped is the end of a connection by Drop.
var errDropped = errors.New("dropped")

func (h *holder) sendAll(l *link, buf *[]byte) error {
	for {
		select {
		case <-l.dead:
			return l.cause
		default:
		}
		h.mu.Lock()
		var n int
		toDrop := h.toDrop
		h.toDrop = false
		*buf, n = h.log.take((*buf)[:0], chunk)
		h.mu.Unlock()
		switch {
		case toDrop:
			return errDropped
		case n == 0:
			return nil
		}
		if written, err := l.writeOn(h.conn.ctx, *buf, h.conn.o.WriteTimeout); err != nil {
			h.mu.Lock()
			h.tried = max(h.tried, h.log.within(written)-h.again)
			h.mu.Unlock()
			return err
		}
		l.window.sent(len(*buf))
		h.mu.Lock()
		h.window = l.window.bytes
		before := min(n, h.again)
		tried := min(n-before, h.tried)
		h.again -= before
		h.tried -= tried
		h.fresh = h.fresh || n > before
		h.log.sent(n, h.window)
		h.conn.sent(n-before, before+tried)
		h.count()
		h.mu.Unlock()
	}
}

// lost ends l. When nothing was sent on it for the first time and the peer closed
// it in good order, as one does that is tired of silence, another connection can
// wait for something to send: otherwise the same frames would go to and fro.
func (h *holder) lost(l *link, cause error) {
	orderly := l.orderly(cause) || errors.Is(cause, errDropped)
	h.conn.disconnect(l, cause)
	h.conn.settle(l.began)
	h.mu.Lock()
	h.owed = h.log.next > 0 && h.window > 0 && (h.fresh || !orderly)
	h.mu.Unlock()
	if !errors.Is(cause, errDropped) {
		h.conn.o.OnError(fmt.Errorf("connection lost, records are held: %w", cause))
	}
}

// finish says on l that nothing follows, and waits for the peer to close it too:
// then it has read everything.
func (h *holder) finish(l *link) {
	half, ok := l.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		h.conn.disconnect(l, nil)
		return
	}
	select {
	case <-l.dead:
		if !l.orderly(l.cause) {
			h.lost(l, l.cause)
			return
		}
	case <-h.conn.ctx.Done():
	}
	h.conn.disconnect(l, nil)
}
