package queue

import (
	"log/slog"

	"github.com/sluicelog/sluice"
)

// memory is what is free for records to come, in the order in which it became free:
// whoever fills or reads it goes through it from one end to the other, which
// processors fetch in advance. The Ring's mu guards it.
type memory struct {
	free lane
	tidy uint64 // those before hold nothing of a program
}

// take gives memory for a record.
func (m *memory) take() *entry {
	f := &m.free
	if f.head == f.tail {
		m.grow()
	}
	e := f.at(f.head)
	f.head++
	m.tidy = max(m.tidy, f.head)
	return e
}

// grow makes memory for some more records.
func (m *memory) grow() {
	// Few attributes are the rule: they lie beside their record.
	const together, attrs = 64, 5
	block := make([]struct {
		entry
		attrs [attrs]slog.Attr
	}, together)
	for i := range block {
		b := &block[i]
		b.record.Attrs = b.attrs[:0]
		m.put(&b.entry)
	}
	m.tidy = m.free.tail
}

// put adds e to what is free.
func (m *memory) put(e *entry) {
	f := &m.free
	if f.tail-f.head == uint64(len(f.slots)) {
		larger := lane{head: f.head, tail: f.head}
		larger.grow(max(64, 2*len(f.slots)))
		for ; f.head < f.tail; f.head++ {
			larger.push(f.at(f.head))
		}
		*f = larger
	}
	f.push(e)
}

// keep takes the memory of a record that is settled back, as it is: clearing it
// takes as long as copying.
func (m *memory) keep(e *entry) {
	const most = 64 // attributes: one huge record must not hold its memory for ever
	if !e.lost && cap(e.record.Attrs) <= most {
		m.put(e)
	}
}

// tidyUp lets go of a program's values in memory that is free, a few records at a
// time: whoever finds nothing to take does. It is false if there was nothing to do.
func (m *memory) tidyUp() bool {
	const few = 16
	n := min(few, m.free.tail-m.tidy)
	for range n {
		e := m.free.at(m.tidy)
		attrs := e.record.Attrs
		clear(attrs)
		e.record = sluice.Record{Attrs: attrs[:0]}
		m.tidy++
	}
	return n > 0
}
