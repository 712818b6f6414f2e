package sluice

import "log/slog"

// usualFormat is a format whose fields are all %(key)s or %(key)d, as nearly all
// are. It is filled in without an interface between a field and the record, in about
// half of the time. What is not usual in a record is left to pyfmt, from the
// start: a usualFormat gives what that does, or nothing.
type usualFormat []usualField

type usualField struct {
	text   string // before it
	field  field
	name   string // of an attribute
	number bool   // %d
}

// usual gives f as a usualFormat; nil if it is none.
func (f *textFormatter) usual() usualFormat {
	if f.usesTime && !f.asctime.sure() {
		return nil
	}
	var u usualFormat
	for _, p := range f.format.Plain() {
		field := usualField{text: p.Text, field: fieldNone}
		if p.Index >= 0 {
			key := &f.keys[p.Index]
			field.field, field.name, field.number = key.field, key.name, p.Number
		}
		if field.number && field.field.isString() {
			return nil // always an error
		}
		u = append(u, field)
	}
	return u
}

func (f field) isString() bool {
	return f == fieldMessage || f == fieldName || f == fieldLevelName || f == fieldAsctime
}

// appendUsual appends r, or says that it cannot.
func (f *textFormatter) appendUsual(dst []byte, r *Record) (_ []byte, ok bool) {
	if r.Origin != nil && len(r.Origin.Residue) > 0 {
		return dst, false
	}
	v := standard{record: r, here: &f.here}
	for i := range f.fast {
		u := &f.fast[i]
		if len(u.text) == 1 {
			dst = append(dst, u.text[0])
		} else {
			dst = append(dst, u.text...)
		}
		start := len(dst)
		switch u.field {
		case fieldNone:
			continue
		case fieldMessage:
			dst = append(dst, r.Message...)
		case fieldName:
			dst = append(dst, v.name()...)
		case fieldLevelName:
			dst = append(dst, r.LevelText()...)
		case fieldAsctime:
			if dst, ok = f.asctime.appendUsual(dst, r.Time); !ok {
				return dst, false
			}
		default:
			var value slog.Value
			if u.field != fieldAttr {
				value = v.said(u.field)
			} else if value, ok = r.attr(u.name); !ok {
				return dst, false
			}
			switch kind := value.Kind(); {
			case kind == slog.KindInt64:
				dst = appendInt(dst, value.Int64())
			case kind == slog.KindString && !u.number:
				dst = append(dst, value.String()...)
			default:
				return dst, false
			}
		}
		if f.escape != nil && len(dst) > start {
			dst = f.escape(dst, start)
		}
	}
	return dst, true
}
