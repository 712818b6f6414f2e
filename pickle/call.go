package pickle

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sluicelog/sluice/pyval"
)

var errArgs = errors.New("not the arguments that a pickler writes")

// call pushes what fn makes of args, for the functions by which picklers write
// basic types; every other one is taken to be a class, or refused.
func (m *machine) call(fn pyval.Opaque, args pyval.Tuple) error {
	switch fn.Name {
	case "_codecs.encode":
		text, ok := latin1(args)
		if !ok {
			return fmt.Errorf("%s: %w", fn.Name, errArgs)
		}
		// One str may be turned into bytes again and again.
		if err := m.charge(len(text)); err != nil {
			return err
		}
		return m.pushObject(pyval.Bytes(text))
	case "builtins.bytes":
		if len(args) > 0 {
			return fmt.Errorf("%s: %w", fn.Name, errArgs)
		}
		return m.pushObject(pyval.Bytes(""))
	case "builtins.bytearray":
		data, ok := byteArrayData(args)
		if !ok {
			return fmt.Errorf("%s: %w", fn.Name, errArgs)
		}
		if err := m.charge(len(data)); err != nil {
			return err
		}
		return m.pushObject(&pyval.ByteArray{Data: data})
	case "builtins.set", "builtins.frozenset":
		items, ok := elements(args)
		if !ok {
			return fmt.Errorf("%s: %w", fn.Name, errArgs)
		}
		return m.pushSet(items, fn.Name == "builtins.frozenset")
	case "builtins.complex":
		c, ok := complexOf(args)
		if !ok {
			return fmt.Errorf("%s: %w", fn.Name, errArgs)
		}
		return m.pushObject(c)
	case "builtins.type":
		// How a pickler writes the classes that have no name in builtins.
		if name, ok := singletonType(args); ok {
			return m.pushObject(pyval.Opaque{Name: name, Global: true})
		}
	case "copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__":
		if len(args) == 0 {
			return fmt.Errorf("%s: %w", fn.Name, errArgs)
		}
		return m.instance(args[0])
	}
	return m.instance(fn)
}

// singletonType gives the class of the one value that a class without a name in
// builtins has.
func singletonType(args pyval.Tuple) (string, bool) {
	if len(args) != 1 {
		return "", false
	}
	switch x := args[0].(type) {
	case nil:
		return "builtins.NoneType", true
	case pyval.Opaque:
		return x.Name, x.Name == ellipsis || x.Name == notImplemented
	}
	return "", false
}

// latin1 gives the bytes of (str, "latin1").
func latin1(args pyval.Tuple) (string, bool) {
	if len(args) != 2 || args[1] != any("latin1") && args[1] != any("latin-1") {
		return "", false
	}
	text, ok := args[0].(string)
	if !ok {
		return "", false
	}
	i := strings.IndexFunc(text, func(r rune) bool { return r > 0x7F })
	if i < 0 {
		return text, true
	}
	out := append(make([]byte, 0, len(text)), text[:i]...)
	for _, r := range text[i:] {
		if r > 0xFF {
			return "", false
		}
		out = append(out, byte(r))
	}
	return string(out), true
}

// byteArrayData gives the data of bytearray(str, "latin1"), bytearray(bytes) or
// bytearray().
func byteArrayData(args pyval.Tuple) ([]byte, bool) {
	if len(args) == 0 {
		return nil, true
	}
	if b, ok := args[0].(pyval.Bytes); ok && len(args) == 1 {
		return []byte(b), true
	}
	text, ok := latin1(args)
	return []byte(text), ok
}

// elements gives the elements of set(list) or set().
func elements(args pyval.Tuple) ([]any, bool) {
	if len(args) == 0 {
		return nil, true
	}
	if len(args) > 1 {
		return nil, false
	}
	switch x := args[0].(type) {
	case *pyval.List:
		return x.Items, true
	case pyval.Tuple:
		return x, true
	}
	return nil, false
}

func complexOf(args pyval.Tuple) (complex128, bool) {
	if len(args) != 2 {
		return 0, false
	}
	re, ok1 := args[0].(float64)
	im, ok2 := args[1].(float64)
	return complex(re, im), ok1 && ok2
}
