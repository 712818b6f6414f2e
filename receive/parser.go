package receive

import (
	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/wire"
)

// Parser fills a record from a frame's payload; wire.Pickle is one. It must be safe
// for concurrent use, must keep neither data nor the record, and must bound what
// it spends. The record is empty, or what it or another Parser made of the frame
// before, whose memory may be used again.
type Parser interface {
	ParseRecordInto(r *sluice.Record, data []byte) error
}

// ownParser gives a parser that only the caller uses, which may be faster.
func (s *Server) ownParser() Parser {
	switch codec := s.parser.(type) {
	case *wire.Syslog:
		return codec.NewReader()
	case wire.Pickle:
		return codec.NewReader()
	}
	return s.parser
}
