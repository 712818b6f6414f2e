package pickle

import "github.com/sluicelog/sluice/pyval"

// root is the outermost dict: the record. Its entries are kept apart while they
// are few and their keys are strs, so that a plain record needs no dict; it becomes
// one as soon as that does not hold. On the stack and in the memo a value of
// kindRoot stands for it.
type root struct {
	state   rootState
	entries []entry
	seen    [4]uint64   // a bit for each hash of a key in entries
	dict    *pyval.Dict // the root itself, for those that refer to it; nil if nobody does
}

type entry struct{ key, value value }

type rootState byte

const (
	noRoot rootState = iota
	rootInEntries
	rootInDict
)

// maxEntries is the number of entries among which a key is looked for one by one.
const maxEntries = 64

// startRoot pushes the root, if the dict to be made is outermost and the first.
func (m *machine) startRoot() bool {
	if m.state != noRoot || len(m.stack) > 0 {
		return false
	}
	m.state = rootInEntries
	m.push(value{kind: kindRoot})
	return true
}

// setRootItems makes entries of the root from vs: key, value, key ...
func (m *machine) setRootItems(vs []value) error {
	if m.state == rootInEntries && m.allNew(vs) {
		return m.spend(len(vs))
	}
	for i := 0; i < len(vs); i += 2 {
		if m.state == rootInEntries && !m.setEntry(vs[i], vs[i+1]) {
			m.fillRoot()
			m.state = rootInDict
		}
		if m.state == rootInDict {
			return m.setDictItems(m.dict, vs[i:])
		}
	}
	return m.spend(len(vs))
}

// allNew appends entries, if it is plain that their keys are new: it is so for
// all of a record at once.
func (m *machine) allNew(vs []value) bool {
	if len(m.entries)+len(vs)/2 > maxEntries {
		return false
	}
	seen := m.seen
	for i := 0; i < len(vs); i += 2 {
		if vs[i].kind != kindStr || vs[i+1].kind == kindRoot {
			return false
		}
		h := hash(m.part(vs[i]))
		bit := uint64(1) << (h & 63)
		if seen[h>>6]&bit != 0 {
			return false
		}
		seen[h>>6] |= bit
	}
	m.seen = seen
	for i := 0; i < len(vs); i += 2 {
		m.entries = append(m.entries, entry{vs[i], vs[i+1]})
	}
	return true
}

// setEntry sets an entry; false if it can be none.
func (m *machine) setEntry(k, v value) bool {
	if len(m.entries) == maxEntries {
		return false
	}
	key, ok := m.str(k)
	if !ok {
		return false
	}
	if v.kind == kindRoot {
		m.rootDict()
	}
	h := hash(key)
	if bit := uint64(1) << (h & 63); m.seen[h>>6]&bit == 0 {
		m.seen[h>>6] |= bit
	} else {
		for i := range m.entries {
			if has, _ := m.str(m.entries[i].key); has == key {
				m.entries[i].value = v
				return true
			}
		}
	}
	m.entries = append(m.entries, entry{k, v})
	return true
}

// hash is only good enough to tell the names of Python's attributes apart.
func hash[T string | []byte](key T) uint8 {
	n := len(key)
	if n == 0 {
		return 0
	}
	return uint8(n) ^ key[0] ^ key[n-1] ^ key[n/2]<<2
}

// rootDict gives the dict that is the root, for a value that refers to it.
func (m *machine) rootDict() *pyval.Dict {
	if m.dict == nil {
		m.dict = new(pyval.Dict)
	}
	return m.dict
}

// fillRoot gives the root's dict its entries, if they are still kept apart.
func (m *machine) fillRoot() {
	if m.state != rootInEntries {
		return
	}
	d := m.rootDict()
	d.Pairs = make([]pyval.Pair, 0, len(m.entries))
	for _, e := range m.entries {
		// The keys are new: setEntry has looked.
		d.Pairs = append(d.Pairs, pyval.Pair{Key: m.plain(e.key), Value: m.plain(e.value)})
	}
}
