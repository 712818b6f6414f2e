package charset

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// Writer encodes each record and writes it to another writer by one call of its
// Write. It writes no byte order mark: whoever opens files knows which are empty.
// It is safe for concurrent use; a writer without WriteBatch gets one call at a
// time.
type Writer struct {
	w       io.Writer
	batches batchWriter // w, if it is one
	e       *Encoder
	buffers sync.Pool  // of *batch
	alone   sync.Mutex // held over w's Write without batches
}

// batchWriter is what takes several records together, as a rotate.File.
type batchWriter interface {
	WriteBatch(p []byte, ends []int) (n int, err error)
}

// batch is where records are encoded.
type batch struct {
	code []byte
	ends []int // of the records in code
	from []int // where each of them ends in UTF-8
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer, e *Encoder) *Writer {
	batches, _ := w.(batchWriter)
	return &Writer{w: w, batches: batches, e: e}
}

func (w *Writer) get() *batch {
	b, _ := w.buffers.Get().(*batch)
	if b == nil {
		b = &batch{}
	}
	b.code, b.ends, b.from = b.code[:0], b.ends[:0], b.from[:0]
	return b
}

func (w *Writer) put(b *batch) {
	const keep = 256 << 10 // a buffer that one huge record has made is not kept
	if cap(b.code) <= keep {
		w.buffers.Put(b)
	}
}

// Write writes p, a whole record with its terminator in UTF-8, and returns len(p).
// If p cannot be encoded, nothing is written and w is not called. If w fails, n is
// 0 when it has written nothing, and more when it has, but then no measure of
// what.
func (w *Writer) Write(p []byte) (n int, err error) {
	b := w.get()
	defer w.put(b)
	if b.code, err = w.e.append(b.code, p); err != nil {
		return 0, err
	}
	m, err := w.writeOne(b.code)
	if err != nil {
		return min(m, len(p)), err
	}
	return len(p), nil
}

// writeOne writes one record's code.
func (w *Writer) writeOne(code []byte) (n int, err error) {
	if w.batches == nil {
		w.alone.Lock()
		defer w.alone.Unlock()
	}
	n, err = w.w.Write(code)
	if err == nil && n < len(code) {
		err = io.ErrShortWrite
	}
	return n, err
}

// WriteBatch encodes the records of p and writes them together, if the writer has
// a WriteBatch, and otherwise one by one. Each number of ends is where a record ends
// in p; bytes after the last are a record, too. n counts whole records' bytes in p.
//
// Records that cannot be encoded are left out and count as done, so that they do
// not hold up the others for ever: n can be len(p) beside an error, which then
// tells how many they are and wraps the first one's *EncodeError.
func (w *Writer) WriteBatch(p []byte, ends []int) (n int, err error) {
	b := w.get()
	defer w.put(b)
	refused, first := 0, error(nil)
	start := 0
	for i := 0; i < len(ends) || start < len(p); i++ {
		end := len(p)
		if i < len(ends) {
			end = ends[i]
		}
		if end < start || end > len(p) {
			return 0, fmt.Errorf("charset: end %d of record %d is not within %d to %d", end, i, start, len(p))
		}
		code, bad := w.e.append(b.code, p[start:end])
		start = end
		if bad != nil {
			if refused++; first == nil {
				first = bad
			}
			continue
		}
		b.code, b.ends, b.from = code, append(b.ends, len(code)), append(b.from, end)
	}
	if refused > 0 {
		first = fmt.Errorf("%d of the records: %w", refused, first)
	}
	done, err := w.writeAll(b)
	if err == nil {
		return len(p), first
	}
	if done > 0 {
		n = b.from[done-1]
	}
	return n, errors.Join(err, first)
}

// writeAll writes b and returns how many of its records are whole in w.
func (w *Writer) writeAll(b *batch) (done int, err error) {
	if w.batches == nil {
		start := 0
		for done, end := range b.ends {
			if _, err := w.writeOne(b.code[start:end]); err != nil {
				return done, err
			}
			start = end
		}
		return len(b.ends), nil
	}
	if len(b.ends) == 0 {
		return 0, nil
	}
	n, err := w.batches.WriteBatch(b.code, b.ends)
	for done < len(b.ends) && b.ends[done] <= n {
		done++
	}
	if err == nil && done < len(b.ends) {
		err = io.ErrShortWrite
	}
	return done, err
}
