package pickle

import "sync"

// Decode gives the Python value that data holds, in the mapping of package
// pyval. An error is an *Error, or wraps ErrTooLarge where data is longer than
// l allows.
//
// Decode keeps no reference to data. Calls may run at the same time.
func Decode(data []byte, l Limits) (any, error) {
	m := getMachine(l)
	defer putMachine(m)
	if err := m.load(data); err != nil {
		return nil, err
	}
	v, err := m.decode()
	if err != nil {
		return nil, err
	}
	return m.finish(v)
}

// finish gives the result v, once the depth of it is known to be in bounds.
func (m *machine) finish(v value) (any, error) {
	x := m.plain(v)
	if m.dict != nil {
		m.fillRoot()
	}
	d := depths{limit: m.limits.Depth}
	if _, err := d.measure(x, 0); err != nil {
		return nil, err
	}
	return x, nil
}

// A machine with more memory than this is not kept for the next pickle.
const maxPooled = 1 << 10

var machines = sync.Pool{New: func() any { return new(machine) }}

func getMachine(l Limits) *machine {
	m := machines.Get().(*machine)
	m.limits = l.withDefaults()
	return m
}

func putMachine(m *machine) {
	if cap(m.stack) > maxPooled || cap(m.memo) > maxPooled || cap(m.objects) > maxPooled || cap(m.entries) > maxPooled {
		return
	}
	m.reset()
	machines.Put(m)
}

// reset makes m ready for the next pickle and lets go of the last.
func (m *machine) reset() {
	clear(m.objects)
	m.data, m.s, m.pos = nil, "", 0
	m.stack, m.marks, m.fence = m.stack[:0], m.marks[:0], 0
	m.memo, m.sparse, m.holes = m.memo[:0], nil, 0
	m.objects, m.spent = m.objects[:0], 0
	m.state, m.entries, m.seen, m.dict = noRoot, m.entries[:0], [4]uint64{}, nil
}
