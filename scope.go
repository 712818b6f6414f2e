package sluice

import (
	"log/slog"
	"strings"
	"sync/atomic"
)

// Scope is what a logger's With and WithGroup bound: attributes, and groups
// opened among them. It is immutable and shared by all records of the logger; nil
// is the empty scope.
type Scope struct {
	levels []scopeLevel // levels[0] is outside of every group
	prefix string       // the names of the open groups, each followed by "."
	texts  atomic.Pointer[scopeText]

	redacted atomic.Pointer[redactedScope] // what filters of Redact made of it
}

type scopeLevel struct {
	group string // the group that this level opened; empty for levels[0]
	attrs []slog.Attr
}

// scopeText is what one formatter made of a scope: a list that only grows.
type scopeText struct {
	by   ScopeFormatter
	text []byte
	next *scopeText
}

// maxScopeTexts bounds the texts kept for one Scope; more formatters than that
// render it anew for each record.
const maxScopeTexts = 8

// ScopeFormatter is a Formatter's part that renders scopes; see Scope.Text.
type ScopeFormatter interface {
	// AppendScope appends the text of s. It must depend on nothing but s and
	// the formatter's options.
	AppendScope(dst []byte, s *Scope) []byte
}

// Text returns what f makes of s, rendered once and kept. The caller must not
// modify it. f must be a pointer, or comparable otherwise.
func (s *Scope) Text(f ScopeFormatter) []byte {
	n := 0
	head := s.texts.Load()
	for t := head; t != nil; t = t.next {
		if t.by == f {
			return t.text
		}
		n++
	}
	t := &scopeText{by: f, text: f.AppendScope(nil, s), next: head}
	if n < maxScopeTexts {
		// Lost to another goroutine: it is rendered again by the next record.
		s.texts.CompareAndSwap(head, t)
	}
	return t.text
}

// Levels is the number of levels of s: one more than the groups that are open.
func (s *Scope) Levels() int {
	if s == nil {
		return 1
	}
	return len(s.levels)
}

// Level gives the i-th level of s, outermost first: the name of the group that it
// opened ("" for level 0) and the attributes bound in it, not to be modified.
func (s *Scope) Level(i int) (group string, attrs []slog.Attr) {
	if s == nil {
		return "", nil
	}
	return s.levels[i].group, s.levels[i].attrs
}

// Prefix gives the names of the open groups, each followed by a dot.
func (s *Scope) Prefix() string {
	if s == nil {
		return ""
	}
	return s.prefix
}

// groups gives the names of the open groups.
func (s *Scope) groups() []string {
	if s == nil {
		return nil
	}
	names := make([]string, 0, len(s.levels))
	for _, l := range s.levels[1:] {
		names = append(names, l.group)
	}
	return names
}

// with returns s and attrs bound in its innermost group.
func (s *Scope) with(attrs []slog.Attr) *Scope {
	if len(attrs) == 0 {
		return s
	}
	n := s.copy(0)
	last := &n.levels[len(n.levels)-1]
	// A slice of its own: siblings must not append into the same memory.
	last.attrs = append(last.attrs[:len(last.attrs):len(last.attrs)], attrs...)
	return n
}

// open returns s with one more group open.
func (s *Scope) open(group string) *Scope {
	n := s.copy(1)
	n.levels = append(n.levels, scopeLevel{group: group})
	var b strings.Builder
	for _, l := range n.levels[1:] {
		b.WriteString(l.group)
		b.WriteByte('.')
	}
	n.prefix = b.String()
	return n
}

func (s *Scope) copy(more int) *Scope {
	if s == nil {
		return &Scope{levels: make([]scopeLevel, 1, 1+more)}
	}
	levels := make([]scopeLevel, len(s.levels), len(s.levels)+more)
	copy(levels, s.levels)
	return &Scope{levels: levels, prefix: s.prefix}
}

// appendAttrs appends levels i and inward, with call as the innermost attributes;
// a group that would be empty is left out.
func (s *Scope) appendAttrs(dst []slog.Attr, i int, call []slog.Attr) []slog.Attr {
	dst = append(dst, s.levels[i].attrs...)
	if i == len(s.levels)-1 {
		return append(dst, call...)
	}
	inner := s.appendAttrs(nil, i+1, call)
	if len(inner) == 0 {
		return dst
	}
	return append(dst, slog.Attr{Key: s.levels[i+1].group, Value: slog.GroupValue(inner...)})
}
