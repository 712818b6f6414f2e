package sluice

import (
	"context"
	"errors"
	"io"
	"os"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/sluicelog/sluice/internal/buffer"
)

// Stream is an Emitter that formats each record and writes it, with a terminator,
// by one call of its writer's Write. (Python: StreamHandler.) It is safe for
// concurrent use, whatever its writer is: records are formatted at once and
// written one after the other, or at once if the writer is a BatchWriter. The
// writer must not log through the Stream.
type Stream struct {
	format  Formatter
	buffers buffer.Pool
	shared  atomic.Bool // w is a BatchWriter, and records are not buffered here

	// Who changes what follows holds both locks; who reads holds either. Over a Write
	// mu is held, or for reading many if shared: mu alone, since an RWMutex costs
	// twice as much.
	mu         sync.Mutex
	many       sync.RWMutex
	w          io.Writer
	held       *heldRecords // nil: not buffered
	terminator string
	closes     bool
	closed     bool
}

// NewStream returns a Stream that writes to w, which Close leaves open. A nil w
// is os.Stderr as it is now; a nil f is NewLogfmt(nil).
func NewStream(w io.Writer, f Formatter) *Stream {
	if w == nil {
		w = os.Stderr
	}
	if f == nil {
		f = NewLogfmt(nil)
	}
	s := &Stream{format: f, terminator: "\n"}
	s.put(w)
	return s
}

// put makes w the writer.
func (s *Stream) put(w io.Writer) {
	s.w = w
	_, shared := w.(BatchWriter)
	s.shared.Store(shared && s.held == nil)
}

// NewStreamCloser returns a Stream that writes to w and closes it in Close.
func NewStreamCloser(w io.WriteCloser, f Formatter) *Stream {
	s := NewStream(w, f)
	s.closes = true
	return s
}

// SetTerminator sets what follows each record; at first it is "\n".
func (s *Stream) SetTerminator(t string) {
	s.lock()
	defer s.unlock()
	s.terminator = t
}

// Writer returns the writer.
func (s *Stream) Writer() io.Writer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w
}

// SetStream puts w in the place of the writer, after flushing that, and returns
// it; nil if w is the writer already. Neither is closed. (Python: setStream.)
func (s *Stream) SetStream(w io.Writer) io.Writer {
	s.lock()
	defer s.unlock()
	old := s.w
	// A writer of a type that cannot be compared is never the same.
	if reflect.TypeOf(old).Comparable() && old == w {
		return nil
	}
	// There is nobody to tell: the records in old are not w's to lose. What is
	// held still goes to w.
	_ = s.writeHeld()
	_ = flushWriter(old)
	s.put(w)
	return old
}

// Emit writes r. What it returns says whether the record failed to be formatted
// or to be written.
func (s *Stream) Emit(_ context.Context, r *Record) error {
	b := s.buffers.Get()
	line, err := s.emit(*b, r)
	s.buffers.Put(b, line)
	return err
}

// emit is Emit, in the memory of line, which it returns as it has grown.
func (s *Stream) emit(line []byte, r *Record) ([]byte, error) {
	line, err := s.format.AppendRecord(line[:0], r)
	if err != nil {
		return line, &formatError{err}
	}
	if s.shared.Load() {
		s.many.RLock()
		if s.shared.Load() { // not before SetStream
			defer s.many.RUnlock()
			return s.writeLocked(line)
		}
		s.many.RUnlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writeLocked(line)
}

// lock keeps all others out, and unlock lets them in again.
func (s *Stream) lock() {
	s.mu.Lock()
	s.many.Lock()
}

func (s *Stream) unlock() {
	s.many.Unlock()
	s.mu.Unlock()
}

func (s *Stream) writeLocked(line []byte) ([]byte, error) {
	if s.closed {
		return line, ErrClosed
	}
	line = append(line, s.terminator...)
	if s.held != nil {
		return line, s.hold(line)
	}
	n, err := s.w.Write(line)
	if err == nil && n < len(line) {
		err = io.ErrShortWrite
	}
	return line, err
}

// Flush writes what is buffered, and calls the writer's Flush() error if it has
// one, as a bufio.Writer does.
func (s *Stream) Flush(context.Context) error {
	s.lock()
	defer s.unlock()
	if s.closed {
		return nil
	}
	return errors.Join(s.flushHeld(), flushWriter(s.w))
}

func flushWriter(w io.Writer) error {
	if f, ok := w.(interface{ Flush() error }); ok {
		return f.Flush()
	}
	return nil
}

// Close flushes, and closes the writer of a NewStreamCloser.
func (s *Stream) Close() error {
	s.lock()
	defer s.unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := errors.Join(s.endHeld(), flushWriter(s.w))
	if c, ok := s.w.(io.Closer); ok && s.closes {
		err = errors.Join(err, c.Close())
	}
	return err
}
