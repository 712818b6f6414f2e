package pickle

import (
	"fmt"
	"log/slog"
	"math"

	"github.com/sluicelog/sluice/pyval"
)

// Fields are the entries of a dict with str keys, as Python's handlers send a
// record, in their order. They lie in memory that is used again, and in the pickle
// itself, which must not change before Release. That ends them, but not the strings
// and values that they gave. They are not for several goroutines at once.
type Fields struct{ m *machine }

// DecodeFields is Decode of a dict with str keys without making a Go value of each
// entry first. It gives ErrNotDict for all other values. expected may be nil.
func DecodeFields(data []byte, l Limits, expected *Names) (Fields, error) {
	m := getMachine(l)
	if expected == nil {
		expected = new(Names)
	}
	if err := m.decodeFields(data, expected); err != nil {
		putMachine(m)
		return Fields{}, err
	}
	return Fields{m}, nil
}

// Release ends the use of f. No more of its methods may be called.
func (f Fields) Release() { putMachine(f.m) }

// Len is the number of entries.
func (f Fields) Len() int { return len(f.m.entries) }

// Name tells which of the expected Names the key of entry i was recognized as; -1 if
// its Key is to be looked at, which may be one of them all the same.
func (f Fields) Name(i int) int { return int(f.m.entries[i].key.name) - 1 }

// Key gives the key of entry i.
func (f Fields) Key(i int) string {
	if k := f.m.entries[i].key; k.kind == kindStr {
		return f.m.part(k)
	}
	key, _ := f.m.str(f.m.entries[i].key)
	return key
}

// Size is the number of bytes that the texts of entry i have: its key's, unless it was
// recognized as one of Names, and its value's, if that is a str.
func (f Fields) Size(i int) int {
	e := &f.m.entries[i]
	n := int(e.value.size)
	if e.key.name == 0 {
		n += int(e.key.size)
	}
	return n
}

// KeyText gives the key of entry i in memory that Release ends.
func (f Fields) KeyText(i int) []byte {
	if k := f.m.entries[i].key; k.kind == kindStr {
		return f.m.bytes(k)
	}
	return []byte(f.Key(i))
}

// Text gives the value of entry i, if it is a str, in memory that Release ends.
func (f Fields) Text(i int) ([]byte, bool) {
	v := f.m.entries[i].value
	if v.kind == kindStr {
		return f.m.bytes(v), true
	}
	s, ok := f.m.str(v)
	return []byte(s), ok
}

// Str gives the value of entry i, if it is a str.
func (f Fields) Str(i int) (string, bool) {
	v := f.m.entries[i].value
	if v.kind == kindStr {
		return f.m.part(v), true
	}
	return f.m.str(v)
}

// Int gives the value of entry i, if it is an int that fits.
func (f Fields) Int(i int) (int64, bool) {
	v := f.m.entries[i].value
	return int64(v.bits), v.kind == kindInt
}

// Float gives the value of entry i, if it is a float.
func (f Fields) Float(i int) (float64, bool) {
	v := f.m.entries[i].value
	return math.Float64frombits(v.bits), v.kind == kindFloat
}

// None tells whether the value of entry i is None.
func (f Fields) None(i int) bool { return f.m.entries[i].value.kind == kindNone }

// Any gives the value of entry i in the mapping of package pyval.
func (f Fields) Any(i int) any { return f.m.plain(f.m.entries[i].value) }

// Value gives the value of entry i: a str as String, an int that fits as Int64, a
// float as Float64, a bool as Bool, None as Any of nil, and what else there is as
// Any of a value of package pyval.
func (f Fields) Value(i int) slog.Value {
	switch v := f.m.entries[i].value; v.kind {
	case kindStr:
		return slog.StringValue(f.m.part(v))
	case kindInt:
		return slog.Int64Value(int64(v.bits))
	case kindFloat:
		return slog.Float64Value(math.Float64frombits(v.bits))
	case kindBool:
		return slog.BoolValue(v.bits != 0)
	default:
		return slog.AnyValue(f.m.plain(v)) // makes a String of a string
	}
}

// decodeFields leaves the entries of the dict that data holds in m.entries.
func (m *machine) decodeFields(data []byte, expected *Names) error {
	if err := m.load(data); err != nil {
		return err
	}
	if m.flat(expected) {
		return nil
	}
	v, err := m.decode()
	if err != nil {
		return err
	}
	if v.kind == kindRoot && m.state == rootInEntries && m.dict == nil {
		if len(m.objects) == 0 {
			return nil
		}
		return m.measureEntries()
	}
	x, err := m.finish(v)
	if err != nil {
		return err
	}
	d, ok := x.(*pyval.Dict)
	if !ok {
		return fmt.Errorf("unpickle: a value of type %s: %w", pyval.TypeName(x), ErrNotDict)
	}
	m.entries = m.entries[:0]
	for _, p := range d.Pairs {
		if _, ok := p.Key.(string); !ok {
			return fmt.Errorf("unpickle: a key of type %s: %w", pyval.TypeName(p.Key), ErrNotDict)
		}
		m.entries = append(m.entries, entry{m.value(p.Key), m.value(p.Value)})
	}
	return nil
}

// measureEntries checks the depth of the values of the root's entries.
func (m *machine) measureEntries() error {
	d := depths{limit: m.limits.Depth}
	for i := range m.entries {
		if v := m.entries[i].value; v.kind == kindObject {
			if _, err := d.measure(m.objects[v.bits], 1); err != nil {
				return err
			}
		}
	}
	return nil
}
