package parsers

import (
	"encoding/binary"
	"math/rand/v2"
	"strconv"
)

const (
	longest   = 64 << 10 // of an input
	mostKept  = 1 << 13  // inputs
	keptBytes = 1 << 14  // of an input that is kept
)

// mutator makes inputs.
type mutator struct {
	*rand.Rand
	make  func(r *rand.Rand, dst []byte) []byte
	parts func(data []byte) []int
	words []string
	seeds [][]byte // golden inputs
	kept  [][]byte // those with a new answer
	buf   []byte
}

func newMutator(r *rand.Rand, p parser, seeds [][]byte) *mutator {
	return &mutator{Rand: r, make: p.make, parts: p.parts, words: p.words, seeds: seeds}
}

// next gives an input, valid until the next one.
func (m *mutator) next() []byte {
	m.buf = m.buf[:0]
	if m.IntN(4) == 0 {
		m.buf = m.make(m.Rand, m.buf)
		if m.IntN(4) == 0 {
			return m.buf
		}
	} else {
		m.buf = append(m.buf, m.seed()...)
	}
	for range 1 << m.IntN(4) {
		m.change()
	}
	m.buf = m.buf[:min(len(m.buf), longest)]
	return m.buf
}

// seed is a golden input or one of those kept, or the shorter of two: there are more of
// short ones in as many bytes.
func (m *mutator) seed() []byte {
	all := m.seeds
	if len(m.kept) > 0 && m.IntN(2) == 0 {
		all = m.kept
	}
	s := all[m.IntN(len(all))]
	for range m.IntN(2) {
		if other := all[m.IntN(len(all))]; len(other) < len(s) {
			s = other
		}
	}
	return s
}

// keep adds an input to those that are broken further, in the place of any when there
// are many.
func (m *mutator) keep(data []byte) {
	if len(data) > keptBytes {
		return
	}
	data = append([]byte(nil), data...)
	if len(m.kept) < mostKept {
		m.kept = append(m.kept, data)
		return
	}
	m.kept[m.IntN(len(m.kept))] = data
}

// change changes something.
func (m *mutator) change() {
	if len(m.buf) == 0 {
		m.buf = append(m.buf, byte(m.Uint32()))
		return
	}
	at := m.IntN(len(m.buf))
	switch m.IntN(12) {
	case 0:
		m.buf[at] ^= 1 << m.IntN(8)
	case 1:
		m.buf[at] = byte(m.Uint32())
	case 2:
		m.buf = m.buf[:at]
	case 3: // a stretch goes
		m.replace(at, m.span(at), nil)
	case 4: // a stretch comes again
		m.replace(at, 0, m.buf[at:at+m.span(at)])
	case 5: // many times
		piece := m.buf[at : at+min(m.span(at), 16)]
		var many []byte
		for range min(1<<m.IntN(12), longest/len(piece)) {
			many = append(many, piece...)
		}
		m.replace(at, 0, many)
	case 6:
		m.replace(at, m.IntN(2), []byte(m.word()))
	case 7:
		m.number(at)
	case 8: // of another input
		s := m.seed()
		if len(s) > 0 {
			from := m.IntN(len(s))
			m.replace(at, m.IntN(2)*m.span(at), s[from:from+min(len(s)-from, 1+m.IntN(256))])
		}
	default:
		m.part()
	}
}

// span is the length of a stretch from at on.
func (m *mutator) span(at int) int { return 1 + m.IntN(min(len(m.buf)-at, 1<<m.IntN(10))) }

// replace puts piece, which may be of buf itself, in place of n bytes.
func (m *mutator) replace(at, n int, piece []byte) {
	n = min(n, len(m.buf)-at)
	rest := append([]byte(nil), m.buf[at+n:]...)
	piece = append([]byte(nil), piece...)
	m.buf = append(append(m.buf[:at], piece...), rest...)
}

func (m *mutator) word() string {
	if len(m.words) == 0 {
		return "\x00"
	}
	return m.words[m.IntN(len(m.words))]
}

// interesting numbers lie beside what a program counts in.
var interesting = []uint64{0, 1, 2, 7, 8, 9, 16, 31, 32, 63, 64, 65, 99, 100, 127, 128, 254, 255, 256, 257, 1000, 1023, 1024, 4095, 4096, 4300, 4301, 9999, 16383, 16384, 32767, 32768, 65534, 65535, 65536,
	1 << 20, 1<<20 + 1, 1 << 24, 1<<26 + 1, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 40, 1<<53 - 1, 1<<53 + 1, 1<<63 - 1, 1 << 63, 1<<64 - 1}

// number writes a number at a place, or in that of the digits that are there.
func (m *mutator) number(at int) {
	n := interesting[m.IntN(len(interesting))]
	if isDigit(m.buf[at]) {
		end := at
		for end < len(m.buf) && isDigit(m.buf[end]) {
			end++
		}
		m.replace(at, end-at, strconv.AppendUint(nil, n, 10))
		return
	}
	var b [8]byte
	if m.IntN(2) == 0 {
		binary.LittleEndian.PutUint64(b[:], n)
		copy(m.buf[at:], b[:1<<m.IntN(4)])
		return
	}
	binary.BigEndian.PutUint64(b[:], n)
	copy(m.buf[at:], b[8-1<<m.IntN(4):])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// part takes a part of the format out, or puts it elsewhere, or another one in.
func (m *mutator) part() {
	if m.parts == nil {
		return
	}
	ends := m.parts(m.buf)
	if len(ends) == 0 {
		return
	}
	pick := func() (from, to int) {
		i := m.IntN(len(ends))
		if i > 0 {
			from = ends[i-1]
		}
		return from, ends[i]
	}
	from, to := pick()
	at, _ := pick()
	switch m.IntN(4) {
	case 0:
		m.replace(from, to-from, nil)
	case 1:
		m.replace(at, 0, m.buf[from:to])
	case 2:
		m.replace(at, 0, m.make(m.Rand, nil))
	default:
		s := m.seed()
		other := m.parts(s)
		if len(other) < 2 {
			return
		}
		i := m.IntN(len(other) - 1)
		m.replace(from, to-from, s[other[i]:other[i+1]])
	}
}
