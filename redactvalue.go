package sluice

import (
	"maps"
	"slices"

	"github.com/sluicelog/sluice/pyval"
)

// redactWalk goes through values that hold others, which strangers may have made:
// deep, or one of them many times in others. What is beyond its bounds is
// redacted, since nobody has looked at it.
type redactWalk struct {
	x      *redactor
	budget int // elements that may still be looked at
}

const maxRedactWalk = 1 << 20

// item gives a changed copy of v, or v itself where nothing is redacted.
func (w *redactWalk) item(v any, depth int) (any, bool) {
	var size int
	switch v := v.(type) {
	case *pyval.Dict:
		size = len(v.Pairs)
	case *pyval.List:
		size = len(v.Items)
	case pyval.Tuple:
		size = len(v)
	case []any:
		size = len(v)
	case map[string]any:
		size = len(v)
	case map[string]string:
		size = len(v)
	default:
		return v, false
	}
	if w.budget -= 1 + size; w.budget < 0 || depth > maxAttrDepth {
		return w.x.with, true
	}
	return w.inside(v, depth+1)
}

func (w *redactWalk) inside(v any, depth int) (any, bool) {
	switch v := v.(type) {
	case *pyval.Dict:
		if pairs, changed := w.pairs(v.Pairs, depth); changed {
			return &pyval.Dict{Pairs: pairs}, true
		}
	case *pyval.List:
		if items, changed := w.items(v.Items, depth); changed {
			return &pyval.List{Items: items}, true
		}
	case pyval.Tuple:
		if items, changed := w.items(v, depth); changed {
			return pyval.Tuple(items), true
		}
	case []any:
		if items, changed := w.items(v, depth); changed {
			return items, true
		}
	case map[string]any:
		return redactMap(v, w.x, any(w.x.with), func(item any) (any, bool) { return w.item(item, depth) })
	case map[string]string:
		return redactMap(v, w.x, w.x.with, func(item string) (string, bool) { return item, false })
	}
	return v, false
}

// pairs gives a changed copy of a dict's entries, or pairs itself.
func (w *redactWalk) pairs(pairs []pyval.Pair, depth int) (_ []pyval.Pair, changed bool) {
	out := pairs
	for i, p := range pairs {
		key, isText := p.Key.(string)
		v, redacted := any(w.x.with), isText && w.x.match(key)
		if !redacted {
			v, redacted = w.item(p.Value, depth)
		}
		if !redacted {
			continue
		}
		if !changed {
			out, changed = slices.Clone(pairs), true
		}
		out[i].Value = v
	}
	return out, changed
}

// items gives a changed copy of a list's items, or items itself.
func (w *redactWalk) items(items []any, depth int) (_ []any, changed bool) {
	out := items
	for i, item := range items {
		v, redacted := w.item(item, depth)
		if !redacted {
			continue
		}
		if !changed {
			out, changed = slices.Clone(items), true
		}
		out[i] = v
	}
	return out, changed
}

// redactMap gives a changed copy of m, or m itself.
func redactMap[V any](m map[string]V, x *redactor, with V, item func(V) (V, bool)) (_ map[string]V, changed bool) {
	out := m
	for key, old := range m {
		v, redacted := with, x.match(key)
		if !redacted {
			v, redacted = item(old)
		}
		if !redacted {
			continue
		}
		if !changed {
			out, changed = maps.Clone(m), true
		}
		out[key] = v
	}
	return out, changed
}
