package spool

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

const (
	minStage   = 4 << 10  // frames that there is memory for at first
	writeSize  = 64 << 10 // frames that are written without a Flush
	maxPending = 1 << 20  // and that may wait while the disk refuses them
)

// hand is memory for a frame that is made without the lock. A processor mostly gets
// the one that it had.
type hand struct {
	frame  []byte
	number uint
}

type handPool struct {
	pool sync.Pool
	made atomic.Uint64
}

func (p *handPool) get() *hand {
	if h, ok := p.pool.Get().(*hand); ok {
		return h
	}
	return &hand{number: uint(p.made.Add(1))}
}

// Put copies r into the spool, or drops it by the policy. The system has it when
// some later Flush, Put or Get has written it; while the disk refuses, up to a
// mebibyte waits in memory.
func (s *Spool) Put(_ context.Context, r *sluice.Record) error {
	h := s.hands.get()
	h.frame = appendRecord(beginFrame(h.frame[:0]), r, &s.places)
	err := s.put(h)
	if cap(h.frame) <= writeSize {
		s.hands.pool.Put(h)
	}
	return err
}

func (s *Spool) put(h *hand) error {
	n := len(h.frame)
	if n-frameHead > maxPayload || int64(n) > s.options.SegmentBytes-segmentHead {
		return s.putTooLarge(n)
	}
	sum := endFrame(h.frame)
	st := s.stage.Load()
	place, seq, ok := st.take(n)
	if !ok {
		var err error
		if st, place, seq, err = s.makeRoom(n); err != nil {
			return err
		}
	}
	number(h.frame, seq, sum)
	st.fill(place, h.frame, h.number, s.full)
	if s.awaited.Load() {
		s.mu.Lock()
		s.tellArrival()
		s.unlock()
	}
	return nil
}

func (s *Spool) putTooLarge(n int) error {
	s.mu.Lock()
	defer s.unlock()
	if s.closed {
		return sluice.ErrClosed
	}
	s.refuse(queue.TooLarge)
	return fmt.Errorf("%d bytes: %w", n, queue.ErrTooLarge)
}

// makeRoom takes n bytes of a stage that has them, which it makes by the policy, or
// counts their record as dropped.
func (s *Spool) makeRoom(n int) (st *stage, place []byte, seq uint64, err error) {
	s.mu.Lock()
	defer s.unlock()
	s.expire()
	var started time.Time
	var refused error
	for {
		if s.closed {
			return nil, nil, 0, sluice.ErrClosed
		}
		st := s.stage.Load()
		if place, seq, ok := st.take(n); ok {
			return st, place, seq, nil
		}
		switch {
		case refused == nil && s.wrote < s.end():
			if refused = s.write(s.end()); refused != nil && len(s.pending)+n > maxPending {
				s.refuse(Refused)
				return nil, nil, 0, refused
			}
		case s.left() >= int64(n):
			s.nextStage(n)
		case s.dropForLast():
		case s.options.Full == queue.DropOldest && s.dropOldest():
		case s.options.Full != queue.Block || !started.IsZero() && s.options.Wait > 0 && time.Since(started) >= s.options.Wait:
			s.refuse(queue.Full)
			return nil, nil, 0, queue.ErrFull
		default:
			if started.IsZero() {
				started = time.Now()
			}
			s.waitRoom(started)
		}
	}
}

// left is how many bytes there is room for beside those that are put.
func (s *Spool) left() int64 {
	return s.options.MaxBytes - s.bytes - segmentHead - int64(s.stage.Load().bytes()+len(s.pending)+s.flying)
}

// waitRoom waits until there may be room, or until Wait is over.
func (s *Spool) waitRoom(started time.Time) {
	if s.room == nil {
		s.room = make(chan struct{})
	}
	room := s.room
	var over <-chan time.Time
	if s.options.Wait > 0 {
		t := time.NewTimer(s.options.Wait - time.Since(started))
		defer t.Stop()
		over = t.C
	}
	s.unlock()
	select {
	case <-room:
	case <-over:
	}
	s.mu.Lock()
}
