package sluice

import (
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/pyval"
)

// field is one of Python's record attributes.
type field uint8

const (
	fieldAttr field = iota // none of them: an attribute
	fieldName
	fieldMsg
	fieldArgs
	fieldLevelName
	fieldLevelNo
	fieldPathname
	fieldFilename
	fieldModule
	fieldExcInfo
	fieldExcText
	fieldStackInfo
	fieldLineNo
	fieldFuncName
	fieldCreated
	fieldMsecs
	fieldRelativeCreated
	fieldThread
	fieldThreadName
	fieldProcessName
	fieldProcess
	fieldTaskName
	fieldMessage
	fieldAsctime
)

func fieldOf(key string) field {
	switch key {
	case "name":
		return fieldName
	case "msg":
		return fieldMsg
	case "args":
		return fieldArgs
	case "levelname":
		return fieldLevelName
	case "levelno":
		return fieldLevelNo
	case "pathname":
		return fieldPathname
	case "filename":
		return fieldFilename
	case "module":
		return fieldModule
	case "exc_info":
		return fieldExcInfo
	case "exc_text":
		return fieldExcText
	case "stack_info":
		return fieldStackInfo
	case "lineno":
		return fieldLineNo
	case "funcName":
		return fieldFuncName
	case "created":
		return fieldCreated
	case "msecs":
		return fieldMsecs
	case "relativeCreated":
		return fieldRelativeCreated
	case "thread":
		return fieldThread
	case "threadName":
		return fieldThreadName
	case "processName":
		return fieldProcessName
	case "process":
		return fieldProcess
	case "taskName":
		return fieldTaskName
	case "message":
		return fieldMessage
	case "asctime":
		return fieldAsctime
	}
	return fieldAttr
}

// recordFields is a record as the fields of a format. It is kept for the next
// record, so that it costs no memory.
type recordFields struct {
	formatter *textFormatter
	record    *Record
	asctime   []byte // made before the format is filled in
	source    slog.Source
	hasSource bool
}

// AppendStr appends the text of the i-th key.
func (v *recordFields) AppendStr(dst []byte, i int) ([]byte, bool) {
	// The usual ones, without making values of them.
	if v.record.Origin == nil || len(v.record.Origin.Residue) == 0 {
		switch v.formatter.keys[i].field {
		case fieldAsctime:
			return append(dst, v.asctime...), true
		case fieldMessage:
			return append(dst, v.record.Message...), true
		}
	}
	value, ok := v.Value(i)
	if !ok {
		return dst, false
	}
	return pyfmt.AppendStr(dst, value), true
}

// Value gives the value of the i-th key.
func (v *recordFields) Value(i int) (slog.Value, bool) {
	key := &v.formatter.keys[i]
	var value slog.Value
	var ok bool
	if key.field == fieldAttr {
		if value, ok = v.record.attr(key.name); !ok && key.plain != "" {
			value, ok = v.record.attr(key.plain)
		}
		if ok {
			value = pythonValue(value)
		}
	} else {
		value, ok = v.standard(key.field, key.name)
	}
	if !ok {
		return key.fallback, key.hasFallback
	}
	return value, true
}

// standard gives one of Python's record attributes: as it came, or as the record
// says. Message and asctime are made here, whatever came.
func (v *recordFields) standard(f field, name string) (slog.Value, bool) {
	switch f {
	case fieldMessage:
		return slog.StringValue(v.record.Message), true
	case fieldAsctime:
		return slog.StringValue(string(v.asctime)), true
	}
	if o := v.record.Origin; o != nil {
		for i := range o.Residue {
			if o.Residue[i].Key == name {
				if _, absent := o.Residue[i].Value.(Absent); absent {
					return slog.Value{}, false
				}
				return slog.AnyValue(o.Residue[i].Value), true
			}
		}
	}
	return v.said(f), true
}

