package queue

import (
	"context"
	"time"

	"github.com/sluicelog/sluice"
)

// RingOptions are the options of NewRing. The zero RingOptions consists of
// defaults.
type RingOptions struct {
	// Full is what happens to a record when there is no room: Block unless set.
	Full Policy `json:"full"`
	// Wait bounds how long Block waits; then the record is dropped. 0: as long as it
	// takes.
	Wait time.Duration `json:"wait"`
	// Behind is how long a full ring waits for destinations that hold up others,
	// which have taken more: from then on they lose their oldest records, until they
	// take some again. 0: Wait. Without Block they never hold up others.
	Behind time.Duration `json:"behind"`
	// Urgent is the least level of records that are dropped only when none below it
	// is left to be dropped. 0: all are alike.
	Urgent sluice.Level `json:"urgent"`
	// MaxBytes bounds the size of the records that wait, as far as it can be seen:
	// texts, and values in attributes but not what they point to. 0: no bound. Puts that
	// wait for room are served in the order in which they came: a large record holds up
	// small ones that wait behind it.
	MaxBytes int64 `json:"max_bytes"`
}

// Ring is a Queue in memory. It is safe for concurrent use.
type Ring struct {
	size     int
	options  RingOptions
	maxBytes int64

	// What each Put needs lies together.
	mu      lock    // guards all below, and the cursors
	open    uint64  // the position in lanes[0] before which a Put only copies, see unlock
	lanes   [2]lane // the second for urgent records
	closed  bool
	resting [3]int // cursors, by how they wait for a record
	cursors []*cursor
	counted bool // left tells of each record how many cursors are to settle it; else there was one at most
	lookout lookout
	bytes   int64 // of the records in lanes, if they are bounded
	memory  memory
	waiting []*waiter // for room, the one that has waited longest first
	idle    []*waiter // to be used again
	ledger  ledger
}

const defaultSize = 8192

// NewRing returns a Ring in which size records can wait (0 or less: 8192); what
// destinations are at work on comes on top. o may be nil.
func NewRing(size int, o *RingOptions) *Ring {
	if size <= 0 {
		size = defaultSize
	}
	q := &Ring{size: size}
	if o != nil {
		q.options = *o
	}
	if q.options.Behind == 0 || q.options.Wait > 0 && q.options.Behind > q.options.Wait {
		q.options.Behind = q.options.Wait
	}
	q.maxBytes = q.options.MaxBytes
	q.lanes[0].grow(size)
	if q.options.Urgent > 0 {
		q.lanes[1].grow(size)
	}
	q.mu.Lock()
	q.unlock()
	return q
}

// Put copies r into the ring, or drops it by the policy.
func (q *Ring) Put(_ context.Context, r *sluice.Record) error {
	lane := 0
	if q.options.Urgent > 0 && r.Level >= q.options.Urgent {
		lane = 1
	}
	var bytes int64
	if q.maxBytes > 0 {
		bytes = sizeOf(r)
	}
	plain := isPlain(r) // before, so that mu is held for as short as can be
	q.mu.Lock()
	if l := &q.lanes[0]; l.tail < q.open {
		l.last.copyIn(l.tail%perBlock, r, plain)
		l.tail++
		q.mu.Unlock()
		return nil
	}
	return q.put(lane, bytes, r)
}

// put is Put where there is more to it than a copy. The caller holds mu, which put
// gives back.
func (q *Ring) put(lane int, bytes int64, r *sluice.Record) error {
	defer q.unlock()
	if err := q.admit(lane, bytes, r.PC); err != nil {
		return err
	}
	l := &q.lanes[lane]
	at := l.tail % perBlock
	if at == 0 {
		l.last = q.memory.take()
		*l.slot(l.tail) = l.last
	}
	b := l.last
	b.copyIn(at, r, isPlain(r))
	b.seqs[at], b.bytes[at], b.left[at] = q.seq(), bytes, int32(len(q.cursors))
	q.bytes += bytes
	l.tail++
	if q.resting[asleep] > 0 || q.resting[naps] > 0 && q.queued() > q.size/2 {
		q.wake()
	}
	return nil
}

// unlock gives mu back, for all but the Put that need not look at anything: it says
// up to where there may be such, at most to the end of a block.
func (q *Ring) unlock() {
	l := &q.lanes[0]
	q.open = 0
	switch {
	case q.closed || q.options.Urgent > 0 || q.maxBytes > 0 || q.counted || q.lookout.sites != nil:
	case q.resting[naps] > 0:
		q.open = l.head + uint64(q.size/2)
	case q.resting[asleep] == 0:
		q.open = l.head + uint64(q.size)
	}
	q.open = min(q.open, (l.tail+perBlock-1)/perBlock*perBlock)
	q.mu.Unlock()
}

// admit finds room for a record, or says why there is none. The caller holds mu,
// which is free while it waits.
func (q *Ring) admit(lane int, bytes int64, pc uintptr) error {
	if q.closed {
		return sluice.ErrClosed
	}
	if q.lookout.due(pc) {
		if q.loops() {
			q.lookout.found(pc)
			q.refuse(Loop)
			return ErrLoop
		}
		if q.closed { // meanwhile
			return sluice.ErrClosed
		}
	}
	if q.fits(bytes) {
		return nil
	}
	return q.makeRoom(lane, bytes)
}

// Flush does nothing: memory is as safe as a Ring gets.
func (q *Ring) Flush(context.Context) error { return nil }

// Stats is the ledger. A record that any of the destinations did not get counts as
// dropped, for the first reason.
func (q *Ring) Stats() sluice.Stats {
	q.mu.Lock()
	defer q.unlock()
	q.ledger.catchUp(q.seq())
	return q.ledger.stats()
}

// Close ends Put, also those that wait. Getters give what is held, then ErrClosed.
func (q *Ring) Close() error {
	q.mu.Lock()
	defer q.unlock()
	q.closed = true
	q.wake()
	q.tellAll()
	return nil
}

func (q *Ring) fits(bytes int64) bool {
	return q.queued() < q.size && (q.maxBytes == 0 || q.bytes+bytes <= q.maxBytes)
}

// queued is how many records wait in the lanes.
func (q *Ring) queued() int { return q.lanes[0].len() + q.lanes[1].len() }

// seq is how many records came in.
func (q *Ring) seq() uint64 { return q.lanes[0].tail + q.lanes[1].tail }

// wake wakes the cursors that rest. The caller holds mu.
func (q *Ring) wake() {
	for _, c := range q.cursors {
		if c.rest != awake {
			q.rests(c, awake)
			c.holder.wake <- struct{}{}
		}
	}
}

// refuse counts a record that never came in. The caller holds mu.
func (q *Ring) refuse(reason string) {
	q.ledger.refuse(reason)
	for _, c := range q.cursors {
		c.ledger.refuse(reason)
	}
}
