package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

const (
	writeSize  = 64 << 10 // pending frames that are written without a Flush
	maxPending = 1 << 20  // and that may wait while the disk refuses them
)

// frameRoom is memory for a frame that is made without the lock.
type frameRoom struct{ sync.Pool }

func (p *frameRoom) get() *[]byte {
	if b, ok := p.Get().(*[]byte); ok {
		return b
	}
	return new([]byte)
}

// Put copies r into the spool, or drops it by the policy. The system has it when
// some later Flush, Put or Get has written it; while the disk refuses, up to a
// mebibyte waits in memory.
func (s *Spool) Put(_ context.Context, r *sluice.Record) error {
	room := s.rooms.get()
	frame := appendRecord(beginFrame((*room)[:0]), r, &s.places)
	err := s.put(frame)
	if cap(frame) <= writeSize {
		*room = frame[:0]
		s.rooms.Put(room)
	}
	return err
}

func (s *Spool) put(frame []byte) error {
	tooLarge := len(frame)-frameHead > maxPayload || int64(len(frame)) > s.options.SegmentBytes-segmentHead
	var sum uint32
	if !tooLarge {
		sum = endFrame(frame)
	}
	s.mu.Lock()
	defer s.unlock()
	switch {
	case s.closed:
		return sluice.ErrClosed
	case tooLarge:
		s.refuse(queue.TooLarge)
		return fmt.Errorf("%d bytes: %w", len(frame), queue.ErrTooLarge)
	}
	if err := s.makeRoom(int64(len(frame))); err != nil {
		return err
	}
	number(frame, s.next, sum)
	s.pending = append(s.pending, frame...)
	s.next++
	s.account.Accepted++
	s.account.Held++
	s.tellArrival()
	return nil
}

// makeRoom makes room for n bytes by the policy, or counts their record as dropped.
// The caller holds mu, which is free while it waits.
func (s *Spool) makeRoom(n int64) error {
	if s.options.MaxAge > 0 {
		s.expire(time.Now())
	}
	var started time.Time
	for !s.fits(n) {
		if s.dropForAbsent() {
			continue
		}
		if s.options.Full == queue.DropOldest && s.dropOldest() {
			continue
		}
		if s.options.Full != queue.Block {
			s.refuse(queue.Full)
			return queue.ErrFull
		}
		if started.IsZero() {
			started = time.Now()
		}
		if s.options.Wait > 0 && time.Since(started) >= s.options.Wait {
			s.refuse(queue.Full)
			return queue.ErrFull
		}
		if s.waitRoom(started); s.closed {
			return sluice.ErrClosed
		}
	}
	if err := s.prepare(n); err != nil {
		s.refuse(Refused)
		return err
	}
	return nil
}

func (s *Spool) fits(n int64) bool {
	return s.bytes+int64(len(s.pending))+segmentHead+n <= s.options.MaxBytes
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

// prepare makes ready for n more pending bytes: it writes those that are there if
// they are many, and begins a segment if this one would get too large.
func (s *Spool) prepare(n int64) error {
	if len(s.pending) >= writeSize {
		if err := s.write(); err != nil && len(s.pending)+int(n) > maxPending {
			return err
		}
	}
	size := int64(segmentHead)
	if s.active != nil {
		size = s.active.size
	}
	if size += int64(len(s.pending)); size > segmentHead && (size+n > s.options.SegmentBytes || s.aged()) {
		if err := s.write(); err != nil {
			// What waits goes into this segment, and so does n: one a little too
			// large is better than a record lost.
			if len(s.pending)+int(n) > maxPending {
				return err
			}
			return nil
		}
		s.active = nil
		s.prune()
	}
	return nil
}

// aged says that the active segment has records that are older than others by too
// much for both to go at the same time.
func (s *Spool) aged() bool {
	return s.options.MaxAge > 0 && s.active != nil && time.Since(s.active.born) > s.options.MaxAge/4
}

// write hands the pending frames to the system. What it took of them only in part
// is written again, in the same place. The caller holds mu.
func (s *Spool) write() error {
	if len(s.pending) == 0 {
		return nil
	}
	if s.active == nil {
		if err := s.begin(); err != nil {
			s.failed = err
			return err
		}
	}
	g := s.active
	if _, err := g.file.WriteAt(s.pending, g.size); err != nil {
		s.failed = fmt.Errorf("spool: %w", err)
		return s.failed
	}
	g.size += int64(len(s.pending))
	s.bytes += int64(len(s.pending))
	g.end, s.wrote = s.next, s.next
	g.last = time.Now()
	s.failed = nil
	if cap(s.pending) > 4*writeSize {
		s.pending = nil
	}
	s.pending = s.pending[:0]
	return nil
}

// begin makes the segment that the pending frames go to.
func (s *Spool) begin() error {
	first := s.wrote
	g := &segment{first: first, end: first, writer: s.writer, path: filepath.Join(s.dir, segmentName(first)), born: time.Now()}
	file, err := os.OpenFile(g.path, os.O_RDWR|os.O_CREATE|os.O_EXCL|openFlags, s.options.Perm)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	g.file = file
	if err := errors.Join(chmod(file, s.options.Perm), writeHead(g)); err != nil {
		return errors.Join(fmt.Errorf("spool: %w", err), file.Close(), os.Remove(g.path))
	}
	s.newName = true
	s.segments = append(s.segments, g)
	s.bytes += g.size
	s.active = g
	return nil
}

func writeHead(g *segment) error {
	_, err := g.file.WriteAt(g.head(), 0)
	g.size = segmentHead
	return err
}
