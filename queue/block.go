package queue

import (
	"log/slog"

	"github.com/sluicelog/sluice"
)

// perBlock is how many records a block has.
const perBlock = 32

// block is memory for some records, one after the other: processors fetch such in
// advance, and what is to be kept in mind for each is kept for all. Who puts writes
// a record and left, who takes writes neither: between two processors each such
// word costs more than its copy.
type block struct {
	attrs   []slog.Attr // of the records, as far as it is used
	spans   int         // of the cursors that are at work on it
	gone    bool        // it has left its lane
	lost    bool        // somebody who was given up may still read it: it is not used again
	stale   bool        // it was used before, and may hold values of a program anywhere
	tidied  int         // otherwise, of the records, those that do not any more
	rich    uint32      // the places of records that were not plain, as bits
	left    [perBlock]int32
	records [perBlock]sluice.Record

	// What few need.
	seqs    [perBlock]uint64 // of a ring with urgent records: in which order they came
	bytes   [perBlock]int64  // of one that is bounded in bytes
	reasons [perBlock]string // why a cursor did not deliver what others still may
}

// copyIn copies r, of which plain says whether it is, into the place at of b.
func (b *block) copyIn(at uint64, r *sluice.Record, plain bool) {
	dst := &b.records[at]
	if bit := uint32(1) << at; !plain || b.rich&bit != 0 {
		b.rich &^= bit
		if !plain {
			b.rich |= bit
		}
		dst.Attrs = b.room(len(r.Attrs))
		r.CopyTo(dst)
		return
	}
	dst.Time, dst.Level, dst.Name, dst.Message = r.Time, r.Level, r.Name, r.Message
	dst.Scope, dst.Attrs, dst.PC = r.Scope, nil, r.PC
	if len(r.Attrs) > 0 {
		dst.Attrs = append(b.room(len(r.Attrs)), r.Attrs...)
	}
}

// room gives memory for n attributes, if they are not too many to be worth keeping
// it for others.
func (b *block) room(n int) []slog.Attr {
	const most = 64
	used := len(b.attrs)
	switch {
	case n <= cap(b.attrs)-used:
		b.attrs = b.attrs[:used+n]
	case n <= most:
		used, b.attrs = 0, make([]slog.Attr, n, max(2*cap(b.attrs), most))
	default:
		return nil
	}
	return b.attrs[used : used : used+n]
}

// isPlain says that r has none of the fields that are mostly empty. Where one that had
// was not before, they need not be written: they are two fifths of a record.
func isPlain(r *sluice.Record) bool {
	return r.LevelName == "" && r.Source == nil && r.ExcText == "" && r.StackInfo == "" && r.Origin == nil && r.ID.IsZero()
}

// tidy lets go of a program's values in b, of which the first used places may have
// some. It is false if there was nothing to do.
func (b *block) tidy(used int) bool {
	switch {
	case b.stale:
		clear(b.records[:])
		clear(b.attrs[:cap(b.attrs)])
		b.stale, b.rich = false, 0
	case b.tidied < used:
		for i := range b.records[b.tidied:used] {
			clear(b.records[b.tidied+i].Attrs)
			b.records[b.tidied+i] = sluice.Record{}
			b.rich &^= 1 << (b.tidied + i)
		}
	default:
		return false
	}
	b.tidied = used
	return true
}

// memory is blocks for records to come. The Ring's mu guards it.
type memory struct {
	used  []*block // as they became free
	clean []*block // the same, with nothing of a program in them
}

// take gives a block: the one that was used last, as processors have it at hand.
func (m *memory) take() *block {
	const attrs = 5 // few are the rule
	for _, from := range []*[]*block{&m.used, &m.clean} {
		if n := len(*from); n > 0 {
			b := (*from)[n-1]
			*from = (*from)[:n-1]
			b.attrs, b.gone, b.tidied = b.attrs[:0], false, 0
			return b
		}
	}
	return &block{attrs: make([]slog.Attr, 0, attrs*perBlock)}
}

// keep takes b back if nobody needs it any more, as it is: clearing takes as long as
// copying.
func (m *memory) keep(b *block) {
	if b.gone && b.spans == 0 && !b.lost {
		b.stale = true
		m.used = append(m.used, b)
	}
}

// tidyUp lets go of what is in one block that is free. It is false if there is none.
func (m *memory) tidyUp() bool {
	n := len(m.used)
	if n == 0 {
		return false
	}
	b := m.used[n-1]
	m.used = m.used[:n-1]
	b.tidy(0)
	m.clean = append(m.clean, b)
	return true
}

// tidyUp lets go of a program's values in memory that is free, a little at a time:
// whoever finds nothing to take does. It is false if there was nothing to do. The
// caller holds mu.
func (q *Ring) tidyUp() bool {
	if q.memory.tidyUp() {
		return true
	}
	for i := range q.lanes {
		l := &q.lanes[i]
		if l.head < l.tail || l.tail%perBlock == 0 {
			continue
		}
		if b := l.last; b.spans == 0 && !b.lost && b.tidy(int(l.tail%perBlock)) {
			return true
		}
	}
	return false
}
