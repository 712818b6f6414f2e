package sluice

import (
	"math/big"
	"strconv"

	"github.com/sluicelog/sluice/pyval"
)

// A pickle can hold a list twice in a list, forty times over, or one long string
// a thousand times: both the values and the bytes of one attribute are bounded.
const (
	maxPythonValues = 10000
	maxPythonText   = 1 << 20
)

// pythonJSON writes Python values: lists, tuples and sets as arrays, dicts as
// objects (str() of keys that are no strings), bytes and what JSON has nothing
// for as the text of repr().
type pythonJSON struct {
	budget int // values left
	end    int // length of dst at which no more is begun
}

func (w *pythonJSON) append(dst []byte, v any, depth int) []byte {
	if w.budget--; w.done(dst) || depth > maxAttrDepth {
		return append(dst, `"..."`...)
	}
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case *big.Int:
		return v.Append(dst, 10)
	case float64:
		return appendJSONFloat(dst, v)
	case string:
		return appendJSONString(dst, v)
	case pyval.Tuple:
		return w.array(dst, v, depth)
	case *pyval.List:
		return w.array(dst, v.Items, depth)
	case *pyval.Set:
		return w.array(dst, v.Items, depth)
	case *pyval.Dict:
		return w.object(dst, v.Pairs, depth)
	}
	return appendJSONString(dst, pyval.Repr(v))
}

func (w *pythonJSON) array(dst []byte, items []any, depth int) []byte {
	dst = append(dst, '[')
	for i, v := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.append(dst, v, depth+1)
		if w.done(dst) {
			break
		}
	}
	return append(dst, ']')
}

func (w *pythonJSON) object(dst []byte, pairs []pyval.Pair, depth int) []byte {
	dst = append(dst, '{')
	for i, p := range pairs {
		if i > 0 {
			dst = append(dst, ',')
		}
		if key, ok := p.Key.(string); ok {
			dst = appendJSONString(dst, key)
		} else {
			dst = appendJSONString(dst, pyval.Repr(p.Key))
		}
		dst = append(dst, ':')
		dst = w.append(dst, p.Value, depth+1)
		if w.done(dst) {
			break
		}
	}
	return append(dst, '}')
}

func (w *pythonJSON) done(dst []byte) bool { return w.budget < 0 || len(dst) > w.end }
