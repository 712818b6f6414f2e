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
// unchanged. In a record of this process the attributes of thread and process are
// None.
//
// Groups are dicts. Times and durations are strs, as are values of Go types that
// Python has nothing for. An attribute of r that has the name of one of Python's gets
// an underscore behind its name, where Python would raise KeyError. The dict shares
// with r the values that are Python's.
func Attributes(r *sluice.Record) *pyval.Dict {
	d := new(pyval.Dict)
	var residue []pyval.Pair
	if r.Origin != nil {
		residue = r.Origin.Residue
	}
	put := func(a attr, v any) {
		for _, p := range residue {
			if p.Key == a.key() {
				v = p.Value
				break
			}
		}
		if _, absent := v.(sluice.Absent); !absent {
			d.Pairs = append(d.Pairs, pyval.Pair{Key: a.key(), Value: v})
		}
	}
	for a := range numCreated {
		put(a, field(r, a))
	}
	for _, a := range r.AppendAttrs(nil) {
		key := a.Key
		for attrOf(key) < numAttrs {
			key += "_"
		}
		// The key is a str, which is never refused.
		_ = d.Set(key, python(a.Value))
	}
	for a := numCreated; a < numAttrs; a++ {
		put(a, sluice.Absent{})
	}
	return d
}

// field gives what the fields of r say of an attribute.
func field(r *sluice.Record, a attr) any {
	switch a {
	case attrName:
		return r.Name
	case attrMsg:
		return r.Message
	case attrArgs, attrExcInfo:
		return nil
	case attrLevelname:
		return r.LevelText()
	case attrLevelno:
		return int64(r.Level)
	case attrExcText:
		return noneIfEmpty(r.ExcText)
	case attrStackInfo:
		return noneIfEmpty(r.StackInfo)
	case attrCreated:
		return created(r.Time)
	case attrMsecs:
		return millis(r.Time)
	case attrPathname, attrFilename, attrModule, attrLineno, attrFuncName:
		return placeField(r.Caller(), a)
	}
	if r.Origin == nil {
		if a == attrRelativeCreated {
			return 0.0
		}
		return nil
	}
	return originField(r.Origin, a)
}

func placeField(s slog.Source, a attr) any {
	file, module := fileAndModule(s.File)
	switch a {
	case attrPathname:
		return s.File
	case attrFilename:
		return file
	case attrModule:
		return module
	case attrLineno:
		return int64(s.Line)
	}
	return s.Function
}

func originField(o *sluice.Origin, a attr) any {
	switch a {
	case attrRelativeCreated:
		return o.RelativeCreated
	case attrThread:
		return o.Thread
	case attrThreadName:
		return o.ThreadName
	case attrProcessName:
		return o.ProcessName
	case attrProcess:
		return o.Process
	}
	return noneIfEmpty(o.TaskName)
}

func noneIfEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
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
		return x.Error()
	default:
		return fmt.Sprint(x)
	}
}
