package pyval

// Set is Python's set, or frozenset, in order of insertion, no element twice by
// Python's equality. Items may be read directly, and appended to directly by who
// knows the elements to be new and hashable.
type Set struct {
	Items  []any
	Frozen bool

	index   map[key]struct{} // the keys of Items[:indexed]; nil while short
	indexed int
}

// Add adds v, unless an element equals it. The error is KeyCost's.
func (s *Set) Add(v any) error {
	if _, err := KeyCost(v, maxKey); err != nil {
		return err
	}
	k := keyOf(v)
	if s.has(k) {
		return nil
	}
	s.Items = append(s.Items, v)
	if s.index != nil {
		s.index[k] = struct{}{}
		s.indexed = len(s.Items)
	}
	return nil
}

// Has tells whether an element of s equals v.
func (s *Set) Has(v any) bool {
	if _, err := KeyCost(v, maxKey); err != nil {
		return false
	}
	return s.has(keyOf(v))
}

func (s *Set) has(k key) bool {
	if k.kind == noKey {
		return false
	}
	if len(s.Items) < indexFrom {
		for _, item := range s.Items {
			if keyOf(item) == k {
				return true
			}
		}
		return false
	}
	if s.index == nil || s.indexed > len(s.Items) {
		s.index, s.indexed = make(map[key]struct{}, 2*len(s.Items)), 0
	}
	for ; s.indexed < len(s.Items); s.indexed++ {
		s.index[keyOf(s.Items[s.indexed])] = struct{}{}
	}
	_, ok := s.index[k]
	return ok
}
