package pickle

import "math"

// DictAppender appends the pickle of a dict with str keys entry by entry, for those
// who have no *pyval.Dict of it: BeginDict, the entries, End. Of entries with the
// same key Python takes the last.
type DictAppender struct{ a appender }

// BeginDict begins a dict behind dst.
func BeginDict(dst []byte) DictAppender {
	return DictAppender{appender{dst: append(dst, opEmptyDict, opMark)}}
}

// End ends it and gives dst as it has grown.
func (d *DictAppender) End() []byte { return append(d.a.dst, opSetitems, opStop) }

// Str appends an entry that is a str.
func (d *DictAppender) Str(key, value string) error {
	if err := d.a.str(key); err != nil {
		return err
	}
	return d.a.str(value)
}

// Int appends an entry that is an int.
func (d *DictAppender) Int(key string, value int64) error {
	err := d.a.str(key)
	d.a.int(value)
	return err
}

// Float appends an entry that is a float.
func (d *DictAppender) Float(key string, value float64) error {
	err := d.a.str(key)
	d.a.dst = appendBE64(append(d.a.dst, opBinfloat), math.Float64bits(value))
	return err
}

// Bool appends an entry that is a bool.
func (d *DictAppender) Bool(key string, value bool) error {
	err := d.a.str(key)
	if value {
		d.a.dst = append(d.a.dst, "I01\n"...)
	} else {
		d.a.dst = append(d.a.dst, "I00\n"...)
	}
	return err
}

// None appends an entry that is None.
func (d *DictAppender) None(key string) error {
	err := d.a.str(key)
	d.a.dst = append(d.a.dst, opNone)
	return err
}

// Any appends an entry of any value that Append takes.
func (d *DictAppender) Any(key string, value any) error {
	if err := d.a.str(key); err != nil {
		return err
	}
	return d.a.value(value, 1)
}
