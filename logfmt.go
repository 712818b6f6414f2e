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
}

// Logfmt is a Formatter that makes one line of key=value pairs of a record, as
// slog.TextHandler does: time, level (Python's name), source if asked for,
// logger, msg, the attributes with the names of their groups in front, exc and
// stack. What the record does not have is left out.
//
// Keys and values that are not plain words are quoted with Go's escapes, so that
// a record is one line whatever it holds.
type Logfmt struct {
	stamp  stampCache
	places *placeCache // nil: without source
}

// NewLogfmt returns a Logfmt. o may be nil.
func NewLogfmt(o *LogfmtOptions) *Logfmt {
	f := &Logfmt{}
	if o != nil && o.AddSource {
		f.places = &placeCache{}
	}
	return f
}

// AppendRecord appends the line; it never fails.
func (f *Logfmt) AppendRecord(dst []byte, r *Record) ([]byte, error) {
	if !r.Time.IsZero() {
		dst = append(dst, "time="...)
		dst = f.stamp.append(dst, r.Time)
		dst = append(dst, ' ')
	}
	dst = append(dst, "level="...)
	dst = appendWord(dst, r.LevelText())
	if f.places != nil {
		dst = append(dst, f.places.text(r, appendLogfmtSource)...)
	}
	if r.Name != "" {
		dst = append(dst, " logger="...)
		dst = appendWord(dst, r.Name)
	}
	dst = append(dst, " msg="...)
	dst = appendWord(dst, r.Message)
	if r.Scope != nil {
		dst = append(dst, r.Scope.Text(f)...)
	}
	for i := range r.Attrs {
		dst = appendLogfmtAttr(dst, &keyPath{name: r.Scope.Prefix()}, &r.Attrs[i], 0)
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
			dst = appendLogfmtAttr(dst, &keyPath{name: prefix}, &attrs[j], 0)
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

func appendLogfmtAttr(dst []byte, path *keyPath, a *slog.Attr, depth int) []byte {
	if a.Value.Kind() == slog.KindGroup {
		if depth > maxAttrDepth {
			return dst
		}
		inner := path
		if a.Key != "" {
			inner = &keyPath{outer: path, name: a.Key}
		}
		group := a.Value.Group()
		for i := range group {
			dst = appendLogfmtAttr(dst, inner, &group[i], depth+1)
		}
		return dst
	}
	dst = append(dst, ' ')
	if path.isWord() && isWord(a.Key) && (a.Key != "" || path.outer != nil) {
		dst = path.append(dst)
		dst = append(dst, a.Key...)
	} else {
		dst = appendQuoted(dst, string(path.append(nil))+a.Key)
	}
	dst = append(dst, '=')
	return appendLogfmtValue(dst, a.Value)
}

func appendLogfmtValue(dst []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindString:
		return appendWord(dst, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10)
	case slog.KindFloat64:
		return strconv.AppendFloat(dst, v.Float64(), 'g', -1, 64)
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool())
	case slog.KindDuration:
		return append(dst, v.Duration().String()...)
	case slog.KindTime:
		return v.Time().AppendFormat(dst, time.RFC3339Nano)
	}
	return appendWord(dst, textOf(v.Any()))
}

// appendWord appends s, in quotes unless it is a plain word. An empty value is
// quoted: key= would be read as a key without one.
func appendWord(dst []byte, s string) []byte {
	if s != "" && isWord(s) {
		return append(dst, s...)
	}
	return appendQuoted(dst, s)
}

// isWord says that s needs no quotes: nothing in it separates, quotes or cannot
// be shown.
func isWord(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return isWideWord(s[i:])
		}
		if !plainByte(c) && c != '\\' || c == ' ' || c == '=' {
			return false
		}
	}
	return true
}

func isWideWord(s string) bool {
	for i, r := range s {
		if r < utf8.RuneSelf {
			if !plainByte(byte(r)) && r != '\\' || r == ' ' || r == '=' {
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
