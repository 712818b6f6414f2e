package sluice

import (
	"log/slog"
	"strconv"
	"time"
	"unicode/utf8"
)

// LogfmtOptions are the options of NewLogfmt.
type LogfmtOptions struct {
	// AddSource adds source=file:line.
	AddSource bool
	// MultiLine shows a message's second and further lines, ExcText and StackInfo
	// below the line, indented by four spaces, instead of escaped on it.
	MultiLine bool
}

// Logfmt is a Formatter that makes one line of key=value pairs of a record, as
// slog.TextHandler does: time, level (Python's name), source if asked for,
// logger, msg, the attributes with the names of their groups in front, exc and
// stack. What the record does not have is left out.
//
// Keys and values that are not plain words are quoted with Go's escapes, so that
// a record is one line whatever it holds, and strconv.Unquote gives each back byte
// for byte.
type Logfmt struct {
	stamp     stampCache
	places    *placeCache // nil: without source
	multiLine bool
}

// NewLogfmt returns a Logfmt. o may be nil.
func NewLogfmt(o *LogfmtOptions) *Logfmt {
	f := &Logfmt{}
	if o != nil {
		f.multiLine = o.MultiLine
		if o.AddSource {
			f.places = &placeCache{}
		}
	}
	return f
}

// AppendRecord appends the line, or the lines; it never fails.
func (f *Logfmt) AppendRecord(dst []byte, r *Record) ([]byte, error) {
	if r.Time.IsZero() {
		dst = append(dst, "level="...)
	} else {
		dst = append(dst, "time="...)
		dst = f.stamp.append(dst, r.Time)
		dst = append(dst, " level="...)
	}
	dst = appendWord(dst, r.LevelText())
	if f.places != nil {
		dst = append(dst, f.places.text(r, appendLogfmtSource)...)
	}
	if r.Name != "" {
		dst = append(dst, " logger="...)
		dst = appendWord(dst, r.Name)
	}
	message, rest := r.Message, ""
	if f.multiLine {
		message, rest = cutLine(message)
	}
	dst = append(dst, " msg="...)
	dst = appendWord(dst, message)
	if r.Scope != nil {
		dst = append(dst, r.Scope.Text(f)...)
	}
	prefix := r.Scope.Prefix()
	for i := range r.Attrs {
		dst = appendLogfmtAttr(dst, prefix, &r.Attrs[i])
	}
	if f.multiLine {
		dst = appendLines(dst, indent, rest)
		dst = appendLines(dst, indent, r.ExcText)
		return appendLines(dst, indent, r.StackInfo), nil
	}
	if r.ExcText != "" {
		dst = append(dst, " exc="...)
		dst = appendWord(dst, r.ExcText)
	}
	if r.StackInfo != "" {
		dst = append(dst, " stack="...)
		dst = appendWord(dst, r.StackInfo)
	}
	return dst, nil
}

// AppendScope appends the attributes that s binds.
func (f *Logfmt) AppendScope(dst []byte, s *Scope) []byte {
	prefix := ""
	for i := range s.Levels() {
		group, attrs := s.Level(i)
		if i > 0 {
			prefix += group + "."
		}
		for j := range attrs {
			dst = appendLogfmtAttr(dst, prefix, &attrs[j])
		}
	}
	return dst
}

func appendLogfmtSource(dst []byte, s slog.Source) []byte {
	if s.File == "" {
		return dst
	}
	dst = append(dst, " source="...)
	return appendWord(dst, s.File+":"+strconv.Itoa(s.Line))
}

func appendLogfmtAttr(dst []byte, prefix string, a *slog.Attr) []byte {
	kind := a.Value.Kind()
	if kind == slog.KindGroup {
		return appendLogfmtGroup(dst, &keyPath{name: prefix}, a, 0)
	}
	if a.Key != "" && isASCIIWord(a.Key) && (prefix == "" || isASCIIWord(prefix)) {
		dst = append(dst, ' ')
		if prefix != "" {
			dst = append(dst, prefix...)
		}
		dst = append(append(dst, a.Key...), '=')
	} else {
		dst = appendLogfmtKey(dst, &keyPath{name: prefix}, a.Key)
	}
	return appendLogfmtValue(dst, kind, a.Value)
}

// keyPath is what stands in front of a key: the names of the groups around it. A
// list on the stack, since joining them for each record would allocate.
type keyPath struct {
	outer *keyPath
	name  string // of one group, without its dot; of several if outer is nil, with it
}

func (p *keyPath) append(dst []byte) []byte {
	if p.outer == nil {
		return append(dst, p.name...)
	}
	dst = p.outer.append(dst)
	dst = append(dst, p.name...)
	return append(dst, '.')
}

func (p *keyPath) isWord() bool { return isWord(p.name) && (p.outer == nil || p.outer.isWord()) }

func appendLogfmtGroup(dst []byte, path *keyPath, a *slog.Attr, depth int) []byte {
	if depth > maxAttrDepth {
		return dst
	}
	if a.Key != "" {
		path = &keyPath{outer: path, name: a.Key}
	}
	group := a.Value.Group()
	for i := range group {
		m := &group[i]
		kind := m.Value.Kind()
		if kind == slog.KindGroup {
			dst = appendLogfmtGroup(dst, path, m, depth+1)
			continue
		}
		dst = appendLogfmtKey(dst, path, m.Key)
		dst = appendLogfmtValue(dst, kind, m.Value)
	}
	return dst
}

// appendLogfmtKey appends the key, in quotes as one word if it is none.
func appendLogfmtKey(dst []byte, path *keyPath, key string) []byte {
	dst = append(dst, ' ')
	if path.isWord() && isWord(key) && (key != "" || path.outer != nil || path.name != "") {
		dst = append(path.append(dst), key...)
	} else {
		dst = appendQuoted(dst, string(path.append(nil))+key)
	}
	return append(dst, '=')
}

func appendLogfmtValue(dst []byte, kind slog.Kind, v slog.Value) []byte {
	switch kind {
	case slog.KindString:
		return appendWord(dst, v.String())
	case slog.KindInt64:
		return appendInt(dst, v.Int64())
	case slog.KindUint64:
		return appendUint(dst, v.Uint64())
	case slog.KindFloat64:
		return appendFloat(dst, v.Float64(), 'g')
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool())
	case slog.KindDuration:
		return appendDuration(dst, v.Duration())
	case slog.KindTime:
		return v.Time().AppendFormat(dst, time.RFC3339Nano)
	}
	return appendWord(dst, textOf(v.Any()))
}

// appendWord appends s, in quotes unless it is a plain word. An empty value is
// quoted: key= would be read as a key without one.
func appendWord(dst []byte, s string) []byte {
	if s != "" && isASCIIWord(s) {
		return append(dst, s...)
	}
	if isText(s) {
		dst = append(dst, '"')
		dst = append(dst, s...)
		return append(dst, '"')
	}
	if isWideWord(s) {
		return append(dst, s...)
	}
	return appendQuoted(dst, s)
}

// isWord says that s needs no quotes: nothing in it separates, quotes or cannot
// be shown.
func isWord(s string) bool { return isASCIIWord(s) || isWideWord(s) }

// isWideWord is isWord, slower.
func isWideWord(s string) bool {
	for i, r := range s {
		if r < utf8.RuneSelf {
			if plain[r]&plainWord == 0 {
				return false
			}
			continue
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return false
			}
		}
		if !showable(r) {
			return false
		}
	}
	return true
}
