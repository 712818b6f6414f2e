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
//	drop "801:29" "app.log.5"
//	move "801:2b" "app.log.4" "app.log.5"
//
// The two numbers are the length of what follows and its CRC-32C; what comes after
// that is left from a longer note.
type note struct {
	since time.Time // begin of the running period
	file  string    // which file that is said of
	last  string    // the newest backup, as relative gives it
	steps []intended
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
	for _, s := range n.steps {
		if s.to == "" {
			dst = appendNamed(dst, "drop", s.id, s.from)
		} else {
			dst = appendNamed(dst, "move", s.id, s.from, s.to)
		}
	}
	head := fmt.Appendf(dst[:start:start], "sluice %d %08x %08x\n", noteVersion, len(dst)-body, crc32.Checksum(dst[body:], crc32.MakeTable(crc32.Castagnoli)))
	copy(dst[start:], head)
	return dst
}

func appendNamed(dst []byte, key string, values ...string) []byte {
	if values[0] == "" {
		return dst
	}
	dst = append(dst, key...)
	for _, value := range values {
		dst = append(dst, ' ')
		dst = strconv.AppendQuote(dst, value)
	}
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
	case "drop", "move":
		var s intended
		err = unquote(value, map[string][]*string{
			"drop": {&s.id, &s.from}, "move": {&s.id, &s.from, &s.to},
		}[key]...)
		n.steps = append(n.steps, s)
	default:
		err = errNoteGarbled
	}
	return err
}

// unquote reads quoted words, none of them empty.
func unquote(value string, words ...*string) error {
	for i, word := range words {
		if i > 0 {
			var ok bool
			if value, ok = strings.CutPrefix(value, " "); !ok {
				return errNoteGarbled
			}
		}
		quoted, err := strconv.QuotedPrefix(value)
		if err != nil {
			return err
		}
		if *word, err = strconv.Unquote(quoted); err != nil || *word == "" {
			return errNoteGarbled
		}
		value = value[len(quoted):]
	}
	if value != "" {
		return errNoteGarbled
	}
	return nil
}
