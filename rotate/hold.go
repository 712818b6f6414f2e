package rotate

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Hold are the options of holding records while the disk refuses them. The zero
// Hold consists of defaults.
type Hold struct {
	// Bytes is how much memory the held records may take: their own bytes and 8
	// more for each. 0 is 8 MiB. What does not fit is refused with ErrFull.
	Bytes int `json:"bytes"`
	// Linger is how long Flush and Close wait for the disk; 0 is 1 s. A negative
	// one tries once.
	Linger time.Duration `json:"-"`
}

// ErrFull is given for a record that Options.Hold has no room for. What the disk
// had said is wrapped beside it.
var ErrFull = errors.New("rotate: too many records are held")

const (
	holdBytes   = 8 << 20
	holdLinger  = time.Second
	perHeld     = 8                      // for where the record ends
	firstRetry  = time.Millisecond       // the wait after the first failure
	slowestWait = 250 * time.Millisecond // and after many: what recovers is used within a second
)

// holding is what a File holds. File.mu guards it.
type holding struct {
	batch
	most, linger int64
	cause        error // why the oldest could not be written
	next         time.Time
	wait         time.Duration
	tries        int
	writing      bool // the held records are being written
	timer        *time.Timer
}

func newHolding(o *Hold) *holding {
	if o == nil {
		return nil
	}
	h := &holding{most: int64(o.Bytes), linger: int64(o.Linger)}
	if h.most == 0 {
		h.most = holdBytes
	}
	if h.linger == 0 {
		h.linger = int64(holdLinger)
	}
	return h
}

func (h *holding) size() int64 { return int64(len(h.p) - h.start + perHeld*len(h.ends)) }

// keep holds a record that could not be written, or counts it as refused. It
// returns what Write does; n bytes of the record are in the file.
func (f *File) keep(p []byte, n int, err error) (int, error) {
	if kept, full := f.hold(p, err); kept {
		return len(p), nil
	} else if full != nil {
		err = full
	}
	f.stats.Refused++
	return n, err
}

// keepBatch holds the first n of the records that are left of b.
func (f *File) keepBatch(b *batch, n int, err error) error {
	for range n {
		end := b.end(0)
		kept, full := f.hold(b.p[b.start:end], err)
		switch {
		case full != nil:
			return full
		case !kept:
			return err
		}
		b.start, b.ends = end, b.ends[min(1, len(b.ends)):]
	}
	return nil
}

// holds reports whether a record that err has kept from the disk is to be held.
func (f *File) holds(err error) bool {
	return f.held != nil && !f.held.writing && !errors.Is(err, ErrClosed)
}

// hold keeps a copy of p. Full says why there is no room.
func (f *File) hold(p []byte, err error) (kept bool, full error) {
	return f.holdBefore(0, p, err)
}

// holdBefore keeps a copy of p in front of the last n that are held.
func (f *File) holdBefore(n int, p []byte, err error) (kept bool, full error) {
	if !f.holds(err) {
		return false, nil
	}
	h := f.held
	if len(h.ends) == 0 {
		f.fail(fmt.Errorf("rotate: %s is held in memory: %w", f.path, err))
		f.retryLater(err)
	}
	if h.size()+int64(len(p))+perHeld > h.most {
		return false, fmt.Errorf("%w: %w", ErrFull, h.cause)
	}
	// Of the last n some may have been written since.
	at, i := len(h.p), max(0, len(h.ends)-n)
	if i < len(h.ends) {
		at = h.start
		if i > 0 {
			at = h.ends[i-1]
		}
	}
	h.p = slices.Insert(h.p, at, p...)
	h.ends = slices.Insert(h.ends, i, at)
	for j := range h.ends[i:] {
		h.ends[i+j] += len(p)
	}
	f.stats.kept++
	return true, nil
}

