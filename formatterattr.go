package sluice

import (
	"log/slog"
	"strings"
)

// attr finds an attribute by its key, or by the names of its groups and its key
// with dots between. Of several the last one counts.
func (r *Record) attr(key string) (slog.Value, bool) {
	return r.scopedAttr(0, key)
}

// scopedAttr looks from the i-th level of the scope inward.
func (r *Record) scopedAttr(i int, key string) (slog.Value, bool) {
	if i == r.Scope.Levels()-1 {
		if v, ok := attrIn(r.Attrs, key); ok {
			return v, true
		}
	} else {
		group, _ := r.Scope.Level(i + 1)
		var v slog.Value
		rest, ok := strings.CutPrefix(key, group)
		switch {
		case ok && rest == "":
			v, ok = r.group(i + 1)
		case ok && rest[0] == '.':
			v, ok = r.scopedAttr(i+1, rest[1:])
		default:
			ok = false
		}
		if ok {
			return v, true
		}
	}
	_, attrs := r.Scope.Level(i)
	return attrIn(attrs, key)
}

// group gives the i-th level of the scope, and all inside it, as one value.
func (r *Record) group(i int) (slog.Value, bool) {
	inside := r.Scope.appendAttrs(nil, i, r.Attrs)
	return slog.GroupValue(inside...), len(inside) > 0
}

func attrIn(attrs []slog.Attr, key string) (slog.Value, bool) {
	for i := len(attrs) - 1; i >= 0; i-- {
		a := &attrs[i]
		if a.Key == key {
			return a.Value, true
		}
		if a.Value.Kind() != slog.KindGroup {
			continue
		}
		rest := key
		if a.Key != "" { // else its members stand among the others
			after, ok := strings.CutPrefix(key, a.Key)
			if !ok || !strings.HasPrefix(after, ".") {
				continue
			}
			rest = after[1:]
		}
		if v, ok := attrIn(a.Value.Group(), rest); ok {
			return v, true
		}
	}
	return slog.Value{}, false
}
