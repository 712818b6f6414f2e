package wire

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/sluicelog/sluice"
)

// prefixSize is the length in front of a frame, big endian.
const prefixSize = 4

// Frame puts four bytes of length in front of what a Formatter makes, as Python's
// SocketHandler and DatagramHandler send it: a Formatter whose terminator is none.
type Frame struct{ Formatter sluice.Formatter }

// AppendRecord appends the frame.
func (f Frame) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	start := len(dst)
	dst, err := f.Formatter.AppendRecord(append(dst, 0, 0, 0, 0), r)
	if err != nil {
		return dst[:start], err
	}
	n := len(dst) - start - prefixSize
	if uint64(n) > math.MaxUint32 {
		return dst[:start], fmt.Errorf("frame of %d bytes is too long", n)
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(n))
	return dst, nil
}
