package pyval

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
)

// ErrUnhashable is wrapped by the errors of what cannot be a key of a dict or an
// element of a set: a list, a dict, a set, a bytearray, or what contains one.
var ErrUnhashable = errors.New("unhashable")

// maxKeyDepth bounds tuples and frozensets inside a key; Python's own recursion
// ends at about as many.
const maxKeyDepth = 1000

// key is the canonical form of a hashable value: two values are equal in Python
// if and only if their keys are. A Go map hashes it with a seed of its own, so
// nobody can choose keys that collide.
type key struct {
	kind byte
	num  uint64
	text string
}

const (
	noKey byte = iota // equal to nothing: NaN, an instance
	noneKey
	intKey // text: the magnitude, where it does not fit num; then num is the sign
	floatKey
	complexKey
	strKey
	bytesKey
	globalKey
	tupleKey // text: the canonical forms of the elements
	setKey   // likewise, sorted
)

// scalarKey gives the key of a value that contains no others.
func scalarKey(v any) (k key, ok bool) {
	switch v := v.(type) {
	case nil:
		return key{kind: noneKey}, true
	case bool:
		if v {
			return key{kind: intKey, num: 1}, true
		}
		return key{kind: intKey}, true
	case int64:
		return key{kind: intKey, num: uint64(v)}, true
	case *big.Int:
		return bigKey(v), true
	case float64:
		return floatingKey(v), true
	case complex128:
		if imag(v) == 0 {
			return floatingKey(real(v)), true
		}
		if math.IsNaN(real(v)) || math.IsNaN(imag(v)) {
			return key{}, true
		}
		// Adding zero makes -0 one with 0.
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(imag(v)+0))
		return key{kind: complexKey, num: math.Float64bits(real(v) + 0), text: string(b[:])}, true
	case string:
		return key{kind: strKey, text: v}, true
	case Bytes:
		return key{kind: bytesKey, text: string(v)}, true
	case Opaque:
		if v.Global {
			return key{kind: globalKey, text: v.Name}, true
		}
		return key{}, true
	}
	return key{}, false
}

func bigKey(z *big.Int) key {
	if z.IsInt64() {
		return key{kind: intKey, num: uint64(z.Int64())}
	}
	return key{kind: intKey, num: uint64(int64(z.Sign())), text: string(z.Bytes())}
}

// floatingKey gives a whole number the key of the int it equals.
func floatingKey(f float64) key {
	switch {
	case f != f:
		return key{}
	case f != math.Trunc(f) || math.IsInf(f, 0):
		return key{kind: floatKey, num: math.Float64bits(f)}
	case -1<<63 <= f && f < 1<<63:
		return key{kind: intKey, num: uint64(int64(f))}
	}
	z, _ := new(big.Float).SetFloat64(f).Int(nil)
	return bigKey(z)
}

// keyOf gives the key of v, which KeyCost has found hashable.
func keyOf(v any) key {
	if k, ok := scalarKey(v); ok {
		return k
	}
	switch v := v.(type) {
	case Tuple:
		text, ok := appendKeys(nil, v)
		if !ok {
			return key{}
		}
		return key{kind: tupleKey, text: string(text)}
	case *Set:
		parts := make([]string, 0, len(v.Items))
		for _, item := range v.Items {
			part, ok := appendKeys(nil, []any{item})
			if !ok {
				return key{}
			}
			parts = append(parts, string(part))
		}
		slices.Sort(parts)
		var text []byte
		for _, part := range parts {
			text = append(text, part...)
		}
		return key{kind: setKey, text: string(text)}
	}
	return key{}
}

// appendKeys appends the keys of items, each written so that where it ends can be
// told; not ok if one of them equals nothing.
func appendKeys(dst []byte, items []any) (_ []byte, ok bool) {
	for _, item := range items {
		k := keyOf(item)
		if k.kind == noKey {
			return nil, false
		}
		dst = append(dst, k.kind)
		dst = binary.LittleEndian.AppendUint64(dst, k.num)
		dst = binary.AppendUvarint(dst, uint64(len(k.text)))
		dst = append(dst, k.text...)
	}
	return dst, true
}

// KeyCost tells whether v can be a key of a dict or an element of a set, and
// about how many bytes hashing it reads and may keep. Who takes keys from
// strangers sums the costs, because tuples that share their elements are far
// larger to hash than to send; counting stops with an error beyond max. An error
// that wraps ErrUnhashable means that Python refuses v as well.
func KeyCost(v any, max int) (int, error) {
	left := max
	if err := keyCost(v, &left, 0); err != nil {
		return 0, err
	}
	return max - left, nil
}

func keyCost(v any, left *int, depth int) error {
	if depth > maxKeyDepth {
		return fmt.Errorf("key nested more than %d deep", maxKeyDepth)
	}
	cost := 16
	var items []any
	switch v := v.(type) {
	case string:
		cost += len(v)
	case Bytes:
		cost += len(v)
	case Opaque:
		cost += len(v.Name)
	case *big.Int:
		cost += v.BitLen() / 8
	case Tuple:
		items = v
	case *Set:
		if !v.Frozen {
			return fmt.Errorf("%w type: set", ErrUnhashable)
		}
		items = v.Items
	default:
		if _, ok := scalarKey(v); !ok {
			return fmt.Errorf("%w type: %s", ErrUnhashable, TypeName(v))
		}
	}
	// The text of a nested key is written once for each level around it.
	if *left -= cost * (depth + 1); *left < 0 {
		return errors.New("key too large")
	}
	for _, item := range items {
		if err := keyCost(item, left, depth+1); err != nil {
			return err
		}
	}
	return nil
}
