package sluice

import (
	"log/slog"

	"github.com/sluicelog/sluice/internal/pyfmt"
)

// recordFields is a record as the fields of a format. It is kept for the next
// record, so that it costs no memory.
type recordFields struct {
	standard
	formatter *textFormatter
	asctime   []byte // made before the format is filled in
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
		if _, came := v.record.Origin.came(key.name); came {
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
		return v.value(key.field, key.name), true
	}
	if !ok {
		return key.fallback, key.hasFallback
	}
	return value, true
}

// value gives one of Python's record attributes: as it came, or as the record
// says. Message and asctime are made here, whatever came.
func (v *recordFields) value(f field, name string) slog.Value {
	switch f {
	case fieldMessage:
		return slog.StringValue(v.record.Message)
	case fieldAsctime:
		return slog.StringValue(string(v.asctime))
	}
	if came, ok := v.record.Origin.came(name); ok {
		return slog.AnyValue(came)
	}
	return v.said(f)
}
