// Package typedjson is the encoding of Python values in the golden vectors: JSON
// that keeps Python's types, as README-network.md there describes it. It is for
// tests.
//
// # Limits
//
// A value that is shared is written as often as it is referred to, so values of
// strangers do not belong here.
package typedjson

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/sluicelog/sluice/pyval"
)

// Tree gives v as encoding/json would decode its encoding: maps, slices, strings,
// bools and nil, in the normal form that Canon makes.
func Tree(v any) any { return Canon((&encoder{}).tree(v)) }

// Canon brings decoded JSON into the form in which equal values are deeply equal:
// sets sorted by their JSON text, floats by their bits alone.
func Canon(tree any) any {
	switch x := tree.(type) {
	case []any:
		return canons(x)
	case map[string]any:
		if bits, ok := x["bits"]; ok {
			return map[string]any{"bits": bits}
		}
		out := make(map[string]any, len(x))
		for k, v := range x {
			out[k] = Canon(v)
			if items, ok := out[k].([]any); ok && (k == "set" || k == "frozenset") {
				slices.SortFunc(items, func(a, b any) int { return slices.Compare(text(a), text(b)) })
			}
		}
		return out
	}
	return tree
}

func canons(items []any) []any {
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = Canon(item)
	}
	return out
}

func text(tree any) []byte {
	b, err := json.Marshal(tree)
	if err != nil {
		panic(err) // decoded JSON can always be encoded
	}
	return b
}

// encoder knows the containers around the value at hand, outermost first.
type encoder struct{ open []any }

func (e *encoder) tree(v any) any {
	switch x := v.(type) {
	case nil, bool:
		return x
	case string:
		if !utf8.ValidString(x) {
			return one("str_surrogatepass_b64", base64.StdEncoding.EncodeToString([]byte(x)))
		}
		return x
	case int64:
		return one("int", strconv.FormatInt(x, 10))
	case *big.Int:
		return one("int", x.String())
	case float64:
		bits := math.Float64bits(x)
		return one("bits", hex.EncodeToString([]byte{byte(bits >> 56), byte(bits >> 48), byte(bits >> 40), byte(bits >> 32),
			byte(bits >> 24), byte(bits >> 16), byte(bits >> 8), byte(bits)}))
	case complex128:
		return one("complex", []any{string(pyval.AppendFloat(nil, real(x))), string(pyval.AppendFloat(nil, imag(x)))})
	case pyval.Bytes:
		return one("bytes", base64.StdEncoding.EncodeToString([]byte(x)))
	case *pyval.ByteArray:
		return one("bytearray", base64.StdEncoding.EncodeToString(x.Data))
	case pyval.Opaque:
		if x.Global {
			return one("opaque_global", x.Name)
		}
		return one("opaque", x.Name)
	case pyval.Tuple:
		if len(x) == 0 {
			return one("tuple", []any{})
		}
		return e.container(&x[0], func() any { return one("tuple", e.items(&x[0], x)) })
	case *pyval.List:
		return e.container(x, func() any { return e.items(x, x.Items) })
	case *pyval.Set:
		name := "set"
		if x.Frozen {
			name = "frozenset"
		}
		return e.container(x, func() any { return one(name, e.items(x, x.Items)) })
	case *pyval.Dict:
		return e.container(x, func() any {
			e.open = append(e.open, x)
			pairs := make([]any, len(x.Pairs))
			for i, p := range x.Pairs {
				pairs[i] = []any{e.tree(p.Key), e.tree(p.Value)}
			}
			e.open = e.open[:len(e.open)-1]
			return one("dict", pairs)
		})
	}
	return one("not a Python value", fmt.Sprintf("%T", v))
}

func (e *encoder) container(ref any, inside func() any) any {
	for i := len(e.open) - 1; i >= 0; i-- {
		if e.open[i] == ref {
			return map[string]any{"cycle": float64(len(e.open) - i)}
		}
	}
	return inside()
}

func (e *encoder) items(ref any, items []any) []any {
	e.open = append(e.open, ref)
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = e.tree(item)
	}
	e.open = e.open[:len(e.open)-1]
	return out
}

func one(key string, value any) map[string]any { return map[string]any{key: value} }
