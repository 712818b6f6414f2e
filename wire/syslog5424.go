package wire

import (
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

const (
	defaultStructuredID = "sluice@32473"
	keysID              = "keys@32473"    // the keys that are no names, by the numbers of their parameters
	omittedID           = "omitted@32473" // how many parameters were left out

	maxParamName  = 32       // RFC 5424, 6.3.3
	maxStructured = 32 << 10 // bytes of structured data, so that the text fits into a datagram beside them
	maxGroupDepth = 32
	time5424      = "2006-01-02T15:04:05.000000Z07:00" // at most six digits
)

// append5424 appends the header and the structured data (RFC 5424, 6.2 and 6.3).
func (s *Syslog) append5424(dst []byte, r *sluice.Record) []byte {
	dst = append(dst, "1 "...)
	if r.Time.IsZero() {
		dst = append(dst, '-')
	} else {
		dst = r.Time.AppendFormat(dst, time5424)
	}
	dst = appendName(append(dst, ' '), s.Hostname, maxHostname)
	// As the structured data have it, so that a reader knows it for the same.
	dst = appendName(append(dst, ' '), strings.ToValidUTF8(s.appName(r), "\ufffd"), maxAppName)
	dst = append(dst, ' ')
	if p := s.process(r); p != 0 {
		dst = strconv.AppendInt(dst, p, 10)
	} else {
		dst = append(dst, '-')
	}
	dst = append(dst, " - "...) // MSGID
	return append(s.appendStructured(dst, r), ' ')
}

// appendStructured appends the attributes: a group that is named as structured
// data are, name@number, as an element of its own, all others in one, with the
// names of their groups in front. What of a key is no name stands in another one.
func (s *Syslog) appendStructured(dst []byte, r *sluice.Record) []byte {
	var room [16]slog.Attr
	attrs := r.AppendAttrs(room[:0])
	w := structured{dst: dst, end: len(dst) + maxStructured}
	start := len(dst)
	w.open(s.structuredID())
	if r.Name != "" && (s.AppName != "" || !isAppName(r.Name)) {
		w.param(loggerKey, r.Name)
	}
	if r.LevelName != "" || r.Level%10 != 0 || r.Level < sluice.Debug || r.Level > sluice.Critical {
		w.param(levelKey, r.LevelText())
		w.param(levelnoKey, strconv.Itoa(int(r.Level)))
	}
	if !r.ID.IsZero() {
		w.param(idKey, r.ID.String())
	}
	w.first = true
	for i := range attrs {
		if !s.isElement(&attrs[i]) {
			w.attr("", &attrs[i], 0)
		}
	}
	w.close()
	w.first = false
	for i := range attrs {
		if !s.isElement(&attrs[i]) {
			continue
		}
		w.open(attrs[i].Key)
		for _, m := range attrs[i].Value.Group() {
			w.attr("", &m, 0)
		}
		w.close()
	}
	if len(w.keys) > 0 {
		w.dst = append(append(append(append(w.dst, '['), keysID...), w.keys...), ']')
	}
	if w.left > 0 {
		w.dst = append(append(append(w.dst, '['), omittedID...), ` params="`...)
		w.dst = append(strconv.AppendInt(w.dst, int64(w.left), 10), `"]`...)
	}
	if len(w.dst) == start {
		w.dst = append(w.dst, '-')
	}
	return w.dst
}

// What the element of this package's own begins with, and is no attribute.
const (
	loggerKey  = "logger"
	levelKey   = "level"
	levelnoKey = "levelno"
)

// structured writes elements; one without parameters is not written.
type structured struct {
	dst    []byte
	end    int    // length of dst and keys at which no more is begun
	began  int    // of the element
	head   int    // end of the element's name
	params int    // parameters, of all elements
	counts int    // what the reader counts: elements, parameters, keys
	keys   []byte // parameters, of those whose name is not their key
	left   int    // parameters left out
	first  bool   // what is next might be taken for what only this package writes
}

func (w *structured) open(id string) {
	w.counts++
	w.began = len(w.dst)
	w.dst = append(w.dst, '[')
	w.dst = appendParamName(w.dst, id)
	w.head = len(w.dst)
}

func (w *structured) close() {
	if len(w.dst) == w.head {
		w.dst = w.dst[:w.began]
		w.counts--
		return
	}
	w.dst = append(w.dst, ']')
}

func (w *structured) attr(prefix string, a *slog.Attr, depth int) {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindGroup:
		if depth > maxGroupDepth {
			w.left++
			return
		}
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, m := range v.Group() {
			w.attr(prefix, &m, depth+1)
		}
	case slog.KindAny:
		w.param(prefix+a.Key, pyval.Str(python(v)))
	case slog.KindTime:
		w.param(prefix+a.Key, v.Time().Format(time.RFC3339Nano))
	default:
		w.param(prefix+a.Key, v.String())
	}
}

func (w *structured) param(key, value string) {
	// Two that are counted may be for the key, three are for what stands behind.
	if len(w.dst)+len(w.keys)+len(key)+len(value) > w.end || w.counts+2+3 > maxParams {
		w.left++
		return
	}
	w.params++
	w.counts++
	w.dst = append(w.dst, ' ')
	own := w.first && (key == loggerKey || key == levelKey || key == idKey)
	if own {
		w.dst = append(w.dst, '_')
	}
	w.first = false
	w.dst = appendParamName(w.dst, key)
	w.dst = append(w.dst, '=', '"')
	w.dst = appendParamValue(w.dst, value)
	w.dst = append(w.dst, '"')
	if !own && isName(key, maxParamName, isParamName) {
		return
	}
	w.counts++
	w.keys = strconv.AppendInt(append(w.keys, ' '), int64(w.params), 10)
	w.keys = append(w.keys, '=', '"')
	w.keys = appendParamValue(w.keys, key)
	w.keys = append(w.keys, '"')
}

// appendParamName appends a name: printable ASCII without what ends a name.
func appendParamName(dst []byte, name string) []byte {
	if name == "" {
		return append(dst, '_')
	}
	for _, c := range []byte(name[:min(len(name), maxParamName)]) {
		if !isParamName(c) {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

func isParamName(c byte) bool { return c > ' ' && c <= '~' && c != '=' && c != ']' && c != '"' }

// appendParamValue appends UTF-8 with the three characters escaped that must be.
func appendParamValue(dst []byte, value string) []byte {
	if !utf8.ValidString(value) {
		value = strings.ToValidUTF8(value, "\ufffd")
	}
	for _, c := range []byte(value) {
		if c == '"' || c == '\\' || c == ']' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}

// isElement says that a is a group with the name of structured data, and not with one
// that this package uses.
func (s *Syslog) isElement(a *slog.Attr) bool {
	if a.Value.Kind() != slog.KindGroup || !isName(a.Key, maxParamName, isParamName) {
		return false
	}
	at := strings.IndexByte(a.Key, '@')
	if at < 1 || at == len(a.Key)-1 || a.Key == s.structuredID() || a.Key == keysID || a.Key == omittedID {
		return false
	}
	for _, c := range []byte(a.Key[at+1:]) {
		if !isDigit(c) && c != '.' {
			return false
		}
	}
	return true
}
