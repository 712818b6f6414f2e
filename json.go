package sluice

import "log/slog"

// JSONOptions are the options of NewJSON.
type JSONOptions struct {
	// AddSource adds source: {function, file, line}.
	AddSource bool
}

// JSON is a Formatter that makes one JSON object on one line of a record, with
// the keys of slog.JSONHandler: time, level (Python's name), source if asked for,
// logger, msg, the attributes with groups as objects, exc and stack. What the
// record does not have is left out. A duration is its nanoseconds, NaN and the
// infinities are strings, and keys that occur twice are written twice.
type JSON struct {
	stamp  stampCache
	places *placeCache // nil: without source
}

// NewJSON returns a JSON. o may be nil.
func NewJSON(o *JSONOptions) *JSON {
	f := &JSON{}
	if o != nil && o.AddSource {
		f.places = &placeCache{}
	}
	return f
}

// AppendRecord appends the object; it never fails: a value that cannot be
// written becomes a string that says why.
func (f *JSON) AppendRecord(dst []byte, r *Record) ([]byte, error) {
	if r.Time.IsZero() {
		dst = append(dst, `{"level":`...)
	} else {
		dst = append(dst, `{"time":"`...)
		dst = f.stamp.append(dst, r.Time)
		dst = append(dst, `","level":`...)
	}
	dst = appendJSONString(dst, r.LevelText())
	if f.places != nil {
		dst = append(dst, f.places.text(r, appendJSONSource)...)
	}
	if r.Name != "" {
		dst = append(dst, `,"logger":`...)
		dst = appendJSONString(dst, r.Name)
	}
	dst = append(dst, `,"msg":`...)
	dst = appendJSONString(dst, r.Message)
	open := 0
	if r.Scope != nil {
		dst = append(dst, r.Scope.Text(f)...)
		open = lastBound(r.Scope)
	}
	if len(r.Attrs) > 0 {
		for ; open < r.Scope.Levels()-1; open++ {
			group, _ := r.Scope.Level(open + 1)
			dst = appendJSONGroup(dst, group)
		}
		for i := range r.Attrs {
			dst = appendJSONAttr(dst, &r.Attrs[i], 0)
		}
	}
	for range open {
		dst = append(dst, '}')
	}
	if r.ExcText != "" {
		dst = append(dst, `,"exc":`...)
		dst = appendJSONString(dst, r.ExcText)
	}
	if r.StackInfo != "" {
		dst = append(dst, `,"stack":`...)
		dst = appendJSONString(dst, r.StackInfo)
	}
	return append(dst, '}'), nil
}

// AppendScope appends what s binds, the groups up to the last one with
// attributes left open: those after it are opened only for a record that has
// attributes, since a group that would be empty is left out.
func (f *JSON) AppendScope(dst []byte, s *Scope) []byte {
	for i := range lastBound(s) + 1 {
		group, attrs := s.Level(i)
		if i > 0 {
			dst = appendJSONGroup(dst, group)
		}
		for j := range attrs {
			dst = appendJSONAttr(dst, &attrs[j], 0)
		}
	}
	return dst
}

// lastBound is the innermost level of s that binds attributes.
func lastBound(s *Scope) int {
	for i := s.Levels() - 1; i > 0; i-- {
		if _, attrs := s.Level(i); len(attrs) > 0 {
			return i
		}
	}
	return 0
}

func appendJSONGroup(dst []byte, name string) []byte {
	return append(appendJSONKey(dst, name), '{')
}

// appendJSONKey appends a key and its colon, after a comma unless an object has
// just been opened. An empty dst is the head of a scope's text, which follows the
// message.
func appendJSONKey(dst []byte, key string) []byte {
	if len(dst) == 0 || dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	if isText(key) {
		dst = append(dst, '"')
		dst = append(dst, key...)
		return append(dst, '"', ':')
	}
	return append(appendJSONString(dst, key), ':')
}

func appendJSONSource(dst []byte, s slog.Source) []byte {
	if s.File == "" {
		return dst
	}
	dst = append(dst, `,"source":{"function":`...)
	dst = appendJSONString(dst, s.Function)
	dst = append(dst, `,"file":`...)
	dst = appendJSONString(dst, s.File)
	dst = append(dst, `,"line":`...)
	dst = appendInt(dst, int64(s.Line))
	return append(dst, '}')
}

func appendJSONAttr(dst []byte, a *slog.Attr, depth int) []byte {
	kind := a.Value.Kind()
	if kind == slog.KindGroup {
		if depth > maxAttrDepth {
			return dst
		}
		if a.Key != "" {
			dst = appendJSONGroup(dst, a.Key)
		}
		group := a.Value.Group()
		for i := range group {
			dst = appendJSONAttr(dst, &group[i], depth+1)
		}
		if a.Key != "" {
			dst = append(dst, '}')
		}
		return dst
	}
	return appendJSONValue(appendJSONKey(dst, a.Key), kind, a.Value)
}
