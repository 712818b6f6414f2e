package pickle

import "unicode/utf8"

// What must be left of the limits so that flat need not look at them: it reads at
// most maxEntries entries.
const flatRoom = 4 * maxEntries

// maxEarly is how many values flat remembers: those that one byte can name.
const maxEarly = 256

// flat reads what nearly every record is, a dict of plain values with str keys and
// all of its entries behind one MARK, into m.entries without the detour over the
// stack. For everything else it gives false, and m is as it was.
func (m *machine) flat(names *Names) bool {
	if m.limits.Objects < flatRoom || m.limits.Memo < flatRoom {
		return false
	}
	if pos, n := m.flatStart(); pos < 0 || !m.flatEntries(pos, n, names) {
		m.entries, m.seen = m.entries[:0], [4]uint64{}
		return false
	}
	m.state = rootInEntries
	return true
}

// flatStart gives where the first key is, or -1, and how many values were remembered.
func (m *machine) flatStart() (pos, remembered int) {
	s := m.data
	const least = 16 // of a dict with an entry
	if len(s) < least {
		return -1, 0
	}
	if s[0] == opProto && s[1] <= 5 {
		pos = 2
		if s[pos] == opFrame {
			// One frame that holds all; long pickles have several.
			n := uint64(0)
			for i := range 8 {
				n |= uint64(s[pos+1+i]) << (8 * i)
			}
			if pos += 9; n != uint64(len(s)-pos) {
				return -1, 0
			}
		}
	}
	if len(s)-pos < least || s[pos] != opEmptyDict {
		return -1, 0
	}
	pos++
	remembered, pos = flatPut(s, pos, &m.early, 0, value{kind: kindRoot})
	if s[pos] != opMark {
		return -1, 0
	}
	return pos + 1, remembered
}

// flatEntries reads the entries from pos on.
func (m *machine) flatEntries(pos, remembered int, names *Names) bool {
	s, memo := m.data, &m.early
	entries := m.entries
	for next := 0; len(entries) < maxEntries; {
		var key, v value
		if known := names.at(next); len(s)-pos > len(known.code) && string(s[pos:pos+len(known.code)]) == known.code && m.seen[known.word&3]&known.bit == 0 {
			next++
			m.seen[known.word&3] |= known.bit
			key = value{kind: kindStr, bits: uint64(pos + 5), size: uint32(len(known.code) - 5), name: uint8(next)}
			pos += len(known.code)
		} else {
			if len(s)-pos > 1 && s[pos] == opSetitems {
				m.entries = entries
				return s[pos+1] == opStop && m.spend(2*len(entries)) == nil
			}
			if key, pos = flatStr(s, pos); pos < 0 || !m.isNew(key, entries) {
				return false
			}
			if i := names.find(m.bytes(key), next); i >= 0 {
				next = i + 1 // some did not come
				key.name = uint8(next)
			}
		}
		if len(s)-pos > 1 && s[pos] == opBinput && int(s[pos+1]) == remembered {
			memo[s[pos+1]] = key
			remembered++
			pos += 2
		} else if remembered, pos = flatPut(s, pos, memo, remembered, key); pos < 0 {
			return false
		}
		if len(s)-pos < 2 {
			return false
		}
		switch op := s[pos]; op {
		case opBinunicode, opShortBinunicode:
			if v, pos = flatStr(s, pos); pos < 0 {
				return false
			}
			if remembered, pos = flatPut(s, pos, memo, remembered, v); pos < 0 {
				return false
			}
		case opNone:
			v = value{kind: kindNone}
			pos++
		case opBinint1:
			v = intValue(int64(s[pos+1]))
			pos += 2
		case opBinfloat:
			b := s[pos+1:]
			if len(b) < 8 {
				return false
			}
			v = value{kind: kindFloat, bits: uint64(b[0])<<56 | uint64(b[1])<<48 | uint64(b[2])<<40 | uint64(b[3])<<32 |
				uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])}
			pos += 9
		case opBinget:
			i := s[pos+1]
			if int(i) >= remembered || memo[i].kind != kindStr {
				return false
			}
			v = memo[i]
			pos += 2
		default:
			if v, pos = flatOther(s, pos); pos < 0 {
				return false
			}
		}
		entries = append(entries, entry{key, v})
	}
	return false
}

// flatStr reads a str; it gives where it ends, or -1.
func flatStr(s []byte, pos int) (value, int) {
	var n int
	switch b := s[pos:]; {
	case len(b) > 5 && b[0] == opBinunicode && b[3]|b[4] == 0:
		n = int(b[1]) | int(b[2])<<8
		pos += 5
	case len(b) > 2 && b[0] == opShortBinunicode:
		n = int(b[1])
		pos += 2
	default:
		return value{}, -1
	}
	if n > len(s)-pos || !asciiAt(s, pos, n) && !utf8.Valid(s[pos:pos+n]) {
		return value{}, -1
	}
	return value{kind: kindStr, bits: uint64(pos), size: uint32(n)}, pos + n
}

// flatPut follows an opcode that remembers v, as picklers let follow a str when it
// comes for the first time; -1: there is no room for it.
func flatPut(s []byte, pos int, memo *[maxEarly]value, remembered int, v value) (int, int) {
	switch b := s[pos:]; {
	case len(b) > 1 && b[0] == opBinput && int(b[1]) == remembered:
		memo[b[1]] = v
		return remembered + 1, pos + 2
	case len(b) > 0 && b[0] == opMemoize:
		if remembered == maxEarly {
			return 0, -1
		}
		memo[remembered] = v
		return remembered + 1, pos + 1
	}
	return remembered, pos
}
