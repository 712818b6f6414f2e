// Package balance counts what became of lines: what a destination has of those
// that were accepted for it. It knows a line by what the line itself says, so it
// needs no word of the one who wrote it.
//
// # Limits
//
// A Ledger keeps some 60 bytes for every line.
package balance

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"strconv"
)

// ID names a line: who wrote it, and its number there.
type ID struct{ Producer, Seq int }

func (id ID) String() string { return fmt.Sprintf("%d/%d", id.Producer, id.Seq) }

// AppendLine appends a line of size bytes with its newline, or of as many as the
// id needs. It has no other newline and no NUL, and is checked by a sum, so that
// no piece of lines is taken for a line.
func AppendLine(dst []byte, id ID, size int) []byte {
	start := len(dst)
	dst = strconv.AppendInt(dst, int64(id.Producer), 10)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, int64(id.Seq), 10)
	dst = append(dst, ' ')
	for i := id.Seq; len(dst)-start < size-len(" 01234567\n"); i++ {
		dst = append(dst, byte('a'+i%26))
	}
	return fmt.Appendf(dst, " %08x\n", crc32.ChecksumIEEE(dst[start:]))
}

// ParseLine tells which line it is, without its newline; false if it is not a
// whole one.
func ParseLine(line []byte) (ID, bool) {
	i := bytes.LastIndexByte(line, ' ')
	if i < 0 || len(line)-i != len(" 01234567") {
		return ID{}, false
	}
	sum, err := strconv.ParseUint(string(line[i+1:]), 16, 32)
	if err != nil || uint32(sum) != crc32.ChecksumIEEE(line[:i]) {
		return ID{}, false
	}
	var id ID
	if n, err := fmt.Sscan(string(line[:i]), &id.Producer, &id.Seq); n != 2 || err != nil {
		return ID{}, false
	}
	return id, true
}
