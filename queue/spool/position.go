package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// position is the file that says how far a destination is: two slots, written in
// turn, so that one of them holds when a write is cut short. A slot is a generation,
// a sequence number and a checksum.
type position struct {
	path       string
	file       *os.File
	generation uint64
}

const (
	slotSize     = 32
	slotSum      = 16
	cursorPrefix = "cursor-"
	maxName      = 200 // bytes of a cursor's file name
)

// cursorFile gives the name of the file of a cursor: whatever its name is, the file
// lies in the spool and is told from all others.
func cursorFile(name string) (string, error) {
	file := []byte(cursorPrefix)
	for i := range len(name) {
		c := name[i]
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' {
			file = append(file, c)
		} else { // capitals, too: there are systems that do not tell them apart
			file = fmt.Appendf(file, "%%%02x", c)
		}
	}
	if len(file) > maxName {
		return "", fmt.Errorf("cursor %q: the name is too long", name)
	}
	return string(file), nil
}

// cursorName gives the cursor's name in that of its file.
func cursorName(file string) (string, bool) {
	escaped, ok := strings.CutPrefix(file, cursorPrefix)
	if !ok {
		return "", false
	}
	var name []byte
	for escaped != "" {
		if escaped[0] != '%' {
			name, escaped = append(name, escaped[0]), escaped[1:]
			continue
		}
		if len(escaped) < 3 {
			return "", false
		}
		c, err := strconv.ParseUint(escaped[1:3], 16, 8)
		if err != nil {
			return "", false
		}
		name, escaped = append(name, byte(c)), escaped[3:]
	}
	again, err := cursorFile(string(name))
	return string(name), err == nil && again == file
}

func createPosition(path string, perm fs.FileMode) (*position, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|openFlags, perm)
	if err != nil {
		return nil, err
	}
	if err := chmod(file, perm); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(path))
	}
	return &position{path: path, file: file}, nil
}

// openPosition opens one that is there; seq is 0 if it says nothing that holds.
func openPosition(path string) (p *position, seq uint64, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|openFlags, 0)
	if err != nil {
		return nil, 0, err
	}
	p = &position{path: path, file: file}
	var slots [2 * slotSize]byte
	if _, err := file.ReadAt(slots[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, errors.Join(err, file.Close())
	}
	for i := range 2 {
		slot := slots[i*slotSize:][:slotSize]
		generation, at := binary.BigEndian.Uint64(slot), binary.BigEndian.Uint64(slot[8:])
		sum := crc32.Checksum(slot[:slotSum], castagnoli)
		if sum == binary.BigEndian.Uint32(slot[slotSum:]) && generation > p.generation {
			p.generation, seq = generation, at
		}
	}
	return p, seq, nil
}

// set stores seq, on disk if it must be.
func (p *position) set(seq uint64, durable bool) error {
	var slot [slotSize]byte
	binary.BigEndian.PutUint64(slot[:], p.generation+1)
	binary.BigEndian.PutUint64(slot[8:], seq)
	binary.BigEndian.PutUint32(slot[slotSum:], crc32.Checksum(slot[:slotSum], castagnoli))
	if _, err := p.file.WriteAt(slot[:], int64((p.generation+1)%2)*slotSize); err != nil {
		return err
	}
	p.generation++
	if durable {
		return p.file.Sync()
	}
	return nil
}

func (p *position) close() error { return p.file.Close() }
