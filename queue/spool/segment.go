package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// segment is a file of frames, and what is known of it.
type segment struct {
	first   uint64 // its name: the sequence number of the first record
	end     uint64 // that of the record after its last one
	writer  writer
	path    string
	file    *os.File
	size    int64  // bytes that the system has
	synced  uint64 // the records below are on disk
	born    time.Time
	last    time.Time // when it was written to
	damaged bool
}

// The head of a segment: what it is, the source, the process and when that started, the
// first record, checksum.
const (
	magic       = "sluspl1\n"
	sourceAt    = len(magic)
	processAt   = sourceAt + 8
	startAt     = processAt + 8
	firstAt     = startAt + 8
	headSumAt   = firstAt + 8
	segmentHead = 44 // bytes in all
	suffix      = ".seg"
	asideSuffix = ".aside"
)

func segmentName(first uint64) string { return fmt.Sprintf("%020d%s", first, suffix) }

// segmentFirst gives the sequence number in a segment's name.
func segmentFirst(name string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	first, err := strconv.ParseUint(digits, 10, 64)
	return first, err == nil && first > 0 && first < math.MaxInt64
}

func (g *segment) head() []byte {
	head := make([]byte, segmentHead)
	copy(head, magic)
	binary.BigEndian.PutUint64(head[sourceAt:], g.writer.source)
	binary.BigEndian.PutUint64(head[processAt:], uint64(g.writer.process))
	binary.BigEndian.PutUint64(head[startAt:], uint64(g.writer.start))
	binary.BigEndian.PutUint64(head[firstAt:], g.first)
	binary.BigEndian.PutUint32(head[headSumAt:], crc32.Checksum(head[:headSumAt], castagnoli))
	return head
}

// openSegment opens a segment that is there and reads all of it: the records found
// are told to found, in order.
func openSegment(path string, first uint64, found func(seq uint64)) (*segment, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	g := &segment{first: first, end: first, path: path, file: file, size: info.Size(), born: info.ModTime(), last: info.ModTime()}
	head := make([]byte, segmentHead)
	if _, err := file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		_ = file.Close()
		return nil, err
	}
	g.writer = writer{
		source:  binary.BigEndian.Uint64(head[sourceAt:]),
		process: int64(binary.BigEndian.Uint64(head[processAt:])),
		start:   int64(binary.BigEndian.Uint64(head[startAt:])),
	}
	if !bytes.Equal(head, g.head()) {
		g.writer, g.damaged = writer{}, g.size > 0
	}
	r := reader{segment: g, file: file, expected: first}
	for {
		f, err := r.next(g.size)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			_ = file.Close()
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		found(f.seq)
		g.end = f.seq + 1
	}
	g.synced = g.end // or what there is of it
	g.damaged = g.damaged || r.skipped+r.bad > 0
	return g, nil
}

// remove ends a segment that all are behind. One that is damaged is kept beside.
func (g *segment) remove() error {
	err := g.file.Close()
	if !g.damaged {
		return errors.Join(err, os.Remove(g.path))
	}
	aside, free := g.path+asideSuffix, false
	for i := 1; i < 1000 && !free; i++ {
		if _, err := os.Lstat(aside); errors.Is(err, os.ErrNotExist) {
			free = true
			break
		}
		aside = fmt.Sprintf("%s%s%d", g.path, asideSuffix, i)
	}
	if !free {
		return errors.Join(err, fmt.Errorf("%s is damaged and there is no name left to set it aside", g.path))
	}
	return errors.Join(err, os.Rename(g.path, aside))
}

func syncDir(dir string) error {
	if !dirsSync {
		return nil
	}
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
