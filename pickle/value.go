package pickle

import (
	"math"
	"slices"
)

// value is what lies on the stack and in the memo. It holds no pointer: the
// collector need not look at it, and writing one costs no write barrier, which
// makes the machine twice as fast.
type value struct {
	bits uint64 // of a bool, an int or a float; where in the pickle a str begins; of an object, its place in objects
	size uint32 // of a str
	kind kind
	name uint8 // of a key of a root's entry: 1 and its place in the Names; 0: in none
}

type kind uint8

const (
	kindUnset kind = iota // no value: a place of the memo without entry
	kindNone
	kindBool
	kindInt
	kindFloat
	kindStr
	kindObject // all others, and strs that are not a part of the pickle
	kindRoot   // the outermost dict; see root
)

func intValue(n int64) value     { return value{kind: kindInt, bits: uint64(n)} }
func floatValue(f float64) value { return value{kind: kindFloat, bits: math.Float64bits(f)} }

func boolValue(b bool) value {
	if b {
		return value{kind: kindBool, bits: 1}
	}
	return value{kind: kindBool}
}

// plain gives v in the mapping of package pyval.
func (m *machine) plain(v value) any {
	switch v.kind {
	case kindBool:
		return v.bits != 0
	case kindInt:
		return int64(v.bits)
	case kindFloat:
		return math.Float64frombits(v.bits)
	case kindStr:
		return m.part(v)
	case kindObject:
		return m.objects[v.bits]
	case kindRoot:
		return m.rootDict()
	}
	return nil
}

func (m *machine) plains(vs []value) []any {
	if len(vs) == 0 {
		return nil
	}
	out := make([]any, len(vs))
	for i, v := range vs {
		out[i] = m.plain(v)
	}
	return out
}

// value is the inverse of plain.
func (m *machine) value(x any) value {
	switch x := x.(type) {
	case nil:
		return value{kind: kindNone}
	case bool:
		return boolValue(x)
	case int64:
		return intValue(x)
	case float64:
		return floatValue(x)
	}
	m.objects = append(m.objects, x)
	return value{kind: kindObject, bits: uint64(len(m.objects) - 1)}
}

// part gives the str that is a part of the pickle.
func (m *machine) part(v value) string {
	if m.s == "" {
		m.s = string(m.data) // flat does without
	}
	return m.s[v.bits : v.bits+uint64(v.size)]
}

// bytes gives the same where it was read from.
func (m *machine) bytes(v value) []byte { return m.data[v.bits : v.bits+uint64(v.size)] }

// str gives v if it is a str.
func (m *machine) str(v value) (string, bool) {
	if v.kind == kindStr {
		return m.part(v), true
	}
	s, ok := m.plain(v).(string)
	return s, ok
}

// pushPart pushes a str that ends where the machine has read to, less after bytes.
func (m *machine) pushPart(text string, after int) {
	m.push(value{kind: kindStr, bits: uint64(m.pos - after - len(text)), size: uint32(len(text))})
}

// pushObject pushes a value that takes memory of its own.
func (m *machine) pushObject(x any) error {
	if err := m.spend(1); err != nil {
		return err
	}
	m.push(value{kind: kindObject, bits: uint64(len(m.objects))})
	if len(m.objects) == cap(m.objects) {
		m.objects = slices.Grow(m.objects, max(16, len(m.objects))) // doubles, as the stack
	}
	m.objects = append(m.objects, x)
	return nil
}
