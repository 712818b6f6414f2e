package spool

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sluicelog/sluice"
)

// Each calls f with every record that is held, oldest first, without taking it. f
// must neither modify nor keep it. What cannot be read is passed over.
func (s *Spool) Each(f func(r *sluice.Record)) error {
	s.mu.Lock()
	if err := s.write(s.end()); err != nil {
		s.unlock()
		return err
	}
	type part struct {
		in   reader
		size int64
	}
	var parts []part
	for _, g := range s.segments {
		parts = append(parts, part{reader{segment: g, file: g.file, expected: s.base}, g.size})
	}
	s.unlock()
	var r sluice.Record
	var room []byte
	for _, p := range parts {
		p.in.room = room
		for {
			frame, err := p.in.next(p.size)
			if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) { // delivered meanwhile
				break
			}
			if err != nil {
				return fmt.Errorf("spool: read %s: %w", p.in.segment.path, err)
			}
			if parseRecord(&r, frame.payload) == nil {
				p.in.segment.writer.sign(&r, frame.seq, s.options.Number, s.writer)
				f(&r)
			}
		}
		room = p.in.room
	}
	return nil
}
