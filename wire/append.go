package wire

import (
	"crypto/sha256"
	"log/slog"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
)

// AppendRecord appends the pickle of r's Attributes, as Python's SocketHandler
// sends them but for the four bytes of length. A record that holds an Opaque, of
// which only the name is left, gives an error.
func (p Pickle) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	if len(p.Key) == 0 {
		return appendPickle(dst, r)
	}
	from := len(dst)
	dst, err := appendPickle(append(dst, make([]byte, sha256.Size)...), r)
	if err != nil {
		return dst[:from], err
	}
	sign(p.Key, dst, from)
	return dst, nil
}

// appendPickle is pickle.Append of Attributes(r), without making the dict.
func appendPickle(dst []byte, r *sluice.Record) ([]byte, error) {
	d := pickle.BeginDict(dst)
	var room [numAttrs]slog.Attr
	for _, a := range r.AppendStandard(room[:0]) {
		if a.Key == "args" && r.Origin == nil {
			a.Value = slog.Value{}
		}
		if err := appendEntry(&d, a.Key, a.Value); err != nil {
			return dst, err
		}
	}
	attrs := r.Attrs
	if r.Scope != nil {
		attrs = r.AppendAttrs(nil)
	}
	for i := range attrs {
		key := attrs[i].Key
		for attrOf(key) < numAttrs {
			key += "_"
		}
		if err := appendEntry(&d, key, attrs[i].Value); err != nil {
			return dst, err
		}
	}
	if !r.ID.IsZero() {
		if err := d.Str(idKey, r.ID.String()); err != nil {
			return dst, err
		}
	}
	if r.Origin != nil {
		for _, p := range r.Origin.Residue {
			if p.Key == attrMessage.key() || p.Key == attrAsctime.key() {
				if err := d.Any(p.Key.(string), p.Value); err != nil {
					return dst, err
				}
			}
		}
	}
	return d.End(), nil
}

func appendEntry(d *pickle.DictAppender, key string, v slog.Value) error {
	switch v.Kind() {
	case slog.KindString:
		return d.Str(key, v.String())
	case slog.KindInt64:
		return d.Int(key, v.Int64())
	case slog.KindFloat64:
		return d.Float(key, v.Float64())
	case slog.KindBool:
		return d.Bool(key, v.Bool())
	case slog.KindAny:
		if v.Any() == nil {
			return d.None(key)
		}
	}
	return d.Any(key, python(v))
}
