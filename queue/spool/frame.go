package spool

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// A frame is a record in a segment: marker, length of the payload, sequence number,
// checksum of the payload and of the two numbers, payload. The numbers are big
// endian.
const (
	marker     = "\xf5Sl\x01" // no text contains it: the first byte is none of UTF-8's
	lengthAt   = len(marker)
	seqAt      = lengthAt + 4
	sumAt      = seqAt + 8
	frameHead  = sumAt + 4
	maxPayload = 16 << 20
)

// beginFrame appends the room of a frame's head.
func beginFrame(dst []byte) []byte {
	var room [frameHead - len(marker)]byte
	return append(append(dst, marker...), room[:]...)
}

// endFrame fills the head of frame in, but for what depends on the sequence number,
// and gives the checksum of the payload.
func endFrame(frame []byte) uint32 {
	binary.BigEndian.PutUint32(frame[lengthAt:], uint32(len(frame)-frameHead))
	return crc32.Update(0, castagnoli, frame[frameHead:])
}

// number gives frame its sequence number.
func number(frame []byte, seq uint64, payload uint32) {
	binary.BigEndian.PutUint64(frame[seqAt:], seq)
	binary.BigEndian.PutUint32(frame[sumAt:], crc32.Update(payload, castagnoli, frame[lengthAt:sumAt]))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one that was read.
type frame struct {
	seq     uint64
	payload []byte
	size    int // all of it, in the segment
}

// wholeFrames gives the length of the frames that p begins with, and the number of the
// record behind them, if that of the first is next.
func wholeFrames(p []byte, next uint64) (n int, end uint64) {
	for {
		f, _, ok := readFrame(p[n:])
		if !ok {
			return n, next
		}
		n, next = n+f.size, f.seq+1
	}
}

// readFrame reads the frame at the head of data. If it is not there whole, need is
// how many bytes that takes, as far as can be seen; 0: what is there is no frame.
func readFrame(data []byte) (f frame, need int, ok bool) {
	if len(data) < frameHead {
		if bytes.HasPrefix([]byte(marker), data[:min(len(data), len(marker))]) {
			return frame{}, frameHead, false
		}
		return frame{}, 0, false
	}
	if string(data[:len(marker)]) != marker {
		return frame{}, 0, false
	}
	n := int64(binary.BigEndian.Uint32(data[lengthAt:]))
	if n > maxPayload {
		return frame{}, 0, false
	}
	size := frameHead + int(n)
	if len(data) < size {
		return frame{}, size, false
	}
	payload := data[frameHead:size]
	sum := crc32.Update(crc32.Update(0, castagnoli, payload), castagnoli, data[lengthAt:sumAt])
	if sum != binary.BigEndian.Uint32(data[sumAt:]) {
		return frame{}, 0, false
	}
	return frame{seq: binary.BigEndian.Uint64(data[seqAt:]), payload: payload, size: size}, 0, true
}
