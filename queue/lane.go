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

// take gives memory for a record. The caller holds mu.
func (q *Ring) take() *entry {
	if n := len(q.free); n > 0 {
		e := q.free[n-1]
		q.free = q.free[:n-1]
		q.tidy = min(q.tidy, n-1)
		return e
	}
	// Few attributes are the rule: they lie beside their record.
	const together, attrs = 64, 5
	block := make([]struct {
		entry
		attrs [attrs]slog.Attr
	}, together)
	for i := range block {
		b := &block[i]
		b.record.Attrs = b.attrs[:0]
		q.free = append(q.free, &b.entry)
	}
	return q.take()
}

// keep takes the memory of a record that is settled back, as it is: clearing it
// takes as long as copying. The caller holds mu.
func (q *Ring) keep(e *entry) {
	const most = 64 // attributes: one huge record must not hold its memory for ever
	if !e.lost && cap(e.record.Attrs) <= most {
		q.free = append(q.free, e)
	}
}

// tidyUp lets go of a program's values in memory that is free, a few records at a
// time: whoever finds nothing to take does. It is false if there was nothing to do.
// The caller holds mu.
func (q *Ring) tidyUp() bool {
	const few = 16
	end := min(q.tidy+few, len(q.free))
	todo := q.free[q.tidy:end]
	for _, e := range todo {
		attrs := e.record.Attrs
		clear(attrs)
		e.record = sluice.Record{Attrs: attrs[:0]}
	}
	q.tidy = end
	return len(todo) > 0
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
