package wire

import (
	"math"
	"math/big"
	"strconv"
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
func (JSON) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	w := jsonWriter{dst: dst, values: maxJSONValues, end: len(dst) + maxJSONText}
	w.value(Attributes(r), 0)
	return w.dst, nil
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
	default:
		w.dst = append(w.dst, pyval.Repr(f)...)
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
		c := s[0]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			w.dst = append(w.dst, c)
			s = s[1:]
			continue
		}
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

func (w *jsonWriter) escape(r rune) {
	const hex = "0123456789abcdef"
	w.dst = append(w.dst, '\\', 'u', hex[r>>12], hex[r>>8&0xf], hex[r>>4&0xf], hex[r&0xf])
}
