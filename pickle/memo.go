package pickle

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// maxGap is how many unset places an entry may make; one further on goes into
// the map, so that a large index never makes a large slice.
const maxGap = 16

// put stores the last value of the stack under index i.
func (m *machine) put(i uint64) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	if i > math.MaxUint32 {
		return fmt.Errorf("%w: memo index %d", ErrTooLarge, i)
	}
	if _, ok := m.get(i); !ok && m.stored() >= m.limits.Memo {
		return fmt.Errorf("%w: more than %d values in the memo", ErrTooLarge, m.limits.Memo)
	}
	switch n := uint64(len(m.memo)); {
	case i < n:
		if m.memo[i].kind == kindUnset {
			m.holes--
		}
		m.memo[i] = v
	case i <= n+maxGap:
		for ; n < i; n++ {
			m.memo = append(m.memo, m.fromSparse(n))
		}
		delete(m.sparse, uint32(i))
		m.memo = append(m.memo, v)
	default:
		if m.sparse == nil {
			m.sparse = map[uint32]value{}
		}
		m.sparse[uint32(i)] = v
	}
	return nil
}

// stored gives the number of entries.
func (m *machine) stored() int { return len(m.memo) - m.holes + len(m.sparse) }

// fromSparse gives what the slice must hold at i when it grows past i.
func (m *machine) fromSparse(i uint64) value {
	v, ok := m.sparse[uint32(i)]
	if !ok {
		m.holes++
		return value{}
	}
	delete(m.sparse, uint32(i))
	return v
}

func (m *machine) get(i uint64) (value, bool) {
	if i < uint64(len(m.memo)) {
		return m.memo[i], m.memo[i].kind != kindUnset
	}
	if i > math.MaxUint32 {
		return value{}, false
	}
	v, ok := m.sparse[uint32(i)]
	return v, ok
}

func (m *machine) opPut(width uint64) error {
	i, err := m.number(width)
	if err != nil {
		return err
	}
	return m.put(i)
}

func (m *machine) opGet(width uint64) error {
	i, err := m.number(width)
	if err != nil {
		return err
	}
	return m.pushMemo(i)
}

func (m *machine) opPutText() error {
	i, err := m.indexLine()
	if err != nil {
		return err
	}
	return m.put(i)
}

func (m *machine) opGetText() error {
	i, err := m.indexLine()
	if err != nil {
		return err
	}
	return m.pushMemo(i)
}

func (m *machine) indexLine() (uint64, error) {
	text, err := m.line()
	if err != nil {
		return 0, err
	}
	i, err := strconv.ParseUint(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%w: memo index", ErrTooLarge)
	}
	if err != nil {
		return 0, errors.New("the memo index is no number")
	}
	return i, nil
}

func (m *machine) pushMemo(i uint64) error {
	v, ok := m.get(i)
	if !ok {
		return fmt.Errorf("nothing in the memo at %d", i)
	}
	m.push(v)
	return nil
}
