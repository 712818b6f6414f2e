package spool

import (
	"bytes"
	"io"
	"os"
)

// reader reads a segment's frames, one after the other.
type reader struct {
	segment  *segment
	file     *os.File
	expected uint64 // the least sequence number to come
	off      int64  // of what follows chunk
	chunk    []byte // read, not looked at
	room     []byte // chunk's memory
	skipped  int64  // bytes that belong to no frame and lie before one
	bad      int64  // such bytes, behind which no frame was found yet
}

const chunkSize = 256 << 10

// next gives the next frame before limit, or io.EOF. The payload is valid until the
// next call. What is no frame is passed over; if a frame follows, it is damage, else
// perhaps an end that was never written whole.
func (r *reader) next(limit int64) (frame, error) {
	if r.off == 0 {
		r.off = segmentHead
	}
	for {
		f, need, ok := readFrame(r.chunk)
		if ok {
			r.chunk = r.chunk[f.size:]
			r.skipped, r.bad = r.skipped+r.bad, 0
			if f.seq < r.expected {
				continue
			}
			r.expected = f.seq + 1
			return f, nil
		}
		if need > 0 || len(r.chunk) == 0 {
			more, err := r.read(max(need, 1), limit)
			if err != nil {
				return frame{}, err
			}
			if more {
				continue
			}
			if len(r.chunk) == 0 {
				return frame{}, io.EOF
			}
		}
		r.pass()
	}
}

// pass goes on to where the next frame may begin.
func (r *reader) pass() {
	at := bytes.IndexByte(r.chunk[1:], marker[0])
	if at < 0 {
		at = len(r.chunk) - 1
	}
	r.bad += int64(at + 1)
	r.chunk = r.chunk[at+1:]
}

// read adds to chunk what makes it at least need bytes; false: there is not as much.
func (r *reader) read(need int, limit int64) (bool, error) {
	left := limit - r.off
	if int64(need-len(r.chunk)) > left {
		return false, nil
	}
	size := max(need, chunkSize)
	if cap(r.room) < size {
		r.room = make([]byte, size)
	}
	n := copy(r.room[:size], r.chunk)
	n2, err := r.file.ReadAt(r.room[n:min(int64(size), int64(n)+left)], r.off)
	r.chunk = r.room[:n+n2]
	r.off += int64(n2)
	if len(r.chunk) >= need {
		return true, nil
	}
	return false, err
}
