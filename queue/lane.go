package queue

import (
	"log/slog"
	"math/bits"

	"github.com/sluicelog/sluice"
)

// lane is records in the order in which they came, from position head to tail.
type lane struct {
	slots      []*entry // as many as a power of two
	head, tail uint64
}

func (l *lane) grow(size int) { l.slots = make([]*entry, 1<<bits.Len(uint(size-1))) }

func (l *lane) slot(at uint64) **entry { return &l.slots[at&uint64(len(l.slots)-1)] }

func (l *lane) at(at uint64) *entry { return *l.slot(at) }

func (l *lane) push(e *entry) {
	*l.slot(l.tail) = e
	l.tail++
}

// entry is a record and its memory.
type entry struct {
	record sluice.Record
	seq    uint64
	bytes  int64
	left   int    // cursors that have not settled it
	reason string // why one of them did not deliver it
	lost   bool   // somebody who was given up may still read it: its memory is not used again
}

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
