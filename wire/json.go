package wire

import (
	"log/slog"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

// JSON is the codec of JSON lines that Python makes records of by
// logging.makeLogRecord(json.loads(line)): an object of Attributes, in ASCII, as
// json.dumps writes it. The zero JSON is ready for use, by any number of goroutines.
type JSON struct {
	Limits pickle.Limits `json:"limits,omitzero"` // of what ParseRecord spends
	// Places, if not nil, remembers where the logging calls of this process are, as
	// that of Pickle does.
	Places *sluice.Places `json:"-"`
}

// A value of a pickle can hold itself, or one list a million times.
const (
	maxJSONDepth  = 100
	maxJSONValues = 100_000
	maxJSONText   = 16 << 20
)

// AppendRecord appends the object, without a newline. Tuples and sets are arrays;
// keys that are no strings are str() of them; what JSON has nothing for, such as
// bytes, is a string of repr(). What is deeper than 100 levels, or longer than
// 16 MiB, is "...". It never fails.
func (j JSON) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	attrs := r.Attrs
	if r.Scope != nil {
		attrs = r.AppendAttrs(nil)
	}
	if r.Origin != nil || mayBeTwice(attrs) {
		return j.AppendDict(dst, Attributes(r))
	}
	// Attributes(r), without making the dict.
	w := jsonWriter{dst: dst, values: maxJSONValues, end: len(dst) + maxJSONText}
	s := r.Standard(j.Places)
	w.standard(&s)
	for i := range attrs {
		key := attrs[i].Key
		for attrOf(key) < numAttrs {
			key += "_"
		}
		w.dst = append(w.dst, ", "...)
		w.entry(key, attrs[i].Value)
	}
	if !r.ID.IsZero() {
		w.dst = append(w.dst, `, "`+idKey+`": "`...)
		w.dst, _ = r.ID.AppendText(w.dst) // never fails
		w.dst = append(w.dst, '"')
	}
	w.dst = append(w.dst, '}')
	return w.dst, nil
}

// standard writes the attributes that every record of this process has. To look in
// their keys for what is to be escaped would cost more than all else.
func (w *jsonWriter) standard(s *sluice.Standard) {
	w.after(`{"name": `).text(s.Name)
	w.after(`, "msg": `).text(s.Msg)
	w.after(`, "args": null, "levelname": `).text(s.LevelName)
	w.after(`, "levelno": `).int(s.LevelNo)
	w.after(`, "pathname": `).text(s.Pathname)
	w.after(`, "filename": `).text(s.Filename)
	w.after(`, "module": `).text(s.Module)
	w.after(`, "exc_info": null, "exc_text": `).optional(s.ExcText)
	w.after(`, "stack_info": `).optional(s.StackInfo)
	w.after(`, "lineno": `).int(s.LineNo)
	w.after(`, "funcName": `).text(s.FuncName)
	w.after(`, "created": `).float(s.Created)
	w.after(`, "msecs": `).float(s.Msecs)
	w.after(`, "relativeCreated": `).float(s.RelativeCreated)
	w.after(`, "thread": `).int(s.Thread)
	w.after(`, "threadName": `).text(s.ThreadName)
	w.after(`, "processName": `).text(s.ProcessName)
	w.after(`, "process": `).int(s.Process)
	w.after(`, "taskName": `).optional(s.TaskName)
}

// after appends text as it is.
func (w *jsonWriter) after(text string) *jsonWriter {
	w.dst = append(w.dst, text...)
	return w
}

func (w *jsonWriter) int(n int64) { w.dst = strconv.AppendInt(w.dst, n, 10) }

// optional writes a string, null if it is empty.
func (w *jsonWriter) optional(s string) {
	if s == "" {
		w.dst = append(w.dst, "null"...)
		return
	}
	w.text(s)
}

// AppendDict appends the object of d as AppendRecord does.
func (JSON) AppendDict(dst []byte, d *pyval.Dict) ([]byte, error) {
	w := jsonWriter{dst: dst, values: maxJSONValues, end: len(dst) + maxJSONText}
	w.value(d, 0)
	return w.dst, nil
}

// mayBeTwice says that the object of these attributes could have a key twice.
func mayBeTwice(attrs []slog.Attr) bool {
	if len(attrs) > 16 {
		return true // to compare them all would cost more than the dict
	}
	for i := range attrs {
		key := attrs[i].Key
		if key == idKey || strings.HasSuffix(key, "_") {
			return true
		}
		for j := range i {
			if attrs[j].Key == key {
				return true
			}
		}
	}
	return false
}

type jsonWriter struct {
	dst    []byte
	values int // that may still be begun
	end    int // length of dst at which no more is begun
}

func (w *jsonWriter) full() bool { return w.values < 0 || len(w.dst) > w.end }

