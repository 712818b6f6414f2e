package charset

import (
	"io"
	"sync"
)

// Writer encodes each record and writes it to another writer by one call of its
// Write. It writes no byte order mark: whoever opens files knows which are empty.
// It is safe for concurrent use if the other writer is.
type Writer struct {
	w       io.Writer
	e       *Encoder
	buffers sync.Pool // of *[]byte
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer, e *Encoder) *Writer {
	return &Writer{w: w, e: e}
}

// Write writes p, a whole record with its terminator in UTF-8, and returns len(p).
// If p cannot be encoded, nothing is written and w is not called. If w fails, n is
// 0 when it has written nothing, and more when it has, but then no measure of
// what.
func (w *Writer) Write(p []byte) (n int, err error) {
	const keep = 64 << 10 // a buffer that one huge record has made is not kept
	b, _ := w.buffers.Get().(*[]byte)
	if b == nil {
		b = new([]byte)
	}
	code, err := w.e.append((*b)[:0], p)
	if cap(code) <= keep {
		*b = code
		defer w.buffers.Put(b)
	}
	if err != nil {
		return 0, err
	}
	m, err := w.w.Write(code)
	if err == nil && m < len(code) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return min(m, len(p)), err
	}
	return len(p), nil
}
