package sluice

import (
	"context"
	"log/slog"
	"strings"
)

// Where keeps the records that have an attribute at path, bound or of the call,
// whose value match accepts; a nil match accepts any. Inside of groups path is the
// groups' names and the key, joined by dots: "request.status". Where a key comes
// several times, one value that is accepted is enough. match must be safe for
// concurrent use. It is given groups as well, but what is inside of other values,
// such as maps, has no path.
func Where(path string, match func(slog.Value) bool) Filter {
	if match == nil {
		match = func(slog.Value) bool { return true }
	}
	return func(_ context.Context, r *Record) *Record {
		if r.hasAttr(path, match) {
			return r
		}
		return nil
	}
}

func (r *Record) hasAttr(path string, match func(slog.Value) bool) bool {
	for i := range r.Scope.Levels() {
		group, attrs := r.Scope.Level(i)
		if i > 0 {
			rest, ok := inside(path, group)
			if !ok {
				// Of the group itself there is no value yet, only what is bound in it.
				return false
			}
			path = rest
		}
		if anyAttr(attrs, path, match) {
			return true
		}
	}
	return anyAttr(r.Attrs, path, match)
}

func anyAttr(attrs []slog.Attr, path string, match func(slog.Value) bool) bool {
	for _, a := range attrs {
		if a.Key == path && match(a.Value) {
			return true
		}
		// A key may have dots of its own, so that either reading of path may be meant.
		if a.Value.Kind() == slog.KindGroup {
			if rest, ok := inside(path, a.Key); ok && anyAttr(a.Value.Group(), rest, match) {
				return true
			}
		}
	}
	return false
}

// inside gives the part of path that is within group.
func inside(path, group string) (string, bool) {
	rest, ok := strings.CutPrefix(path, group)
	if !ok || rest == "" || rest[0] != '.' {
		return "", false
	}
	return rest[1:], true
}
