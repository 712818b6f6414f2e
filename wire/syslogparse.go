package wire

import (
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
)

// ParseRecord makes a record of a message, without its frame: RFC 5424, RFC 3164 as
// it really comes (also with a year, fractions of a second, an RFC 3339 time or
// without a host, as Go's log/syslog and the C library send it), Python's bare
// messages. It gives no error: what it cannot take apart is the record's message,
// whole. One NUL or newline at the end is not part of it.
//
// The level is that of the severity: Python's of that name, 25 and NOTICE, 60 and
// ALERT, 70 and EMERG; Info without a priority. The logger's name is the program's,
// or the tag. Attributes are the facility, hostname, msgid, what of the process is
// no number (procid), and the structured data as groups; what this package wrote
// comes back as it was. A time without a year is the nearest such time, in
// s.Location; a message without a time is of now.
func (s *Syslog) ParseRecord(data []byte) (*sluice.Record, error) {
	all := new(struct {
		record sluice.Record
		origin sluice.Origin
		attrs  [4]slog.Attr
	})
	r := &all.record
	r.Origin, r.Attrs = &all.origin, all.attrs[:0]
	s.parse(r, string(withoutEnd(data)), new(syslogBefore))
	return r, nil
}

// ParseRecordInto is ParseRecord into the memory that r has, its Attrs and Origin
// included: they must not be in use by anyone else. There is no error. Who reads many
// messages of one sender has them faster of a SyslogReader.
func (s *Syslog) ParseRecordInto(r *sluice.Record, data []byte) error {
	last := empty(r)
	s.parse(r, string(withoutEnd(data)), new(syslogBefore))
	forget(r, last)
	return nil
}

// withoutEnd cuts off one NUL or newline that ends a message.
func withoutEnd(data []byte) []byte {
	if n := len(data) - 1; n >= 0 && (data[n] == 0 || data[n] == '\n') {
		return data[:n]
	}
	return data
}

// parse fills r, which is empty but has an Origin.
func (s *Syslog) parse(r *sluice.Record, text string, b *syslogBefore) {
	priority, rest, ok := cutPriority(text)
	if !ok {
		r.Time, r.Level, r.Message = b.now(), sluice.Info, text
		return
	}
	setSeverity(r, Severity(priority&7))
	r.Attrs = append(r.Attrs, slog.String("facility", Facility(priority>>3).String()))
	switch {
	case s.parse5424(r, rest):
	case !s.parse3164(r, rest, b):
		r.Message = rest
	case !r.Time.IsZero() && r.Name != "":
		b.keep(r, text)
	}
	if r.Time.IsZero() {
		r.Time = b.now()
	}
}

