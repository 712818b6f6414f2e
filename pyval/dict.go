package pyval

// maxKey bounds what Set and Add hash of one key, in bytes.
const maxKey = 1 << 24

// indexFrom is the number of entries from which a map finds keys: below it,
// comparing them in turn is faster and takes no memory.
const indexFrom = 8

// Pair is an entry of a Dict.
type Pair struct{ Key, Value any }

// Dict is Python's dict: its entries in order of insertion, no key twice by
// Python's equality (1, 1.0 and True are one key).
//
// Pairs may be read, and values in it changed, directly; entries may be appended
// directly by who knows their keys to be new and hashable.
type Dict struct {
	Pairs []Pair

	index   map[key]int // where in Pairs[:indexed] a key is; nil while short
	indexed int
}

// Get gives the value of key k; false if there is none or k is not hashable.
func (d *Dict) Get(k any) (any, bool) {
	if _, err := KeyCost(k, maxKey); err != nil {
		return nil, false
	}
	if i := d.find(keyOf(k)); i >= 0 {
		return d.Pairs[i].Value, true
	}
	return nil, false
}

// Set gives key k the value v: in its place if there is an entry of a key equal
// to k, whose key it then keeps, else as the last entry. The error is KeyCost's.
func (d *Dict) Set(k, v any) error {
	if _, err := KeyCost(k, maxKey); err != nil {
		return err
	}
	ck := keyOf(k)
	if i := d.find(ck); i >= 0 {
		d.Pairs[i].Value = v
		return nil
	}
	d.Pairs = append(d.Pairs, Pair{k, v})
	if d.index != nil {
		if ck.kind != noKey {
			d.index[ck] = len(d.Pairs) - 1
		}
		d.indexed = len(d.Pairs)
	}
	return nil
}

// find gives the place of the entry with key k, or -1.
func (d *Dict) find(k key) int {
	if k.kind == noKey {
		return -1
	}
	if len(d.Pairs) < indexFrom {
		for i := range d.Pairs {
			if keyOf(d.Pairs[i].Key) == k {
				return i
			}
		}
		return -1
	}
	if d.index == nil || d.indexed > len(d.Pairs) {
		d.index, d.indexed = make(map[key]int, 2*len(d.Pairs)), 0
	}
	for ; d.indexed < len(d.Pairs); d.indexed++ {
		ck := keyOf(d.Pairs[d.indexed].Key)
		if _, twice := d.index[ck]; !twice && ck.kind != noKey {
			d.index[ck] = d.indexed
		}
	}
	if i, ok := d.index[k]; ok {
		return i
	}
	return -1
}
