package queue

import (
	"log/slog"
	"math/bits"

	"github.com/sluicelog/sluice"
)

// lane is records in the order in which they came, from position head to tail.
type lane struct {
	head, tail uint64
	last       *block   // which the record before tail is in
	blocks     []*block // of those from head to tail; their number is a power of two
}

func (l *lane) grow(size int) {
	most := (size+perBlock-1)/perBlock + 1
	l.blocks = make([]*block, 1<<bits.Len(uint(most-1)))
}

func (l *lane) len() int { return int(l.tail - l.head) }

func (l *lane) slot(at uint64) **block {
	return &l.blocks[at/perBlock&uint64(len(l.blocks)-1)]
}

// block gives the block of a position from head to tail.
func (l *lane) block(at uint64) *block { return *l.slot(at) }

func (l *lane) seq(at uint64) uint64 { return l.block(at).seqs[at%perBlock] }

// span is records of one block, and of a lane from at to end, that a cursor is at
// work on.
type span struct {
	block   *block
	at, end uint64
}

func (r span) len() int { return int(r.end - r.at) }

// sizeOf is about how much memory r takes.
func sizeOf(r *sluice.Record) int64 {
	const record = 256
	n := record + len(r.Message) + len(r.Name) + len(r.ExcText) + len(r.StackInfo) + sizeOfAttrs(r.Attrs)
	return int64(n)
}

func sizeOfAttrs(attrs []slog.Attr) int {
	const attr = 40
	n := attr * len(attrs)
	for i := range attrs {
		n += len(attrs[i].Key)
		switch v := attrs[i].Value; v.Kind() {
		case slog.KindString:
			n += len(v.String())
		case slog.KindGroup:
			n += sizeOfAttrs(v.Group())
		case slog.KindAny:
			if b, ok := v.Any().([]byte); ok {
				n += len(b)
			}
		}
	}
	return n
}
