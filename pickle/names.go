package pickle

// Names are keys that dicts are expected to have, in the order in which they are
// expected: such a dict is read faster, and its keys need not be compared again. They
// never change.
type Names struct{ known []knownName }

// knownName is a key as protocols 1 to 3 write it, and its place in root.seen.
type knownName struct {
	code string
	word uint8
	bit  uint64
}

// noName is what no key begins with.
var noName = knownName{code: "no name"}

// NewNames returns Names of at most 255 different keys.
func NewNames(keys ...string) *Names {
	n := new(Names)
	for _, key := range keys[:min(len(keys), 255)] {
		code, _ := AppendStr([]byte{opBinunicode}, key)
		h := hash(key)
		n.known = append(n.known, knownName{string(code), h >> 6, 1 << (h & 63)})
	}
	return n
}

// at gives the i-th of them.
func (n *Names) at(i int) *knownName {
	if i < len(n.known) {
		return &n.known[i]
	}
	return &noName
}

// find gives the place of key among those from the i-th on, or -1.
func (n *Names) find(key []byte, i int) int {
	for ; i < len(n.known); i++ {
		if n.known[i].code[5:] == string(key) {
			return i
		}
	}
	return -1
}

// isNew tells whether no entry has that key, and notes it.
func (m *machine) isNew(key value, entries []entry) bool {
	text := m.bytes(key)
	h := hash(text)
	word, bit := &m.seen[h>>6], uint64(1)<<(h&63)
	if *word&bit != 0 {
		for i := range entries {
			if string(m.bytes(entries[i].key)) == string(text) {
				return false
			}
		}
	}
	*word |= bit
	return true
}
