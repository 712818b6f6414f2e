package pickle

import (
	"fmt"

	"github.com/sluicelog/sluice/pyval"
)

// depths measures how deep containers are nested. A container is measured once,
// however often it is referred to; one that contains itself counts up to where it
// comes again.
type depths struct {
	limit  int
	height map[any]int // of the containers seen; 0 while their contents are measured
}

// alwaysScanned is the length up to which a container of plain values is looked
// through again rather than remembered.
const alwaysScanned = 8

// measure gives the height of x, which lies inside of level containers.
func (d *depths) measure(x any, level int) (int, error) {
	var ref any
	var items []any
	var pairs []pyval.Pair
	switch x := x.(type) {
	case *pyval.List:
		ref, items = x, x.Items
	case *pyval.Set:
		ref, items = x, x.Items
	case *pyval.Dict:
		ref, pairs = x, x.Pairs
	case pyval.Tuple:
		if len(x) == 0 {
			return 1, d.check(level + 1)
		}
		ref, items = &x[0], x
	default:
		return 0, nil
	}
	if h, ok := d.height[ref]; ok {
		return h, d.check(level + h)
	}
	if err := d.check(level + 1); err != nil {
		return 0, err
	}
	noted := len(items)+len(pairs) > alwaysScanned
	if noted {
		d.note(ref, 0)
	}
	inner := 0
	look := func(x any) error {
		if !noted && isContainer(x) {
			noted = true
			d.note(ref, 0)
		}
		h, err := d.measure(x, level+1)
		inner = max(inner, h)
		return err
	}
	for _, x := range items {
		if err := look(x); err != nil {
			return 0, err
		}
	}
	for _, p := range pairs {
		if err := look(p.Key); err != nil {
			return 0, err
		}
		if err := look(p.Value); err != nil {
			return 0, err
		}
	}
	if noted {
		d.note(ref, inner+1)
	}
	return inner + 1, nil
}

func (d *depths) note(ref any, height int) {
	if d.height == nil {
		d.height = map[any]int{}
	}
	d.height[ref] = height
}

func (d *depths) check(depth int) error {
	if depth > d.limit {
		return fmt.Errorf("unpickle: %w: nested more than %d deep", ErrTooLarge, d.limit)
	}
	return nil
}

func isContainer(x any) bool {
	switch x.(type) {
	case *pyval.List, *pyval.Set, *pyval.Dict, pyval.Tuple:
		return true
	}
	return false
}
