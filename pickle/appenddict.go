package pickle

import (
	"fmt"
	"math"
)

// maxDict bounds a dict that a DictAppender makes, in bytes: a text that a record
// refers to a thousand times, as one that was received may, is there a thousand times.
const maxDict = 64 << 20

var errLongDict = fmt.Errorf("pickle: %w: a dict of more than %d bytes", ErrTooLarge, maxDict)

// DictAppender appends the pickle of a dict with str keys entry by entry, for those
// who have no *pyval.Dict of it: BeginDict, the entries, End. Of entries with the
// same key Python takes the last. Str and Any give ErrTooLarge instead of a dict of more
// than 64 MiB.
type DictAppender struct {
	dst  []byte
	most int       // how long dst may become
	more *appender // of values other than the plain ones; nil: none yet
}

// BeginDict begins a dict behind dst.
func BeginDict(dst []byte) DictAppender {
	return ContinueDict(append(dst, opEmptyDict, opMark))
}

// ContinueDict continues a dict whose beginning, and perhaps entries, dst ends with:
// opcodes that were put together elsewhere.
func ContinueDict(dst []byte) DictAppender {
	return DictAppender{dst: dst, most: len(dst) + maxDict}
}

// Raw appends the opcodes of whole entries.
func (d *DictAppender) Raw(opcodes []byte) { d.dst = append(d.dst, opcodes...) }

// End ends it and gives dst as it has grown.
func (d *DictAppender) End() []byte { return append(d.dst, opSetitems, opStop) }

func (d *DictAppender) str(s string) (err error) {
	if len(d.dst)+len(s) > d.most {
		return errLongDict
	}
	d.dst, err = AppendStr(append(d.dst, opBinunicode), s)
	return err
}

// Str appends an entry that is a str.
func (d *DictAppender) Str(key, value string) error {
	if err := d.str(key); err != nil {
		return err
	}
	return d.str(value)
}

// Int appends an entry that is an int.
func (d *DictAppender) Int(key string, value int64) error {
	err := d.str(key)
	d.dst = AppendInt(d.dst, value)
	return err
}

// Float appends an entry that is a float.
func (d *DictAppender) Float(key string, value float64) error {
	err := d.str(key)
	d.dst = appendBE64(append(d.dst, opBinfloat), math.Float64bits(value))
	return err
}

// Bool appends an entry that is a bool.
func (d *DictAppender) Bool(key string, value bool) error {
	err := d.str(key)
	d.dst = appendBool(d.dst, value)
	return err
}

// None appends an entry that is None.
func (d *DictAppender) None(key string) error {
	err := d.str(key)
	d.dst = append(d.dst, opNone)
	return err
}

// Any appends an entry of any value that Append takes, or of an Opaque, also inside
// of others, as the str of its repr: one object that is not plain data costs no record.
func (d *DictAppender) Any(key string, value any) error {
	if err := d.str(key); err != nil {
		return err
	}
	if d.more == nil {
		d.more = &appender{opaque: true, most: d.most}
	}
	d.more.dst = d.dst
	err := d.more.value(value, 1)
	d.dst, d.more.dst = d.more.dst, nil
	return err
}
