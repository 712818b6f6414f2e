package sluice

import (
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/pyval"
)

// consoleLine is a record's line while a Console makes it.
type consoleLine struct {
	f        *Console
	dst      []byte
	below    []byte // values that take more than a line
	column   int    // behind what is there, up to the message; -1: attributes have begun
	received bool
}

// The colours are those that terminals choose themselves, and only of short words:
// no theme has all of them readable as text. Dim is relative to the text's own
// colour, where grey is not. A warning is black on yellow, since yellow vanishes on
// white.
const (
	styleReset = "\x1b[0m"
	styleDim   = "\x1b[2m"
	styleBold  = "\x1b[1m"
	styleName  = "\x1b[35m"
	styleKey   = "\x1b[36m"
)

func levelStyle(l Level) string {
	switch {
	case l < Info:
		return styleDim
	case l < Warning:
		return "\x1b[32m"
	case l < Error:
		return "\x1b[30;43m"
	case l < Critical:
		return "\x1b[1;31m"
	}
	return "\x1b[1;37;41m"
}

func (l *consoleLine) on(style string) {
	if l.f.color {
		l.dst = append(l.dst, style...)
	}
}

func (l *consoleLine) off() { l.on(styleReset) }

// text appends s, escaped.
func (l *consoleLine) text(s string) {
	start := len(l.dst)
	l.dst = appendPlain(l.dst, s)
	l.column += columns(l.dst[start:])
}

// to appends spaces up to a column, but at least one.
func (l *consoleLine) to(column int) {
	for n := max(column-l.column, 1); n > 0; n-- {
		l.dst = append(l.dst, ' ')
		l.column++
	}
}

// gap parts what follows from the message, or from what is behind it already.
func (l *consoleLine) gap() {
	if l.column < 0 {
		l.dst = append(l.dst, ' ')
		return
	}
	l.to(attrColumn)
	l.column = -1
}

func (l *consoleLine) attrs(r *Record) {
	prefix := ""
	for i := range r.Scope.Levels() {
		group, attrs := r.Scope.Level(i)
		if i > 0 {
			prefix += group + "."
		}
		for j := range attrs {
			l.attr(prefix, &attrs[j], 0)
		}
	}
	for i := range r.Attrs {
		l.attr(prefix, &r.Attrs[i], 0)
	}
}

func (l *consoleLine) attr(prefix string, a *slog.Attr, depth int) {
	switch a.Value.Kind() {
	case slog.KindGroup:
		if depth > maxAttrDepth {
			return
		}
		if a.Key != "" {
			prefix += a.Key + "."
		}
		group := a.Value.Group()
		for i := range group {
			l.attr(prefix, &group[i], depth+1)
		}
	case slog.KindString:
		l.value(prefix+a.Key, a.Value.String())
	case slog.KindAny:
		l.any(prefix+a.Key, a.Value.Any())
	default:
		l.key(prefix + a.Key)
		if l.received {
			l.dst = pyfmt.AppendStr(l.dst, pythonValue(a.Value))
		} else {
			l.dst = appendLogfmtValue(l.dst, a.Value.Kind(), a.Value)
		}
	}
}

// any appends a value that slog has no kind for. Those of Python have brackets or
// quotes of their own.
func (l *consoleLine) any(key string, v any) {
	switch v := v.(type) {
	case pyval.Bytes, *pyval.ByteArray, pyval.Tuple, *pyval.List, *pyval.Dict, *pyval.Set, pyval.Opaque:
		l.key(key)
		l.dst = appendPlain(l.dst, pyval.Repr(v))
	case nil:
		l.key(key)
		if l.received {
			l.dst = append(l.dst, "None"...)
		} else {
			l.dst = append(l.dst, textOf(nil)...)
		}
	default:
		l.value(key, textOf(v))
	}
}

func (l *consoleLine) key(key string) {
	l.gap()
	l.on(styleKey)
	l.dst = append(appendWord(l.dst, key), '=')
	l.off()
}

// value appends a text to the line, or to what stands below.
func (l *consoleLine) value(key, text string) {
	if !l.f.multiLine || !strings.Contains(text, "\n") {
		l.key(key)
		l.dst = appendWord(l.dst, text)
		return
	}
	line := l.dst
	l.dst = append(append(l.below, '\n'), indent...)
	l.on(styleKey)
	l.dst = append(appendWord(l.dst, key), '=')
	l.off()
	l.below, l.dst = appendLines(l.dst, indent+indent, text), line
}

// word appends a text to the line, if there is one.
func (l *consoleLine) word(key, text string) {
	if text != "" {
		l.key(key)
		l.dst = appendWord(l.dst, text)
	}
}

// columns is how many columns of a terminal p takes, as nearly as can be told
// without asking it.
func columns(p []byte) int {
	n := 0
	for len(p) > 0 {
		r, size := utf8.DecodeRune(p)
		p = p[size:]
		switch {
		case r < 0x300:
			n++
		case unicode.In(r, unicode.Mn, unicode.Me):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana), r >= 0xff01 && r <= 0xff60, r >= 0x1f300 && r <= 0x1faff:
			n += 2
		default:
			n++
		}
	}
	return n
}
