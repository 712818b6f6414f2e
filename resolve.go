package sluice

import (
	"fmt"
	"log/slog"
)

const (
	maxAttrDepth = 64    // groups within groups
	maxAttrs     = 10000 // attributes that one given attribute may become
)

// resolver makes attributes final: LogValuers are asked, ReplaceAttr is applied,
// groups with an empty key are inlined and empty groups left out, as slog
// demands of a handler.
type resolver struct {
	replace func([]string, slog.Attr) slog.Attr
	groups  []string // the open groups, for replace; kept only if there is one
	budget  int
}

// append appends what a, whose value is of kind, resolves to.
func (v *resolver) append(dst []slog.Attr, a slog.Attr, kind slog.Kind) []slog.Attr {
	// The usual attribute is final as it stands.
	if v.replace == nil {
		switch kind {
		case slog.KindGroup, slog.KindLogValuer:
		case slog.KindAny:
			if a.Key == "" && a.Value.Any() == nil {
				return dst
			}
			return append(dst, a)
		default:
			return append(dst, a)
		}
	}
	v.budget = maxAttrs
	return v.resolve(dst, a, 0)
}

func (v *resolver) resolve(dst []slog.Attr, a slog.Attr, depth int) []slog.Attr {
	if v.budget--; v.budget < 0 || depth > maxAttrDepth {
		if v.budget >= -1 || depth > maxAttrDepth {
			dst = append(dst, slog.Any(a.Key, fmt.Errorf("sluice: more than %d attributes or %d groups deep", maxAttrs, maxAttrDepth)))
		}
		return dst
	}
	a.Value = a.Value.Resolve() // survives panics and cycles
	if v.replace != nil && a.Value.Kind() != slog.KindGroup {
		a = v.replace(v.groups, a)
		a.Value = a.Value.Resolve()
	}
	if a.Equal(slog.Attr{}) {
		return dst
	}
	if a.Value.Kind() != slog.KindGroup {
		return append(dst, a)
	}
	group := a.Value.Group()
	if a.Key == "" {
		for _, m := range group {
			dst = v.resolve(dst, m, depth+1)
		}
		return dst
	}
	if v.replace != nil {
		v.groups = append(v.groups[:len(v.groups):len(v.groups)], a.Key)
	} else if final(group) {
		v.budget -= len(group)
		if len(group) == 0 {
			return dst
		}
		return append(dst, a)
	}
	members := make([]slog.Attr, 0, len(group))
	for _, m := range group {
		members = v.resolve(members, m, depth+1)
	}
	if v.replace != nil {
		v.groups = v.groups[:len(v.groups)-1]
	}
	if len(members) == 0 {
		return dst
	}
	return append(dst, slog.Attr{Key: a.Key, Value: slog.GroupValue(members...)})
}

// usual gives how many attributes at the head of attrs are final as they stand.
// It passes over most records whole.
func usual(attrs []slog.Attr) int {
	for i := range attrs {
		a := &attrs[i]
		switch a.Value.Kind() {
		case slog.KindLogValuer:
			return i
		case slog.KindGroup:
			if group := a.Value.Group(); a.Key == "" || len(group) == 0 || !final(group) {
				return i
			}
		case slog.KindAny:
			if a.Key == "" {
				return i
			}
		}
	}
	return len(attrs)
}

// final says that group can stay as it is: no group and no LogValuer in it, and
// nothing to be left out.
func final(group []slog.Attr) bool {
	for _, a := range group {
		switch a.Value.Kind() {
		case slog.KindGroup, slog.KindLogValuer:
			return false
		case slog.KindAny:
			if a.Key == "" && a.Value.Any() == nil {
				return false
			}
		}
	}
	return true
}
