package sluice

import (
	"context"
	"log/slog"
	"slices"
	"strings"
)

// RedactOptions are the options of Redact. The zero RedactOptions consists of
// defaults.
type RedactOptions struct {
	IgnoreCase  bool   // "password" also means "Password"
	Replacement string // stands for the values; empty is "[redacted]"
}

// Redact returns a Filter that replaces the values of attributes whose key is one
// of keys: bound or of the call, at any depth of groups, a group of that name with
// all that is in it, and what Python's dicts and lists, map[string]any,
// map[string]string and []any hold. It returns a copy of such a record and all
// others as they are. o may be nil.
//
// It does not look into messages, tracebacks, and values of other types: such a
// type says what may be shown of it by a LogValue method.
func Redact(keys []string, o *RedactOptions) Filter {
	x := &redactor{keys: slices.Clone(keys), with: "[redacted]"}
	if o != nil {
		x.fold = o.IgnoreCase
		if o.Replacement != "" {
			x.with = o.Replacement
		}
	}
	return x.filter
}

type redactor struct {
	keys []string
	fold bool
	with string
}

// redactedScope is what one redactor made of a scope: a list that only grows. It
// is kept in the scope, so that a formatter's text of the copy is kept too.
type redactedScope struct {
	by    *redactor
	scope *Scope // the scope itself, if there is nothing to redact
	all   bool   // a group that is open is redacted: so is what comes into it
	next  *redactedScope
}

func (x *redactor) filter(_ context.Context, r *Record) *Record {
	scope, all := r.Scope, false
	if scope != nil {
		done := x.scope(scope)
		scope, all = done.scope, done.all
	}
	attrs, changed := x.attrs(r.Attrs, all)
	origin, sent := x.origin(r.Origin)
	if !changed && !sent && scope == r.Scope {
		return r
	}
	c := *r
	c.Scope, c.Attrs, c.Origin = scope, attrs, origin
	return &c
}

func (x *redactor) match(key string) bool {
	for _, k := range x.keys {
		if k == key || x.fold && strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}

// scope gives what x makes of s, which is not nil.
func (x *redactor) scope(s *Scope) *redactedScope {
	n := 0
	head := s.redacted.Load()
	for d := head; d != nil; d = d.next {
		if d.by == x {
			return d
		}
		n++
	}
	d := &redactedScope{by: x, scope: s, next: head}
	levels := slices.Clone(s.levels)
	for i, l := range levels {
		d.all = d.all || i > 0 && x.match(l.group)
		if attrs, changed := x.attrs(l.attrs, d.all); changed {
			levels[i].attrs = attrs
			d.scope = nil
		}
	}
	if d.scope == nil {
		d.scope = &Scope{levels: levels, prefix: s.prefix}
	}
	if n < maxScopeTexts {
		// Lost to another goroutine: it is made again for the next record.
		s.redacted.CompareAndSwap(head, d)
	}
	return d
}

// attrs gives a changed copy of attrs, or attrs itself where nothing is redacted.
func (x *redactor) attrs(attrs []slog.Attr, all bool) (_ []slog.Attr, changed bool) {
	out := attrs
	for i, a := range attrs {
		v, redacted := slog.StringValue(x.with), true
		if !all && !x.match(a.Key) {
			v, redacted = x.value(a.Value)
		}
		if !redacted {
			continue
		}
		if !changed {
			out, changed = slices.Clone(attrs), true
		}
		out[i].Value = v
	}
	return out, changed
}

func (x *redactor) value(v slog.Value) (slog.Value, bool) {
	switch v.Kind() {
	case slog.KindGroup:
		if group, changed := x.attrs(v.Group(), false); changed {
			return slog.GroupValue(group...), true
		}
	case slog.KindAny:
		w := redactWalk{x: x, budget: maxRedactWalk}
		if item, changed := w.item(v.Any(), 0); changed {
			return slog.AnyValue(item), true
		}
	}
	return v, false
}

// origin gives a changed copy of o, or o itself where nothing is redacted.
func (x *redactor) origin(o *Origin) (*Origin, bool) {
	if o == nil || len(o.Residue) == 0 {
		return o, false
	}
	w := redactWalk{x: x, budget: maxRedactWalk}
	pairs, changed := w.pairs(o.Residue, 0)
	if !changed {
		return o, false
	}
	c := *o
	c.Residue = pairs
	return &c, true
}
