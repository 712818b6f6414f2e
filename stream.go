package sluice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"sync"

	"github.com/sluicelog/sluice/internal/buffer"
)

// Stream is an Emitter that formats each record and writes it, with a terminator,
// by one call of its writer's Write. (Python: StreamHandler.) It is safe for
// concurrent use, whatever its writer is: records are formatted at once and
// written one after the other. The writer must not log through the Stream.
type Stream struct {
	format  Formatter
	buffers buffer.Pool

	mu         sync.Mutex // guards what follows and is held over Write
	w          io.Writer
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
	return &Stream{format: f, w: w, terminator: "\n"}
}

// NewStreamCloser returns a Stream that writes to w and closes it in Close.
func NewStreamCloser(w io.WriteCloser, f Formatter) *Stream {
	s := NewStream(w, f)
	s.closes = true
	return s
}

// SetTerminator sets what follows each record; at first it is "\n".
func (s *Stream) SetTerminator(t string) {
	s.mu.Lock()
	defer s.mu.Unlock()
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
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.w
	// A writer of a type that cannot be compared is never the same.
	if reflect.TypeOf(old).Comparable() && old == w {
		return nil
	}
	// There is nobody to tell: the records in old are not w's to lose.
	_ = flushWriter(old)
	s.w = w
	return old
}

// Emit writes r. What it returns says whether the record failed to be formatted
// or to be written.
func (s *Stream) Emit(_ context.Context, r *Record) error {
	b := s.buffers.Get()
	line, err := s.format.AppendRecord((*b)[:0], r)
	if err != nil {
		s.buffers.Put(b, line)
		return fmt.Errorf("format record: %w", err)
	}
	line, err = s.write(line)
	s.buffers.Put(b, line)
	return err
}

// write writes line and the terminator; it returns line as it has grown.
func (s *Stream) write(line []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return line, ErrClosed
	}
	line = append(line, s.terminator...)
	n, err := s.w.Write(line)
	if err == nil && n < len(line) {
		err = io.ErrShortWrite
	}
	return line, err
}

// Flush calls the writer's Flush() error if it has one, as a bufio.Writer does.
func (s *Stream) Flush(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	return flushWriter(s.w)
}

func flushWriter(w io.Writer) error {
	if f, ok := w.(interface{ Flush() error }); ok {
		return f.Flush()
	}
	return nil
}

// Close flushes, and closes the writer of a NewStreamCloser.
func (s *Stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := flushWriter(s.w)
	if c, ok := s.w.(io.Closer); ok && s.closes {
		err = errors.Join(err, c.Close())
	}
	return err
}
