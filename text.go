package sluice

import (
	"encoding"
	"fmt"
	"math/big"
	"reflect"

	"github.com/sluicelog/sluice/pyval"
)

// textOf is the text of a value that slog has no kind for. A method of v that
// panics becomes text that says so: a value must not cost the record.
func textOf(v any) (text string) {
	defer func() {
		if p := recover(); p != nil {
			// As fmt does: a nil pointer is a value, not a mistake.
			text = fmt.Sprintf("!PANIC: %v", p)
			if isNilPointer(v) {
				text = "<nil>"
			}
		}
	}()
	switch v := v.(type) {
	case error: // first, since it is the usual one
		return v.Error()
	case nil:
		return "<nil>"
	case *big.Int:
		return pyval.Repr(v)
	case pyval.Bytes, *pyval.ByteArray, pyval.Tuple, *pyval.List, *pyval.Dict, *pyval.Set, pyval.Opaque:
		return pyval.Repr(v)
	case fmt.Stringer:
		return v.String()
	case encoding.TextMarshaler:
		b, err := v.MarshalText()
		if err != nil {
			return "!ERROR: " + err.Error()
		}
		return string(b)
	case []byte:
		return string(v)
	}
	return fmt.Sprintf("%+v", v)
}

func isNilPointer(v any) bool {
	p := reflect.ValueOf(v)
	return p.Kind() == reflect.Pointer && p.IsNil()
}
