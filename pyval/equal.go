package pyval

// The bounds of one call of Equal.
const (
	maxEqualSteps = 1 << 20
	maxEqualDepth = 10000
)

// Equal tells whether a == b in Python: numbers by their value whatever their
// type, sequences and sets by their elements, a list never equal to a tuple,
// dicts whatever their order. Values that contain themselves are equal if no
// difference can be found. It is bounded: values that are not told apart within
// about a million comparisons, or are nested more than 10000 deep, are not equal.
func Equal(a, b any) bool {
	c := comparison{left: maxEqualSteps}
	return c.equal(a, b, 0)
}

// comparison remembers the pairs of containers that it has met: they are equal
// unless a difference turns up, which ends the comparison.
type comparison struct {
	left int
	met  map[[2]any]struct{}
}

func (c *comparison) equal(a, b any, depth int) bool {
	if c.left--; c.left < 0 || depth > maxEqualDepth {
		return false
	}
	if _, ok := b.(*ByteArray); ok {
		a, b = b, a
	}
	if ka, ok := scalarKey(a); ok {
		kb, ok := scalarKey(b)
		return ok && ka.kind != noKey && ka == kb
	}
	switch a := a.(type) {
	case *ByteArray:
		switch b := b.(type) {
		case *ByteArray:
			return string(a.Data) == string(b.Data)
		case Bytes:
			return string(a.Data) == string(b)
		}
	case Tuple:
		b, ok := b.(Tuple)
		if !ok || len(a) != len(b) {
			return false
		}
		return len(a) == 0 || c.seen(&a[0], &b[0]) || c.all(a, b, depth)
	case *List:
		b, ok := b.(*List)
		if !ok || len(a.Items) != len(b.Items) {
			return false
		}
		return c.seen(a, b) || c.all(a.Items, b.Items, depth)
	case *Dict:
		b, ok := b.(*Dict)
		if !ok || len(a.Pairs) != len(b.Pairs) {
			return false
		}
		return c.seen(a, b) || c.dicts(a, b, depth)
	case *Set:
		b, ok := b.(*Set)
		if !ok || len(a.Items) != len(b.Items) {
			return false
		}
		return c.seen(a, b) || c.sets(a, b)
	}
	return false
}

func (c *comparison) seen(a, b any) bool {
	pair := [2]any{a, b}
	if _, ok := c.met[pair]; ok {
		return true
	}
	if c.met == nil {
		c.met = map[[2]any]struct{}{}
	}
	c.met[pair] = struct{}{}
	return false
}

func (c *comparison) all(a, b []any, depth int) bool {
	for i := range a {
		if !c.equal(a[i], b[i], depth+1) {
			return false
		}
	}
	return true
}

func (c *comparison) dicts(a, b *Dict, depth int) bool {
	for _, p := range a.Pairs {
		if !c.afford(p.Key) {
			return false
		}
		v, ok := b.Get(p.Key)
		if !ok || !c.equal(p.Value, v, depth+1) {
			return false
		}
	}
	return true
}

func (c *comparison) sets(a, b *Set) bool {
	for _, v := range a.Items {
		if !c.afford(v) || !b.Has(v) {
			return false
		}
	}
	return true
}

// afford charges the comparison for hashing a key.
func (c *comparison) afford(k any) bool {
	cost, err := KeyCost(k, maxKey)
	c.left -= 1 + cost/64
	return err == nil && c.left >= 0
}
