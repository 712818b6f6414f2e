package pickle

import (
	"fmt"
	"log/slog"
	"sync"

	"github.com/sluicelog/sluice/pyval"
)

// Decode gives the Python value that data holds, in the mapping of package
// pyval. An error is an *Error, or wraps ErrTooLarge where data is longer than
// l allows.
//
// Decode keeps no reference to data. Calls may run at the same time.
func Decode(data []byte, l Limits) (any, error) {
	m := getMachine(l)
	defer putMachine(m)
	v, err := m.decode(data)
	if err != nil {
		return nil, err
	}
	return m.finish(v)
}

// DecodeAttrs appends to dst the entries of the dict with str keys that data
// holds, as Python's handlers send a record: a str as String, an int that fits as
// Int64, a float as Float64, a bool as Bool, None as Any of nil, and what else there
// is as Any of a value of package pyval. It is Decode, faster, and differs only in
// that form; it gives ErrNotDict for all other values.
func DecodeAttrs(data []byte, l Limits, dst []slog.Attr) ([]slog.Attr, error) {
	m := getMachine(l)
	defer putMachine(m)
	v, err := m.decode(data)
	if err != nil {
		return dst, err
	}
	if v.kind == kindRoot && m.state == rootInEntries && m.dict == nil {
		return m.appendAttrs(dst)
	}
	x, err := m.finish(v)
	if err != nil {
		return dst, err
	}
	return appendDict(dst, x)
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

// appendDict appends the entries of the dict x.
func appendDict(dst []slog.Attr, x any) ([]slog.Attr, error) {
	d, ok := x.(*pyval.Dict)
	if !ok {
		return dst, fmt.Errorf("unpickle: a value of type %s: %w", pyval.TypeName(x), ErrNotDict)
	}
	attrs := dst
	for _, p := range d.Pairs {
		k, ok := p.Key.(string)
		if !ok {
			return dst, fmt.Errorf("unpickle: a key of type %s: %w", pyval.TypeName(p.Key), ErrNotDict)
		}
		attrs = append(attrs, slog.Attr{Key: k, Value: valueOf(p.Value)})
	}
	return attrs, nil
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
	if cap(m.stack) > maxPooled || cap(m.memo) > maxPooled || cap(m.objects) > maxPooled {
		return
	}
	clear(m.objects)
	*m = machine{
		stack: m.stack[:0], marks: m.marks[:0], memo: m.memo[:0], objects: m.objects[:0],
		root: root{entries: m.entries[:0]},
	}
	machines.Put(m)
}
