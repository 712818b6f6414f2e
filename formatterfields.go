package sluice

import (
	"log/slog"

	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/pyval"
)

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
	switch key := &v.formatter.keys[i]; key.field {
	case fieldAsctime:
		return append(dst, v.asctime...), true
	case fieldMessage:
		return append(dst, v.record.Message...), true
	case fieldLevelName, fieldName:
		if _, came := v.record.Origin.residue(key.name); came {
			break
		}
		if key.field == fieldName {
			return append(dst, v.name()...), true
		}
		return append(dst, v.record.LevelText()...), true
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
		return v.standard(key.field, key.name), true
	}
	if !ok {
		return key.fallback, key.hasFallback
	}
	return value, true
}

// standard gives one of Python's record attributes: as it came, or as the record
// says. Message and asctime are made here, whatever came.
func (v *recordFields) standard(f field, name string) slog.Value {
	switch f {
	case fieldMessage:
		return slog.StringValue(v.record.Message)
	case fieldAsctime:
		return slog.StringValue(string(v.asctime))
	}
	if came, ok := v.record.Origin.residue(name); ok {
		return slog.AnyValue(came)
	}
	return v.said(f)
}

// residue gives what came under a standard name and is not what the fields say.
// That nothing came is no such thing: makeLogRecord gives a record all of them.
func (o *Origin) residue(name string) (any, bool) {
	if o == nil {
		return nil, false
	}
	for i := range o.Residue {
		p := &o.Residue[i]
		if key, ok := p.Key.(string); ok && key == name {
			_, absent := p.Value.(Absent)
			return p.Value, !absent
		}
	}
	return nil, false
}

// said gives one of Python's record attributes as the record says it.
func (v *recordFields) said(f field) slog.Value {
	r := v.record
	switch f {
	case fieldName:
		return slog.StringValue(v.name())
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

func (v *recordFields) name() string {
	if v.record.Name == "" {
		return "root"
	}
	return v.record.Name
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
