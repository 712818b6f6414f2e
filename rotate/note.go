package rotate

import (
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"
)

// A note is what a sidecar says: where the file stands since its last rollover.
//
//	sluice 1 0000004c 6b1d3a52
//	since 1774749600
//	file "801:2a"
//	last "app.log.2026-03-28"
//
// The two numbers are the length of what follows and its CRC-32C; what comes after
// that is left from a longer note.
type note struct {
	since time.Time // begin of the running period
	file  string    // which file that is said of
	last  string    // the newest backup, as relative gives it
}

var (
	errNoteEmpty   = errors.New("the journal is empty")
	errNoteGarbled = errors.New("the journal is garbled")
	errNoteNewer   = errors.New("the journal is of a newer version")
)

const (
	noteVersion = 1
	noteHead    = len("sluice 1 00000000 00000000\n")
)

func (n note) append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, "sluice 1 00000000 00000000\n"...)
	body := len(dst)
	if !n.since.IsZero() {
		dst = append(dst, "since "...)
		dst = strconv.AppendInt(dst, n.since.Unix(), 10)
		dst = append(dst, '\n')
	}
	dst = appendNamed(dst, "file", n.file)
	dst = appendNamed(dst, "last", n.last)
	head := fmt.Appendf(dst[:start:start], "sluice %d %08x %08x\n", noteVersion, len(dst)-body, crc32.Checksum(dst[body:], crc32.MakeTable(crc32.Castagnoli)))
	copy(dst[start:], head)
	return dst
}

func appendNamed(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, key...)
	dst = append(dst, ' ')
	dst = strconv.AppendQuote(dst, value)
	return append(dst, '\n')
}

func parseNote(p []byte) (note, error) {
	if len(p) == 0 {
		return note{}, errNoteEmpty
	}
	head, body, _ := strings.Cut(string(p), "\n")
	var version int
	var size, sum uint32
	if _, err := fmt.Sscanf(head, "sluice %d", &version); err == nil && version > noteVersion {
		return note{}, fmt.Errorf("%w: %d", errNoteNewer, version)
	}
	_, err := fmt.Sscanf(head, "sluice 1 %08x %08x", &size, &sum)
	if err != nil || len(head)+1 != noteHead || int64(len(body)) < int64(size) {
		return note{}, errNoteGarbled
	}
	body = body[:size]
	if crc32.Checksum([]byte(body), crc32.MakeTable(crc32.Castagnoli)) != sum {
		return note{}, errNoteGarbled
	}
	var n note
	for line := range strings.Lines(body) {
		if err := n.parse(strings.TrimSuffix(line, "\n")); err != nil {
			return note{}, fmt.Errorf("%w: %q", errNoteGarbled, line)
		}
	}
	return n, nil
}

func (n *note) parse(line string) (err error) {
	key, value, _ := strings.Cut(line, " ")
	switch key {
	case "since":
		var at int64
		at, err = strconv.ParseInt(value, 10, 64)
		n.since = time.Unix(at, 0)
	case "file":
		n.file, err = strconv.Unquote(value)
	case "last":
		n.last, err = strconv.Unquote(value)
	default:
		err = errNoteGarbled
	}
	return err
}
