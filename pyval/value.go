package pyval

import "math/big"

type (
	// Bytes is Python's bytes.
	Bytes string
	// ByteArray is Python's bytearray.
	ByteArray struct{ Data []byte }
	// Tuple is Python's tuple.
	Tuple []any
	// List is Python's list.
	List struct{ Items []any }
)

// Opaque stands for a Python object that is not plain data: an instance, a
// class or a function. It is inert: it keeps the name and nothing can call it.
type Opaque struct {
	Name   string // "module.Class"
	Global bool   // the class or function itself, not an instance of it
}

// Int returns the Python int of z: an int64 where it fits, else z itself.
func Int(z *big.Int) any {
	if z.IsInt64() {
		return z.Int64()
	}
	return z
}

// TypeName gives the name of the Python type of v, as type(v).__name__ does;
// for what is no Python value, "object".
func TypeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case complex128:
		return "complex"
	case string:
		return "str"
	case Bytes:
		return "bytes"
	case *ByteArray:
		return "bytearray"
	case Tuple:
		return "tuple"
	case *List:
		return "list"
	case *Dict:
		return "dict"
	case *Set:
		if v.Frozen {
			return "frozenset"
		}
		return "set"
	case Opaque:
		if v.Global {
			return "type"
		}
		return v.Name
	}
	return "object"
}
