package pickle

import (
	"errors"
	"fmt"

	"github.com/sluicelog/sluice/pyval"
)

var errOdd = errors.New("a key without a value")

// wrongType is the error of an opcode whose operand has not the type it needs.
func wrongType(want string, x any) error {
	return fmt.Errorf("needs %s, not a value of type %s", want, pyval.TypeName(x))
}

func (m *machine) opList() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	items := m.plains(vs)
	if err := m.spend(len(items)); err != nil {
		return err
	}
	return m.pushObject(&pyval.List{Items: items})
}

func (m *machine) opAppend() error {
	vs, err := m.pop(1)
	if err != nil {
		return err
	}
	return m.extend(vs)
}

func (m *machine) opAppends() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	return m.extend(vs)
}

// extend appends vs to the list on the stack.
func (m *machine) extend(vs []value) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	switch x := m.plain(v).(type) {
	case *pyval.List:
		for _, v := range vs {
			x.Items = append(x.Items, m.plain(v))
		}
		return m.spend(len(vs))
	case pyval.Opaque:
		return contents(x)
	default:
		return wrongType("a list", x)
	}
}

// contents is what happens to the contents of an instance: nothing.
func contents(o pyval.Opaque) error {
	if o.Global {
		return fmt.Errorf("%w: it would change %s itself", ErrRefused, o.Name)
	}
	return nil
}

func (m *machine) opTuple() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	return m.pushTuple(vs)
}

func (m *machine) opTupleN(n int) error {
	vs, err := m.pop(n)
	if err != nil {
		return err
	}
	return m.pushTuple(vs)
}

func (m *machine) pushTuple(vs []value) error {
	items := m.plains(vs)
	if err := m.spend(len(items)); err != nil {
		return err
	}
	return m.pushObject(pyval.Tuple(items))
}

func (m *machine) opEmptyDict() error {
	if m.startRoot() {
		return nil
	}
	return m.pushObject(new(pyval.Dict))
}

func (m *machine) opDict() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	// The values lie where the dict goes; pushing must not overwrite them.
	vs = append([]value(nil), vs...)
	if err := m.opEmptyDict(); err != nil {
		return err
	}
	return m.setItems(vs)
}

func (m *machine) opSetItem() error {
	vs, err := m.pop(2)
	if err != nil {
		return err
	}
	return m.setItems(vs)
}

func (m *machine) opSetItems() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	return m.setItems(vs)
}

// setItems makes entries of the dict on the stack from vs: key, value, key ...
func (m *machine) setItems(vs []value) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	if len(vs)%2 != 0 {
		return errOdd
	}
	if v.kind == kindRoot {
		return m.setRootItems(vs)
	}
	switch x := m.plain(v).(type) {
	case *pyval.Dict:
		return m.setDictItems(x, vs)
	case pyval.Opaque:
		return contents(x)
	default:
		return wrongType("a dict", x)
	}
}

func (m *machine) setDictItems(d *pyval.Dict, vs []value) error {
	if err := m.spend(len(vs)); err != nil {
		return err
	}
	for i := 0; i < len(vs); i += 2 {
		k := m.plain(vs[i])
		if err := m.afford(k); err != nil {
			return err
		}
		if err := d.Set(k, m.plain(vs[i+1])); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) opAddItems() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	switch x := m.plain(v).(type) {
	case *pyval.Set:
		if x.Frozen {
			return wrongType("a set", x)
		}
		return m.addItems(x, m.plains(vs))
	case pyval.Opaque:
		return contents(x)
	default:
		return wrongType("a set", x)
	}
}

func (m *machine) addItems(s *pyval.Set, items []any) error {
	if err := m.spend(len(items)); err != nil {
		return err
	}
	for _, x := range items {
		if err := m.afford(x); err != nil {
			return err
		}
		if err := s.Add(x); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) opFrozenSet() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	items := m.plains(vs)
	return m.pushSet(items, true)
}

func (m *machine) pushSet(items []any, frozen bool) error {
	s := new(pyval.Set)
	if err := m.addItems(s, items); err != nil {
		return err
	}
	s.Frozen = frozen
	return m.pushObject(s)
}

// opPop removes the last value, or the last mark where nothing is above it.
func (m *machine) opPop() error {
	if len(m.marks) > 0 && m.fence == len(m.stack) {
		_, err := m.popMark()
		return err
	}
	_, err := m.pop(1)
	return err
}
