package pickle

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sluicelog/sluice/pyval"
)

const (
	maxName        = 500
	ellipsis       = "builtins.ellipsis"
	notImplemented = "builtins.NotImplementedType"
)

func (m *machine) opGlobal() error {
	module, name, err := m.names()
	if err != nil {
		return err
	}
	return m.pushGlobal(module, name)
}

func (m *machine) opStackGlobal() error {
	vs, err := m.pop(2)
	if err != nil {
		return err
	}
	module, ok1 := m.str(vs[0])
	name, ok2 := m.str(vs[1])
	if !ok1 || !ok2 {
		return errors.New("a name is no str")
	}
	return m.pushGlobal(module, name)
}

func (m *machine) names() (module, name string, err error) {
	if module, err = m.line(); err != nil {
		return "", "", err
	}
	name, err = m.line()
	return module, name, err
}

// pushGlobal pushes the class or function of a name: only the name of it.
func (m *machine) pushGlobal(module, name string) error {
	// A name may come from the memo again and again, and is copied each time.
	if len(module)+len(name) > maxName {
		return fmt.Errorf("%w: a name of %d bytes", ErrTooLarge, len(module)+len(name))
	}
	if !isDotted(module) || !isDotted(name) {
		return errors.New("that is no name in Python")
	}
	full := modern(module, name)
	switch full {
	case "builtins.Ellipsis":
		return m.pushObject(pyval.Opaque{Name: ellipsis})
	case "builtins.NotImplemented":
		return m.pushObject(pyval.Opaque{Name: notImplemented})
	}
	return m.pushObject(pyval.Opaque{Name: full, Global: true})
}

// isDotted tells whether s is identifiers with dots between; other characters
// outside of ASCII than letters pass.
func isDotted(s string) bool {
	start := true
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			if start {
				return false
			}
			start = true
			continue
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c >= 0x80:
		case '0' <= c && c <= '9' && !start:
		default:
			return false
		}
		start = false
	}
	return !start && validText(s)
}

// modern gives the name that Python 3 has for a name of Python 2, which Python 3
// writes as well up to protocol 2 (_compat_pickle.py): of the modules that have data.
func modern(module, name string) string {
	switch module {
	case "__builtin__", "exceptions":
		module = "builtins"
		switch name {
		case "xrange":
			name = "range"
		case "long":
			name = "int"
		case "unicode", "basestring":
			name = "str"
		case "StandardError":
			name = "Exception"
		}
	case "copy_reg":
		module = "copyreg"
	case "UserDict", "UserList", "UserString":
		module = "collections"
		if name == "IterableUserDict" {
			name = "UserDict"
		}
	case "Cookie":
		module = "http.cookies"
	case "urlparse":
		module = "urllib.parse"
	}
	return module + "." + name
}

// opReduce is a call. What comes of it is known for the calls that restore basic
// types; of other callables an instance is assumed to come.
func (m *machine) opReduce() error {
	vs, err := m.pop(2)
	if err != nil {
		return err
	}
	callee, args := m.plain(vs[0]), m.plain(vs[1])
	fn, ok := callee.(pyval.Opaque)
	if !ok || !fn.Global {
		return wrongType("a name to call", callee)
	}
	tuple, ok := args.(pyval.Tuple)
	if !ok {
		return wrongType("a tuple of arguments", args)
	}
	return m.call(fn, tuple)
}

// instance pushes an instance of class, without what is in it.
func (m *machine) instance(class any) error {
	c, ok := class.(pyval.Opaque)
	if !ok || !c.Global {
		return wrongType("a class", class)
	}
	if module, _, _ := strings.Cut(c.Name, "."); isStandard(module) && !isData(c.Name) {
		return fmt.Errorf("%w: a call of %s", ErrRefused, c.Name)
	}
	return m.pushObject(pyval.Opaque{Name: c.Name})
}

func (m *machine) opInst() error {
	module, name, err := m.names()
	if err != nil {
		return err
	}
	if _, err := m.popMark(); err != nil {
		return err
	}
	if err := m.pushGlobal(module, name); err != nil {
		return err
	}
	vs, err := m.pop(1)
	if err != nil {
		return err
	}
	return m.instance(m.plain(vs[0]))
}

func (m *machine) opObj() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	if len(vs) == 0 {
		return errStack
	}
	return m.instance(m.plain(vs[0]))
}

func (m *machine) opNewObj() error {
	vs, err := m.pop(2)
	if err != nil {
		return err
	}
	class, args := m.plain(vs[0]), m.plain(vs[1])
	if _, ok := args.(pyval.Tuple); !ok {
		return wrongType("a tuple of arguments", args)
	}
	return m.instance(class)
}

func (m *machine) opNewObjEx() error {
	vs, err := m.pop(3)
	if err != nil {
		return err
	}
	class, args, kwargs := m.plain(vs[0]), m.plain(vs[1]), m.plain(vs[2])
	if _, ok := args.(pyval.Tuple); !ok {
		return wrongType("a tuple of arguments", args)
	}
	if _, ok := kwargs.(*pyval.Dict); !ok {
		return wrongType("a dict of arguments", kwargs)
	}
	return m.instance(class)
}

// opBuild would set the state of an instance, which is not kept.
func (m *machine) opBuild() error {
	if _, err := m.pop(1); err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	x := m.plain(v)
	o, ok := x.(pyval.Opaque)
	if !ok {
		return wrongType("an instance", x)
	}
	return contents(o)
}
