package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice"
)

// write returns when the system has the records below end. Those who wait while one
// writes share the write that follows. The caller holds mu, which is free meanwhile.
func (s *Spool) write(end uint64) error {
	for s.wrote < end {
		if s.closed {
			return sluice.ErrClosed
		}
		if s.writing {
			s.written.Wait()
		} else if err := s.writePending(); err != nil {
			return err
		}
	}
	return nil
}

// writePending hands what was put to the system. A record that it took only in part is
// written again, in the same place. The caller holds mu, which is free meanwhile, and
// nobody writes.
func (s *Spool) writePending() error {
	s.nextStage(0)
	if g := s.active; g != nil && !s.torn && (g.size+int64(len(s.pending)) > s.options.SegmentBytes || s.aged()) {
		s.active = nil
		s.prune()
	}
	if s.active == nil {
		if err := s.beginSegment(); err != nil {
			return err
		}
	}
	g, end, frames := s.active, s.next, s.pending
	file, at := g.file, g.size
	s.pending = nil
	s.writing, s.flying = true, len(frames)
	s.unlock()
	n, err := s.writeAt(file, frames, at)
	s.mu.Lock()
	s.writing, s.flying = false, 0
	s.written.Broadcast()
	if s.torn = err != nil; s.torn {
		n, end = wholeFrames(frames[:n], s.wrote)
	}
	g.size += int64(n)
	s.bytes += int64(n)
	g.end, s.wrote = end, end
	g.last = time.Now()
	if s.torn {
		s.pending = append(frames[n:], s.pending...)
		return fmt.Errorf("spool: %w", err)
	}
	s.keep(frames)
	return nil
}

// giveUp counts what the system has not taken when the spool is closed, and leaves no
// part of a record behind the others. The caller holds mu.
func (s *Spool) giveUp() error {
	n := s.next - s.wrote
	if n == 0 {
		return nil
	}
	for _, c := range s.cursors { // none of them has read it
		c.catchUp(s)
		c.account.Settle(n, Refused)
	}
	s.account.Settle(n, Refused)
	err := fmt.Errorf("spool %s: %d records were not written", s.dir, n)
	if s.torn {
		err = errors.Join(err, s.active.file.Truncate(s.active.size))
	}
	return err
}

// nextStage makes what is in the stage pending and begins another one, which has room
// for n bytes at least, or none if the spool is closed. The caller holds mu.
func (s *Spool) nextStage(n int) {
	st := s.stage.Load()
	frames := st.seal(s.full)
	records := st.records()
	s.next += records
	s.account.Accepted += records
	s.account.Held += records
	if 2*len(frames) > s.stageSize {
		s.stageSize = min(2*s.stageSize, writeSize)
	}
	if len(s.pending) == 0 && len(frames) > 0 {
		s.pending = frames
	} else {
		s.pending = append(s.pending, frames...)
		s.keep(st.room)
	}
	if !s.closed {
		left := min(s.left()+int64(len(frames)), s.options.SegmentBytes-segmentHead, int64(maxPending-len(s.pending)))
		n = max(n, int(min(left, int64(s.stageSize))))
	}
	s.openStage(n)
}

// openStage begins a stage of n bytes. The caller holds mu.
func (s *Spool) openStage(n int) {
	room := s.spare
	s.spare = nil
	if cap(room) < n {
		room = make([]byte, n)
	}
	s.stage.Store(&stage{first: s.next, room: room[:n]})
}

// keep keeps memory for a stage to come.
func (s *Spool) keep(room []byte) {
	if cap(room) <= writeSize && cap(room) > cap(s.spare) {
		s.spare = room
	}
}

// end is the sequence number of the record to come. The caller holds mu, but others
// put meanwhile.
func (s *Spool) end() uint64 { return s.next + s.stage.Load().records() }

// aged says that the active segment has records that are older than others by too
// much for both to go at the same time.
func (s *Spool) aged() bool {
	return s.options.MaxAge > 0 && time.Since(s.active.born) > s.options.MaxAge/4
}

// endActive writes what is pending and lets the next record begin a segment. The
// caller holds mu, which is free meanwhile; nobody writes when it returns.
func (s *Spool) endActive() error {
	s.awaitWriter()
	if s.closed {
		return sluice.ErrClosed
	}
	if s.wrote < s.end() {
		if err := s.writePending(); err != nil {
			return err
		}
	}
	s.active = nil
	return nil
}

// awaitWriter waits until nobody writes. The caller holds mu, which is free meanwhile.
func (s *Spool) awaitWriter() {
	for s.writing {
		s.written.Wait()
	}
}

// beginSegment makes the segment that the pending frames go to.
func (s *Spool) beginSegment() error {
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
