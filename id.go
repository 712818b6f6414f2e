package sluice

import (
	"encoding/hex"
	"strconv"
)

// ID tells records of which one may arrive twice apart: the same record has the
// same ID everywhere. The zero ID is none.
type ID struct {
	Source uint64 // who numbers: another one for each process that does, made at random
	Seq    uint64 // from 1 on
}

// IsZero reports whether there is no ID.
func (id ID) IsZero() bool { return id == ID{} }

// AppendText appends the ID as ParseID reads it: sixteen hexadecimal digits, a dash
// and a decimal number.
func (id ID) AppendText(dst []byte) ([]byte, error) {
	var b [8]byte
	for i := range b {
		b[i] = byte(id.Source >> (56 - 8*i))
	}
	dst = append(hex.AppendEncode(dst, b[:]), '-')
	return strconv.AppendUint(dst, id.Seq, 10), nil
}

// String gives what AppendText appends.
func (id ID) String() string {
	text, _ := id.AppendText(nil)
	return string(text)
}

// ParseID reads what AppendText wrote; false if s is nothing else than that.
func ParseID(s string) (ID, bool) {
	if len(s) < 18 || s[16] != '-' {
		return ID{}, false
	}
	source, err := strconv.ParseUint(s[:16], 16, 64)
	if err != nil {
		return ID{}, false
	}
	seq, err := strconv.ParseUint(s[17:], 10, 64)
	id := ID{source, seq}
	return id, err == nil && seq > 0 && id.String() == s
}
