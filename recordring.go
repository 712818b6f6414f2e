package sluice

// recordRing is a queue of copies of records, in slots that are used again: once
// it has its size, a record costs no allocation. The zero recordRing is empty.
type recordRing struct {
	slots []recordSlot
	head  int // of the oldest
	n     int
}

type recordSlot struct {
	Record
	size int // what push was told
}

// push puts a copy of r behind the others.
func (q *recordRing) push(r *Record, size int) {
	if q.n == len(q.slots) {
		q.grow()
	}
	s := &q.slots[(q.head+q.n)%len(q.slots)]
	r.CopyTo(&s.Record)
	s.size = size
	q.n++
}

func (q *recordRing) grow() {
	const first = 4
	slots := make([]recordSlot, max(first, 2*len(q.slots)))
	n := copy(slots, q.slots[q.head:])
	copy(slots[n:], q.slots[:q.head])
	q.slots, q.head = slots, 0
}

// pop exchanges the oldest record for what is in out, whose memory the ring takes;
// it gives the size that push was told. The ring must not be empty.
func (q *recordRing) pop(out *Record) int {
	s := &q.slots[q.head]
	*out, s.Record = s.Record, *out
	q.head = (q.head + 1) % len(q.slots)
	q.n--
	return s.size
}

// drop drops the oldest record, without a trace of it in memory.
func (q *recordRing) drop() int {
	s := &q.slots[q.head]
	s.recycle()
	q.head = (q.head + 1) % len(q.slots)
	q.n--
	return s.size
}

// clones gives copies, oldest first.
func (q *recordRing) clones() []*Record {
	all := make([]*Record, q.n)
	for i := range all {
		all[i] = q.slots[(q.head+i)%len(q.slots)].Clone()
	}
	return all
}

// trim gives memory back where the ring is empty and was larger than need.
func (q *recordRing) trim(need int) {
	if q.n == 0 && len(q.slots) > 2*max(need, minSlots) {
		*q = recordRing{}
	}
}

const minSlots = 64 // are not worth giving back

// recycle empties r but for the memory of its attributes.
func (r *Record) recycle() {
	const most = 64 // attributes: more are rare and not worth keeping room for
	attrs := r.Attrs
	if cap(attrs) > most {
		attrs = nil
	}
	clear(attrs)
	*r = Record{Attrs: attrs[:0]}
}