// cutPriority cuts "<13>" off. Python sends facilities beyond 23 as well.
func cutPriority(text string) (priority int, rest string, ok bool) {
	const most = 5 // digits
	if len(text) < 3 || text[0] != '<' {
		return 0, text, false
	}
	i := 1
	for ; i < len(text) && i <= most && isDigit(text[i]); i++ {
		priority = priority*10 + int(text[i]-'0')
	}
	if i == 1 || i == len(text) || text[i] != '>' {
		return 0, text, false
	}
	return priority, text[i+1:], true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func setSeverity(r *sluice.Record, s Severity) {
	switch s {
	case LogEmerg:
		r.Level, r.LevelName = 70, "EMERG"
	case LogAlert:
		r.Level, r.LevelName = 60, "ALERT"
	case LogCrit:
		r.Level = sluice.Critical
	case LogErr:
		r.Level = sluice.Error
	case LogWarning:
		r.Level = sluice.Warning
	case LogNotice:
		r.Level, r.LevelName = 25, "NOTICE"
	case LogInfo:
		r.Level = sluice.Info
	case LogDebug:
		r.Level = sluice.Debug
	}
}

// setProcess sets what a sender says is its process.
func setProcess(r *sluice.Record, id string) {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && n > 0 && id[0] != '+' && id[0] != '0' {
		r.Origin.Process = n
	} else if id != "" {
		r.Attrs = append(r.Attrs, slog.String("procid", id))
	}
}

// parse5424 takes apart what follows the priority (RFC 5424, 6), or nothing.
func (s *Syslog) parse5424(r *sluice.Record, text string) bool {
	rest, ok := strings.CutPrefix(text, "1 ")
	if !ok {
		return false
	}
	var head [5]string // time, host, program, process, message id
	for i := range head {
		if head[i], rest, ok = strings.Cut(rest, " "); !ok || head[i] == "" {
			return false
		}
		if head[i] == "-" {
			head[i] = ""
		}
	}
	var t time.Time
	if head[0] != "" {
		var err error
		if t, err = time.Parse(time.RFC3339Nano, head[0]); err != nil {
			return false
		}
	}
	elements, rest, ok := cutStructured(rest)
	if !ok {
		return false
	}
	r.Time, r.Name = t, head[2]
	r.Message = strings.TrimPrefix(strings.TrimPrefix(rest, " "), bom)
	if head[1] != "" {
		r.Attrs = append(r.Attrs, slog.String("hostname", head[1]))
	}
	setProcess(r, head[3])
	if head[4] != "" {
		r.Attrs = append(r.Attrs, slog.String("msgid", head[4]))
	}
	elements, keys := cutKeys(elements)
	for i := range elements {
		if e := &elements[i]; e.id == s.structuredID() {
			e.params = setOwn(r, e.params)
		}
	}
	keys.set()
	for _, e := range elements {
		if e.id == s.structuredID() {
			r.Attrs = append(r.Attrs, e.params...)
			continue
		}
		r.Attrs = append(r.Attrs, slog.Attr{Key: e.id, Value: slog.GroupValue(e.params...)})
	}
	return true
}

func (s *Syslog) structuredID() string {
	if s.StructuredID != "" {
		return s.StructuredID
	}
	return defaultStructuredID
}

// setOwn undoes appendStructured's own element, which begins with what is no
// attribute, in this order. It gives the others.
func setOwn(r *sluice.Record, params []slog.Attr) []slog.Attr {
	cut := func(key string) (value string, ok bool) {
		if len(params) == 0 || params[0].Key != key {
			return "", false
		}
		value = params[0].Value.String()
		params = params[1:]
		return value, true
	}
	if logger, ok := cut(loggerKey); ok {
		// The program's name may be what was left of it in the header.
		if r.Name != "" && (isAppName(logger) || string(appendName(nil, logger, maxAppName)) != r.Name) {
			r.Attrs = append(r.Attrs, slog.String("app_name", r.Name))
		}
		r.Name = logger
	}
	if len(params) > 1 && params[1].Key == levelnoKey {
		if name, ok := cut(levelKey); ok {
			no, _ := cut(levelnoKey)
			if n, err := strconv.ParseInt(no, 10, 32); err == nil {
				r.Level, r.LevelName = sluice.Level(n), ""
				if name != r.Level.String() {
					r.LevelName = name
				}
			}
		}
	}
	if len(params) > 0 && params[0].Key == idKey {
		if id, ok := sluice.ParseID(params[0].Value.String()); ok {
			r.ID, params = id, params[1:]
		}
	}
	return params
}

// element is one of the structured data.
type element struct {
	id     string
	params []slog.Attr
}

// maxParams bounds the memory for parameters, each of which may be as short as five
// bytes. A message with more is kept as text.
const maxParams = 1000

// cutStructured cuts the structured data off (RFC 5424, 6.3): "-" or elements.
func cutStructured(text string) (elements []element, rest string, ok bool) {
	if rest, ok = strings.CutPrefix(text, "-"); ok {
		return nil, rest, rest == "" || rest[0] == ' '
	}
	params := 0
	for strings.HasPrefix(text, "[") {
		var e element
		n := paramName(text[1:])
		e.id, text = text[1:1+n], text[1+n:]
		for strings.HasPrefix(text, " ") {
			n := paramName(text[1:])
			key := text[1 : 1+n]
			value, after, ok := cutQuoted(text[1+n:])
			if params++; !ok || n == 0 || params > maxParams {
				return nil, "", false
			}
			e.params = append(e.params, slog.String(key, value))
			text = after
		}
		if text, ok = strings.CutPrefix(text, "]"); !ok || e.id == "" {
			return nil, "", false
		}
		if params++; params > maxParams {
			return nil, "", false
		}
		elements = append(elements, e)
	}
	return elements, text, len(elements) > 0 && (text == "" || text[0] == ' ')
}

// paramName is the length of the name that text begins with.
func paramName(text string) int {
	for i := range len(text) {
		if !isParamName(text[i]) {
			return i
		}
	}
	return len(text)
}

// cutQuoted cuts ="value" off. A backslash in front of what needs none is itself.
func cutQuoted(text string) (value, rest string, ok bool) {
	if text, ok = strings.CutPrefix(text, `="`); !ok {
		return "", "", false
	}
	var b []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			if b != nil {
				return string(b), text[i+1:], true
			}
			return text[:i], text[i+1:], true
		case '\\':
			if i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\' || text[i+1] == ']') {
				if b == nil {
					b = append(make([]byte, 0, i+16), text[:i]...)
				}
				i++
				c = text[i]
			}
			if b != nil {
				b = append(b, c)
			}
		default:
			if b != nil {
				b = append(b, c)
			}
		}
	}
	return "", "", false
}
