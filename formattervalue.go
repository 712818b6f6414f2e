package sluice

import (
	"encoding/json"
	"log/slog"
	"math/big"
	"slices"
	"time"

	"github.com/sluicelog/sluice/pyval"
)

// pythonValue gives v as a Formatter shows it: Python values, and those of Go that
// are the same, stay; a group is a dict; everything else is its text.
func pythonValue(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindString:
		return v
	case slog.KindDuration:
		return slog.StringValue(v.Duration().String())
	case slog.KindTime:
		return slog.StringValue(v.Time().Format(time.RFC3339Nano))
	case slog.KindGroup:
		return slog.AnyValue(groupDict(v.Group(), 0))
	case slog.KindLogValuer:
		return pythonValue(v.Resolve())
	}
	return pythonAny(v.Any(), 0)
}

func pythonAny(v any, depth int) slog.Value {
	switch x := v.(type) {
	case nil, *big.Int, complex128, pyval.Bytes, *pyval.ByteArray, pyval.Tuple, *pyval.List, *pyval.Dict, *pyval.Set, pyval.Opaque:
		return slog.AnyValue(v)
	case []byte:
		return slog.AnyValue(pyval.Bytes(x))
	case json.Number:
		return numberValue(x)
	}
	// What JSON and YAML are decoded to: the values of a configuration.
	if depth < maxAttrDepth {
		switch x := v.(type) {
		case []any:
			list := &pyval.List{}
			for _, item := range x {
				list.Items = append(list.Items, pythonItem(item, depth))
			}
			return slog.AnyValue(list)
		case map[string]any:
			return slog.AnyValue(mapDict(x, depth))
		}
	}
	return slog.StringValue(textOf(v))
}

// pythonItem gives a value inside another one.
func pythonItem(v any, depth int) any {
	value := slog.AnyValue(v)
	if value.Kind() == slog.KindAny {
		return pythonAny(v, depth+1).Any()
	}
	value = pythonValue(value)
	if value.Kind() == slog.KindUint64 {
		return pyval.Int(new(big.Int).SetUint64(value.Uint64()))
	}
	return value.Any()
}

// mapDict gives a map as a dict, in the order of its keys: that is at least the
// same each time.
func mapDict(m map[string]any, depth int) *pyval.Dict {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	d := &pyval.Dict{}
	for _, key := range keys {
		d.Pairs = append(d.Pairs, pyval.Pair{Key: key, Value: pythonItem(m[key], depth)})
	}
	return d
}

func groupDict(group []slog.Attr, depth int) any {
	if depth > maxAttrDepth {
		return "..."
	}
	d := &pyval.Dict{}
	for _, a := range group {
		var v any
		if a.Value.Kind() == slog.KindGroup {
			v = groupDict(a.Value.Group(), depth+1)
		} else {
			v = pythonItem(a.Value.Any(), depth)
		}
		// A string can always be a key.
		_ = d.Set(a.Key, v)
	}
	return d
}

// numberValue reads a number of JSON as Python's decoder does.
func numberValue(n json.Number) slog.Value {
	if z, ok := new(big.Int).SetString(n.String(), 10); ok {
		return slog.AnyValue(pyval.Int(z))
	}
	if f, err := n.Float64(); err == nil {
		return slog.Float64Value(f)
	}
	return slog.StringValue(n.String())
}
