package sluice

import (
	"errors"
	"fmt"
	"io"
)

// BatchWriter is a writer that many goroutines may use at once and that takes
// several records together, as a rotate.File does.
//
// The implementer must be safe for concurrent use, each Write and each WriteBatch
// whole, must write p's records as if each were written by Write, and must not
// keep p or ends. Number i of ends is where record i of p ends; the last is the
// end of p. n counts the bytes written from the start of p, whole records if it
// can; if it is less than len(p) there is an error. Records that can never be
// written count as well, and there is an error for them. The caller does not change
// p or ends before WriteBatch returns.
type BatchWriter interface {
	io.Writer
	WriteBatch(p []byte, ends []int) (n int, err error)
}

const defaultBuffer = 64 << 10

// NewBuffered returns a Stream that collects records and writes them together:
// when the next one would make them longer than size, and in Flush, SetStream and
// Close. A size of 0 or less is 64 KiB; a longer record is written alone. It is
// only for where somebody flushes: what is not flushed is lost with the process.
// Close leaves w open.
//
// No record is lost silently. Those that w refuses stay and are tried again; Emit
// gives the error only if its own record finds no room because of them, and that
// record is not delivered. Flush gives the error while there are any that could
// not be written, and the first error of records that w could never write. Close
// tries them once more, and its error says how many are lost. A record that w has
// written in part is written again as a whole.
func NewBuffered(w BatchWriter, f Formatter, size int) *Stream {
	s := NewStream(w, f)
	if size <= 0 {
		size = defaultBuffer
	}
	s.held = &heldRecords{size: size, p: make([]byte, 0, size)}
	s.put(w)
	return s
}

// heldRecords are what a NewBuffered has not written yet.
type heldRecords struct {
	size int
	p    []byte
	ends []int
	lost error // of records that were not written and are not here; for Flush
}

func (h *heldRecords) fits(line []byte) bool { return len(h.p)+len(line) <= h.size }

// hold adds line to what is held. It runs with s locked.
func (s *Stream) hold(line []byte) error {
	h := s.held
	if !h.fits(line) && len(h.ends) > 0 {
		// If some went, the error is of others than this record: they are tried
		// again.
		err := s.writeHeld()
		if err != nil && !h.fits(line) {
			return err
		}
		if err != nil && len(h.ends) == 0 && h.lost == nil {
			h.lost = err
		}
	}
	h.p = append(h.p, line...)
	h.ends = append(h.ends, len(h.p))
	if len(h.p) <= h.size {
		return nil
	}
	// It is longer than size, and alone.
	err := s.writeHeld()
	if err != nil {
		h.p, h.ends = h.p[:0], h.ends[:0]
	}
	if cap(h.p) > 2*h.size {
		h.p = make([]byte, 0, h.size)
	}
	return err
}

// writeHeld writes what is held and keeps what could not be written. It runs with
// s locked.
func (s *Stream) writeHeld() error {
	h := s.held
	if h == nil || len(h.ends) == 0 {
		return nil
	}
	n, err := writeBatch(s.w, h.p, h.ends)
	if err == nil && n < len(h.p) {
		err = io.ErrShortWrite
	}
	if err == nil {
		h.p, h.ends = h.p[:0], h.ends[:0]
		return nil
	}
	whole, gone := 0, 0
	for whole < len(h.ends) && h.ends[whole] <= n {
		gone = h.ends[whole]
		whole++
	}
	h.p = h.p[:copy(h.p, h.p[gone:])]
	h.ends = h.ends[:copy(h.ends, h.ends[whole:])]
	for i := range h.ends {
		h.ends[i] -= gone
	}
	return err
}

// writeBatch also serves a writer that SetStream has put in, which may be of any
// kind.
func writeBatch(w io.Writer, p []byte, ends []int) (n int, err error) {
	if b, ok := w.(BatchWriter); ok {
		return b.WriteBatch(p, ends)
	}
	for _, end := range ends {
		m, err := w.Write(p[n:end])
		n += m
		if err != nil {
			return n, err
		}
		if n < end {
			return n, io.ErrShortWrite
		}
	}
	return n, nil
}

// flushHeld writes what is held, and tells what was lost.
func (s *Stream) flushHeld() error {
	err := s.writeHeld()
	if s.held != nil && s.held.lost != nil {
		err = errors.Join(s.held.lost, err)
		s.held.lost = nil
	}
	return err
}

// endHeld writes what is held for the last time.
func (s *Stream) endHeld() error {
	err := s.flushHeld()
	if err == nil || len(s.held.ends) == 0 {
		return err
	}
	lost := len(s.held.ends)
	s.held.p, s.held.ends = nil, nil
	return fmt.Errorf("%d buffered records not written: %w", lost, err)
}