// retryLater says when the disk is tried again, and sees to it.
func (f *File) retryLater(cause error) {
	h := f.held
	h.cause = cause
	h.wait = min(max(2*h.wait, firstRetry), slowestWait)
	h.next = f.now().Add(h.wait)
	if h.timer == nil {
		h.timer = time.AfterFunc(h.wait, f.retry)
		return
	}
	h.timer.Reset(h.wait)
}

// retry is what the timer does.
func (f *File) retry() {
	f.mu.Lock()
	defer f.release()
	if !f.closed {
		_ = f.resume(true)
	}
}

// resume writes what is held, which comes before any other record. Unless it must
// it does not ask the disk more often than retryLater says: each time may cost as
// long as the disk likes.
func (f *File) resume(must bool) error {
	h := f.held
	if h == nil || len(h.ends) == 0 || h.writing {
		return nil
	}
	if !must && (f.now().Before(h.next) || f.durable() && f.unsynced.lines > 0) {
		return h.cause // what is not committed yet is of writers that are told later
	}
	h.writing, h.fixed = true, false
	defer func() { h.writing = false }()
	if h.tries++; h.tries > 1 {
		f.renew()
	}
	if err := f.writeHeld(); err != nil {
		h.compact()
		f.retryLater(err)
		return err
	}
	h.timer.Stop()
	h.batch, h.cause, h.wait, h.tries = batch{}, nil, 0, 0
	return nil
}

func (f *File) writeHeld() (err error) {
	h, safe := f.held, f.held.batch
	for err == nil && len(h.ends) > 0 {
		before, syncs := h.batch, f.unsynced.syncs
		_, err = f.stretch(&h.batch)
		if f.unsynced.syncs != syncs {
			safe = before
		}
	}
	lines := f.unsynced.lines
	cut, failed := f.commit()
	switch {
	case cut:
		h.batch = safe
	case failed != nil: // they are in the file, and may not be on the disk
		f.stats.Unsynced += lines
		f.fail(failed)
		failed = nil
	}
	return errors.Join(failed, err)
}

// compact gives back what was written of a batch that is long.
func (h *holding) compact() {
	if h.start < len(h.p)/2 {
		return
	}
	h.p = h.p[:copy(h.p, h.p[h.start:])]
	h.ends = append([]int(nil), h.ends...)
	for i := range h.ends {
		h.ends[i] -= h.start
	}
	h.start = 0
}

// renew opens the path again, for a file that has failed more than once: it may be
// open on a disk that is no longer there.
func (f *File) renew() {
	if f.file == nil || !f.regular {
		return
	}
	old, unsynced := f.file, f.unsynced
	if err := f.openFile(f.again()); err != nil {
		return // the next write says as much
	}
	_ = f.closeOld(old, unsynced) // its error is an older one of the same disk
}

// Flush waits until what is held is written, for Hold.Linger at most, and then
// says how much still is. What was never held needs no Flush. Flush does not sync.
func (f *File) Flush() error {
	f.mu.Lock()
	if f.held == nil {
		f.mu.Unlock()
		return nil
	}
	deadline := f.now().Add(time.Duration(f.held.linger))
	for {
		if f.closed {
			f.release()
			return ErrClosed
		}
		err := f.resume(true)
		if err == nil {
			f.release()
			return nil
		}
		wait := min(time.Until(deadline), f.held.wait)
		if wait <= 0 {
			err = f.stillHeld()
			f.release()
			return err
		}
		f.release()
		time.Sleep(wait)
		f.mu.Lock()
	}
}

func (f *File) stillHeld() error {
	if f.held == nil || len(f.held.ends) == 0 {
		return nil
	}
	return fmt.Errorf("rotate: %d records are held and not in %s: %w", len(f.held.ends), f.path, f.held.cause)
}

// giveUp drops what is held when the File is closed.
func (f *File) giveUp() error {
	err := f.stillHeld()
	if err != nil {
		f.stats.GivenUp += uint64(len(f.held.ends))
		f.held.batch = batch{}
	}
	if f.held != nil && f.held.timer != nil {
		f.held.timer.Stop()
	}
	return err
}
