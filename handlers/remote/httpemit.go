package remote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/redial"
)

// HTTP is the Emitter of NewHTTP. It is safe for concurrent use: records are sent
// one after the other.
type HTTP struct {
	client  *httpClient
	format  sluice.Formatter
	check   bool
	ids     *ids     // nil: records get none
	batcher *batcher // nil: each record at once

	turn sync.Mutex // held over a request; guards what follows
	gone bool       // Close was called
	last error      // why there is to be no request before retry says so

	mu sync.Mutex // guards the counts and retry; not held over a request
	counts
	retry httpRetry
}

// counts are what became of records.
type counts struct {
	accepted, delivered uint64
	dropped             map[string]uint64
}

// httpRetry says when the next request may be made.
type httpRetry struct {
	backoff
	tries int
	at    time.Time // before which there is none; zero: at once
}

// failed notes an attempt that ended at now, after which the server wants none for
// so long.
func (b *httpRetry) failed(now time.Time, after time.Duration) {
	b.at = now.Add(max(b.wait(b.tries), after))
	b.tries++
}

func (b *httpRetry) succeeded() { b.tries, b.at = 0, time.Time{} }

// Address is where the handler connects to.
func (h *HTTP) Address() string { return h.client.target.address() }

// Emit sends r, or keeps it for the next batch.
func (h *HTTP) Emit(ctx context.Context, r *sluice.Record) error {
	if h.ids == nil || !r.ID.IsZero() {
		return h.emit(ctx, r)
	}
	named := h.ids.copies.Get().(*sluice.Record)
	*named = *r
	named.ID = h.ids.next()
	err := h.emit(ctx, named)
	*named = sluice.Record{}
	h.ids.copies.Put(named)
	return err
}

func (h *HTTP) emit(ctx context.Context, r *sluice.Record) error {
	if h.batcher != nil {
		return h.batcher.emit(h.format, r)
	}
	body, err := h.format.AppendRecord(nil, r)
	h.turn.Lock()
	defer h.turn.Unlock()
	if h.gone {
		return sluice.ErrClosed
	}
	load := payload{p: body}
	if err == nil {
		load, err = h.client.pack(body)
	}
	if err != nil {
		h.count(ReasonFormat)
		return permanentError{fmt.Errorf("format record: %w", err)}
	}
	reason, err := h.sendNow(ctx, load, r.ID)
	h.count(reason)
	return err
}

// count counts a record, as delivered if there is no reason why not.
func (h *HTTP) count(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.accepted++
	if reason == "" {
		h.delivered++
	} else {
		h.dropped[reason]++
	}
}

// sendNow sends one record, with turn held.
func (h *HTTP) sendNow(ctx context.Context, body payload, id sluice.ID) (reason string, err error) {
	if wait := time.Until(h.retry.at); wait > 0 {
		return redial.ReasonDown, fmt.Errorf("%w, no request for %v: %w", redial.ErrDown, wait.Round(time.Millisecond), h.last)
	}
	key := ""
	if h.ids != nil {
		key = id.String()
	}
	a := h.client.send(ctx, body, key)
	switch {
	case a.err == nil && (!h.check || a.accepted()) && a.refused == 0:
		h.retry.succeeded()
		return "", nil
	case a.err == nil && !a.again():
		h.retry.succeeded()
		return ReasonRefused, permanentError{a.failure(h.client)}
	}
	err = a.failure(h.client)
	// A server that cuts one request off may take the next; one that cannot be
	// reached, or does not answer, would cost each record the whole time.
	var timeout net.Error
	if !a.reached || a.status != 0 || errors.As(a.err, &timeout) && timeout.Timeout() {
		h.retry.failed(time.Now(), a.after)
		h.last = err
	}
	if !a.reached || a.status != 0 {
		return redial.ReasonDown, err
	}
	return redial.ReasonCut, err
}

// Flush sends what is kept for a batch, and waits until it was accepted. A failure
// ends it: its error says how many records are held, to be tried again.
func (h *HTTP) Flush(ctx context.Context) error {
	if h.batcher == nil {
		return nil
	}
	return h.batcher.flush(ctx)
}

// Close sends what is kept; what the server does not accept then is lost, and an
// error.
func (h *HTTP) Close() error {
	if h.batcher != nil {
		return h.batcher.close()
	}
	h.turn.Lock()
	defer h.turn.Unlock()
	h.gone = true
	h.client.close()
	return nil
}

// Stats returns what became of the records so far.
func (h *HTTP) Stats() sluice.Stats {
	if h.batcher != nil {
		return h.batcher.stats()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return sluice.Stats{Accepted: h.accepted, Delivered: h.delivered, Dropped: maps.Clone(h.dropped)}
}
