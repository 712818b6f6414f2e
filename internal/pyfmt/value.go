package pyfmt

import (
	"log/slog"
	"math"
	"math/big"
	"strings"

	"github.com/sluicelog/sluice/pyval"
)

// python gives the Python value in v.
func python(v slog.Value) any {
	if v.Kind() == slog.KindUint64 {
		return pyval.Int(new(big.Int).SetUint64(v.Uint64()))
	}
	return v.Any()
}

// typeName is the name of v's Python type, as messages call it.
func typeName(v slog.Value) string {
	switch v.Kind() {
	case slog.KindString:
		return "str"
	case slog.KindInt64, slog.KindUint64:
		return "int"
	case slog.KindFloat64:
		return "float"
	case slog.KindBool:
		return "bool"
	}
	switch v := v.Any().(type) {
	case nil:
		return "NoneType"
	case *big.Int:
		return "int"
	case complex128:
		return "complex"
	case pyval.Bytes:
		return "bytes"
	case *pyval.ByteArray:
		return "bytearray"
	case pyval.Tuple:
		return "tuple"
	case *pyval.List:
		return "list"
	case *pyval.Dict:
		return "dict"
	case *pyval.Set:
		if v.Frozen {
			return "frozenset"
		}
		return "set"
	case pyval.Opaque:
		if !v.Global {
			return v.Name[strings.LastIndexByte(v.Name, '.')+1:]
		}
		return "type"
	}
	return "object"
}

// integer is an int or bool: big where that is not nil, else small.
type integer struct {
	small int64
	big   *big.Int
}

func (z integer) sign() int {
	switch {
	case z.big != nil:
		return z.big.Sign()
	case z.small < 0:
		return -1
	case z.small > 0:
		return 1
	}
	return 0
}

// integerOf gives the int in v, if it is one.
func integerOf(v slog.Value) (integer, bool) {
	switch v.Kind() {
	case slog.KindInt64:
		return integer{small: v.Int64()}, true
	case slog.KindUint64:
		if u := v.Uint64(); u > math.MaxInt64 {
			return integer{big: new(big.Int).SetUint64(u)}, true
		}
		return integer{small: int64(v.Uint64())}, true
	case slog.KindBool:
		if v.Bool() {
			return integer{small: 1}, true
		}
		return integer{}, true
	case slog.KindAny:
		if z, ok := v.Any().(*big.Int); ok {
			return integer{big: z}, true
		}
	}
	return integer{}, false
}

// truncate is Python's int(f).
func truncate(f float64) (integer, error) {
	switch {
	case math.IsNaN(f):
		return integer{}, valueError("cannot convert float NaN to integer")
	case math.IsInf(f, 0):
		return integer{}, overflowError("cannot convert float infinity to integer")
	case math.Abs(f) < 1<<63:
		return integer{small: int64(f)}, nil
	}
	z, _ := big.NewFloat(f).Int(nil)
	return integer{big: z}, nil
}

// float is Python's float(z).
func (z integer) float() (float64, error) {
	if z.big == nil {
		return float64(z.small), nil
	}
	f, _ := z.big.Float64()
	if math.IsInf(f, 0) {
		return 0, overflowError("int too large to convert to float")
	}
	return f, nil
}

// within gives z as an int of the C type that most is the greatest of.
func (z integer) within(most int, name string) (int, error) {
	if z.big != nil || z.small > int64(most) || z.small < -int64(most)-1 {
		return 0, overflowError("Python int too large to convert to C " + name)
	}
	return int(z.small), nil
}

// truth is Python's bool(v).
func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case *big.Int:
		return v.Sign() != 0
	case float64:
		return v != 0
	case complex128:
		return v != 0
	case string:
		return v != ""
	case pyval.Bytes:
		return v != ""
	case *pyval.ByteArray:
		return len(v.Data) > 0
	case pyval.Tuple:
		return len(v) > 0
	case *pyval.List:
		return len(v.Items) > 0
	case *pyval.Dict:
		return len(v.Pairs) > 0
	case *pyval.Set:
		return len(v.Items) > 0
	}
	return true
}
