package spool

import (
	"encoding"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

// kind says what a value is.
type kind byte

const (
	kindNone kind = iota
	kindFalse
	kindTrue
	kindInt
	kindUint
	kindFloat
	kindText
	kindDuration
	kindTime
	kindGroup
	kindBigInt
	kindComplex
	kindBytes
	kindByteArray
	kindTuple
	kindList
	kindDict
	kindSet
	kindFrozenSet
	kindInstance
	kindGlobal
	kindAbsent
	kindSeen
	kindForeign
)

// encoder appends the values of one record, of which some may occur again.
type encoder struct {
	dst  []byte
	seen map[any]int // containers that may occur again, by number
}

func (e *encoder) uint(n uint64)   { e.dst = binary.AppendUvarint(e.dst, n) }
func (e *encoder) int(n int64)     { e.dst = binary.AppendVarint(e.dst, n) }
func (e *encoder) text(s string)   { e.dst = appendText(e.dst, s) }
func (e *encoder) float(f float64) { e.dst = appendFloat(e.dst, f) }

func (e *encoder) bool(b bool) {
	if b {
		e.dst = append(e.dst, 1)
	} else {
		e.dst = append(e.dst, 0)
	}
}

// maxDepth is as deep as values are written; what lies deeper is its text.
const maxDepth = 200

func (e *encoder) kind(k kind) { e.dst = append(e.dst, byte(k)) }

// any appends a value of package pyval, or another one as a foreign one.
func (e *encoder) any(v any, depth int) {
	if tooLong(e.dst) {
		return
	}
	if depth > maxDepth {
		e.foreign(pyval.Repr(v))
		return
	}
	switch v := v.(type) {
	case nil:
		e.kind(kindNone)
	case bool:
		if v {
			e.kind(kindTrue)
		} else {
			e.kind(kindFalse)
		}
	case int64:
		e.kind(kindInt)
		e.int(v)
	case float64:
		e.kind(kindFloat)
		e.float(v)
	case string:
		e.kind(kindText)
		e.text(v)
	case *big.Int:
		e.kind(kindBigInt)
		e.bool(v.Sign() < 0)
		e.text(string(v.Bytes()))
	case complex128:
		e.kind(kindComplex)
		e.float(real(v))
		e.float(imag(v))
	case pyval.Bytes:
		e.kind(kindBytes)
		e.text(string(v))
	case pyval.Opaque:
		if v.Global {
			e.kind(kindGlobal)
		} else {
			e.kind(kindInstance)
		}
		e.text(v.Name)
	case sluice.Absent:
		e.kind(kindAbsent)
	case foreign:
		e.kind(kindForeign)
		e.text(v.text)
		e.text(v.json)
	case pyval.Tuple:
		if len(v) > 0 && e.again(tuple{&v[0], len(v)}) {
			return
		}
		e.kind(kindTuple)
		e.items(v, depth)
	case *pyval.ByteArray, *pyval.List, *pyval.Dict, *pyval.Set:
		if !e.again(v) {
			e.container(v, depth)
		}
	default:
		e.foreign(v)
	}
}

// tuple is what makes a tuple the same as another: where its items lie.
type tuple struct {
	first *any
	n     int
}

// again writes a container that was written before as its number. A tuple that is
// inside itself, through a list, is found as well: it is known before its items are.
func (e *encoder) again(v any) bool {
	if n, ok := e.seen[v]; ok {
		e.kind(kindSeen)
		e.uint(uint64(n))
		return true
	}
	if e.seen == nil {
		e.seen = map[any]int{}
	}
	e.seen[v] = len(e.seen)
	return false
}

func (e *encoder) container(v any, depth int) {
	switch v := v.(type) {
	case *pyval.ByteArray:
		e.kind(kindByteArray)
		e.text(string(v.Data))
	case *pyval.List:
		e.kind(kindList)
		e.items(v.Items, depth)
	case *pyval.Dict:
		e.kind(kindDict)
		e.pairs(v.Pairs, depth+1)
	case *pyval.Set:
		if v.Frozen {
			e.kind(kindFrozenSet)
		} else {
			e.kind(kindSet)
		}
		e.items(v.Items, depth)
	}
}

func (e *encoder) pairs(pairs []pyval.Pair, depth int) {
	e.uint(uint64(len(pairs)))
	for _, p := range pairs {
		e.any(p.Key, depth)
		e.any(p.Value, depth)
	}
}

func (e *encoder) items(items []any, depth int) {
	e.uint(uint64(len(items)))
	for _, item := range items {
		e.any(item, depth+1)
	}
}

// foreign appends the text of a value of any Go type, and its JSON.
func (e *encoder) foreign(v any) {
	e.kind(kindForeign)
	text := guarded(func() string { return textOf(v) })
	e.text(text)
	e.text(guarded(func() string {
		if _, is := v.(json.Marshaler); !is {
			if _, is := v.(error); is {
				return ""
			}
		}
		b, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(b)
	}))
}

// guarded keeps a value whose methods panic from costing the record.
func guarded(f func() string) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprintf("!PANIC: %v", p)
		}
	}()
	return f()
}

func textOf(v any) string {
	switch v := v.(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	case encoding.TextMarshaler:
		b, err := v.MarshalText()
		if err != nil {
			return "!ERROR: " + err.Error()
		}
		return string(b)
	case []byte:
		return string(v)
	}
	return fmt.Sprintf("%+v", v)
}