func (w *jsonWriter) value(v any, depth int) {
	if w.values--; w.full() || depth > maxJSONDepth {
		w.text("...")
		return
	}
	switch v := v.(type) {
	case nil:
		w.dst = append(w.dst, "null"...)
	case bool:
		w.dst = strconv.AppendBool(w.dst, v)
	case int64:
		w.dst = strconv.AppendInt(w.dst, v, 10)
	case *big.Int:
		w.dst = v.Append(w.dst, 10)
	case float64:
		w.float(v)
	case string:
		w.text(v)
	case pyval.Tuple:
		w.array(v, depth)
	case *pyval.List:
		w.array(v.Items, depth)
	case *pyval.Set:
		w.array(v.Items, depth)
	case *pyval.Dict:
		w.object(v.Pairs, depth)
	default:
		w.text(pyval.Repr(v))
	}
}

// entry writes a key and its value; most values need no Python one.
func (w *jsonWriter) entry(key string, v slog.Value) {
	w.text(key)
	w.dst = append(w.dst, ": "...)
	w.slogValue(v)
}

func (w *jsonWriter) slogValue(v slog.Value) {
	switch v.Kind() {
	case slog.KindString:
		w.text(v.String())
	case slog.KindInt64:
		w.dst = strconv.AppendInt(w.dst, v.Int64(), 10)
	case slog.KindFloat64:
		w.float(v.Float64())
	case slog.KindBool:
		w.dst = strconv.AppendBool(w.dst, v.Bool())
	case slog.KindDuration:
		w.text(v.Duration().String())
	default:
		w.value(python(v), 1)
	}
}

// float writes what json.dumps does: a whole float keeps its point, and what JSON
// does not have is called as in JavaScript.
func (w *jsonWriter) float(f float64) {
	switch {
	case math.IsNaN(f):
		w.dst = append(w.dst, "NaN"...)
	case math.IsInf(f, 1):
		w.dst = append(w.dst, "Infinity"...)
	case math.IsInf(f, -1):
		w.dst = append(w.dst, "-Infinity"...)
	case f == math.Trunc(f) && 0 < f && f < 1e15: // such as milliseconds
		w.dst = append(strconv.AppendInt(w.dst, int64(f), 10), ".0"...)
	default:
		w.dst = pyval.AppendFloat(w.dst, f)
	}
}

func (w *jsonWriter) array(items []any, depth int) {
	w.dst = append(w.dst, '[')
	for i, v := range items {
		if i > 0 {
			w.dst = append(w.dst, ", "...)
		}
		w.value(v, depth+1)
		if w.full() {
			break
		}
	}
	w.dst = append(w.dst, ']')
}

func (w *jsonWriter) object(pairs []pyval.Pair, depth int) {
	w.dst = append(w.dst, '{')
	for i, p := range pairs {
		if i > 0 {
			w.dst = append(w.dst, ", "...)
		}
		if key, ok := p.Key.(string); ok {
			w.text(key)
		} else {
			w.text(pyval.Str(p.Key))
		}
		w.dst = append(w.dst, ": "...)
		w.value(p.Value, depth+1)
		if w.full() {
			break
		}
	}
	w.dst = append(w.dst, '}')
}

func (w *jsonWriter) text(s string) {
	w.dst = append(w.dst, '"')
	for len(s) > 0 {
		if n := plain(s); n > 0 {
			w.dst = append(w.dst, s[:n]...)
			s = s[n:]
			continue
		}
		c := s[0]
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 && len(s) >= 3 && hasSurrogate([]byte(s[:3])) {
			r, size = rune(c&0xf)<<12|rune(s[1]&0x3f)<<6|rune(s[2]&0x3f), 3
		}
		s = s[size:]
		switch {
		case r == '"' || r == '\\':
			w.dst = append(w.dst, '\\', byte(r))
		case r == '\n':
			w.dst = append(w.dst, '\\', 'n')
		case r < 0x10000:
			w.escape(r)
		default:
			r -= 0x10000
			w.escape(0xd800 + r>>10)
			w.escape(0xdc00 + r&0x3ff)
		}
	}
	w.dst = append(w.dst, '"')
}

// plain counts the characters that s begins with and that need no escape. Eight at
// once are looked at as a number: a byte that is less than n gives its highest bit in
// x - n, and a byte that is c is 0, less than 1, in x ^ c.
func plain(s string) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, backslash, del := x^'"'*ones, x^'\\'*ones, x^0x7f*ones
		if (x|(x-' '*ones)|(quote-ones)&^quote|(backslash-ones)&^backslash|(del-ones)&^del)&tops != 0 {
			break
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return i
		}
	}
	return len(s)
}

func (w *jsonWriter) escape(r rune) {
	const hex = "0123456789abcdef"
	w.dst = append(w.dst, '\\', 'u', hex[r>>12], hex[r>>8&0xf], hex[r>>4&0xf], hex[r&0xf])
}
