package wire

import (
	"fmt"
	"log/slog"
	"math/big"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

// Attributes gives the dictionary of the LogRecord that Python would have for r, in
// Python's order, with the message merged as SocketHandler sends it: what
// logging.makeLogRecord takes. Of a record that was received it is all that came,
// unchanged. What a record of this process has under the names of Python's
// attributes is told by Record.AppendStandard; its args are None, as SocketHandler
// sends them.
//
// Groups are dicts. Times and durations are strs, as are values of Go types that
// Python has nothing for. An attribute of r that has the name of one of Python's gets
// an underscore behind its name, where Python would raise KeyError. An ID is the
// attribute sluice_id. The dict shares with r the values that are Python's.
func Attributes(r *sluice.Record) *pyval.Dict {
	var room [numAttrs]slog.Attr
	d := &pyval.Dict{Pairs: make([]pyval.Pair, 0, int(numAttrs)+len(r.Attrs))}
	for _, a := range r.AppendStandard(room[:0]) {
		v := a.Value.Any()
		if a.Key == "args" && r.Origin == nil {
			v = nil
		}
		d.Pairs = append(d.Pairs, pyval.Pair{Key: attrOf(a.Key).key(), Value: v})
	}
	for _, a := range r.AppendAttrs(nil) {
		key := a.Key
		for attrOf(key) < numAttrs {
			key += "_"
		}
		// The key is a str, which is never refused.
		_ = d.Set(key, python(a.Value))
	}
	if !r.ID.IsZero() {
		_ = d.Set(idKey, r.ID.String())
	}
	if r.Origin == nil {
		return d
	}
	for _, p := range r.Origin.Residue {
		if p.Key == attrMessage.key() || p.Key == attrAsctime.key() {
			d.Pairs = append(d.Pairs, p)
		}
	}
	return d
}

// python gives the Python value of an attribute.
func python(v slog.Value) any {
	v = v.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return v.String()
	case slog.KindInt64:
		return v.Int64()
	case slog.KindUint64:
		return pyval.Int(new(big.Int).SetUint64(v.Uint64()))
	case slog.KindFloat64:
		return v.Float64()
	case slog.KindBool:
		return v.Bool()
	case slog.KindTime:
		return v.Time().Format(time.RFC3339Nano)
	case slog.KindGroup:
		d := new(pyval.Dict)
		for _, a := range v.Group() {
			_ = d.Set(a.Key, python(a.Value)) // a str is never refused
		}
		return d
	}
	switch x := v.Any().(type) {
	case nil, *big.Int, complex128, pyval.Bytes, *pyval.ByteArray, pyval.Tuple, *pyval.List, *pyval.Dict, *pyval.Set, pyval.Opaque:
		return x
	case []byte:
		return pyval.Bytes(x)
	case error:
		return errorText(x)
	default:
		return fmt.Sprint(x)
	}
}

// errorText is fmt.Sprint for an error, at a third of the price.
func errorText(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprint(err) // says what panicked
		}
	}()
	return err.Error()
}