// said gives one of Python's record attributes as the record says it.
func (v *recordFields) said(f field) slog.Value {
	r := v.record
	switch f {
	case fieldName:
		if r.Name == "" {
			return slog.StringValue("root")
		}
		return slog.StringValue(r.Name)
	case fieldMsg:
		return slog.StringValue(r.Message)
	case fieldArgs:
		return slog.AnyValue(noArgs)
	case fieldLevelName:
		return slog.StringValue(r.LevelText())
	case fieldLevelNo:
		return slog.Int64Value(int64(r.Level))
	case fieldExcText:
		return textOrNone(r.ExcText)
	case fieldStackInfo:
		return textOrNone(r.StackInfo)
	case fieldPathname, fieldFilename, fieldModule, fieldLineNo, fieldFuncName:
		return v.place(f)
	case fieldCreated, fieldMsecs, fieldRelativeCreated:
		return v.time(f)
	}
	if r.Origin != nil {
		return r.Origin.said(f)
	}
	switch f {
	case fieldProcess, fieldThread:
		return slog.Int64Value(v.formatter.process)
	case fieldProcessName:
		return slog.StringValue("MainProcess")
	case fieldThreadName:
		return slog.StringValue("MainThread")
	}
	return slog.Value{} // exc_info, taskName
}

var noArgs = any(pyval.Tuple{})

func (o *Origin) said(f field) slog.Value {
	switch f {
	case fieldProcess:
		return slog.Int64Value(o.Process)
	case fieldProcessName:
		return slog.StringValue(o.ProcessName)
	case fieldThread:
		return slog.Int64Value(o.Thread)
	case fieldThreadName:
		return slog.StringValue(o.ThreadName)
	case fieldTaskName:
		return textOrNone(o.TaskName)
	}
	return slog.Value{}
}

func textOrNone(s string) slog.Value {
	if s == "" {
		return slog.Value{}
	}
	return slog.StringValue(s)
}

// time gives the numbers that Python takes from the clock.
func (v *recordFields) time(f field) slog.Value {
	t := v.record.Time
	if f == fieldRelativeCreated {
		if o := v.record.Origin; o != nil {
			return slog.Float64Value(o.RelativeCreated)
		}
		if t.IsZero() {
			return slog.Float64Value(0)
		}
		return slog.Float64Value(float64(t.UnixNano()-v.formatter.start.UnixNano()) / 1e6)
	}
	seconds, msecs := pythonClock(t)
	if f == fieldMsecs {
		return slog.Float64Value(msecs)
	}
	return slog.Float64Value(seconds)
}

// pythonClock gives LogRecord's created and msecs. As there, created may round up
// to the next second, and msecs is then 0 and not 999.
func pythonClock(t time.Time) (created, msecs float64) {
	if t.IsZero() {
		return 0, 0
	}
	created = float64(t.UnixNano()) / 1e9
	msecs = float64(t.Nanosecond() / int(time.Millisecond))
	if msecs == 999 && math.Trunc(created) != float64(t.Unix()) {
		msecs = 0
	}
	return created, msecs
}

// attr finds an attribute by its key, or by the names of its groups and its key
// with dots between. Of several the last one counts.
func (r *Record) attr(key string) (slog.Value, bool) {
	return r.scopedAttr(0, key)
}

// scopedAttr looks from the i-th level of the scope inward.
func (r *Record) scopedAttr(i int, key string) (slog.Value, bool) {
	if i == r.Scope.Levels()-1 {
		if v, ok := attrIn(r.Attrs, key); ok {
			return v, true
		}
	} else {
		group, _ := r.Scope.Level(i + 1)
		if rest, ok := strings.CutPrefix(key, group); ok && rest == "" {
			return r.group(i + 1)
		} else if ok && rest[0] == '.' {
			if v, ok := r.scopedAttr(i+1, rest[1:]); ok {
				return v, true
			}
		}
	}
	_, attrs := r.Scope.Level(i)
	return attrIn(attrs, key)
}

// group gives the i-th level of the scope, and all inside it, as one value.
func (r *Record) group(i int) (slog.Value, bool) {
	inside := r.Scope.appendAttrs(nil, i, r.Attrs)
	return slog.GroupValue(inside...), len(inside) > 0
}

func attrIn(attrs []slog.Attr, key string) (slog.Value, bool) {
	for i := len(attrs) - 1; i >= 0; i-- {
		a := &attrs[i]
		if a.Key == key {
			return a.Value, true
		}
		if a.Value.Kind() != slog.KindGroup {
			continue
		}
		rest, ok := key, true
		if a.Key != "" { // else its members stand among the others
			if rest, ok = strings.CutPrefix(key, a.Key); !ok || !strings.HasPrefix(rest, ".") {
				continue
			}
			rest = rest[1:]
		}
		if v, ok := attrIn(a.Value.Group(), rest); ok {
			return v, true
		}
	}
	return slog.Value{}, false
}
