package pickle

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/sluicelog/sluice/pyval"
)

// machine is the pickle machine: a stack, marks in it, and a memo.
type machine struct {
	data  []byte // the pickle, which is the caller's
	s     string // a copy of it; every str of the result is a part of that
	pos   int
	stack []value
	marks []int // where in stack the marks are
	fence int   // the last of marks, or 0: what lies below cannot be reached

	early [maxEarly]value // the memo of flat

	memo   []value // the entries from 0 on, unset where there is none
	sparse map[uint32]value
	holes  int // number of unset places in memo

	objects []any // what values of kindObject refer to

	limits Limits
	spent  int // of limits.Objects
	work   int // bytes that may yet be hashed or converted; see charge

	root
}

// load takes data, if it is not too long.
func (m *machine) load(data []byte) error {
	if len(data) > m.limits.Bytes || len(data) > math.MaxInt32 {
		return fmt.Errorf("unpickle: %w: %d bytes, the limit is %d", ErrTooLarge, len(data), m.limits.Bytes)
	}
	m.data = data
	return nil
}

// decode runs the machine on what was loaded and gives the value that is left on top.
func (m *machine) decode() (value, error) {
	m.s = string(m.data)
	m.work = 4*len(m.s) + 1<<20
	at, err := m.run()
	if err != nil {
		if at >= len(m.s) {
			return value{}, &Error{Op: "end", Offset: at, Err: err}
		}
		return value{}, &Error{Op: opName(m.s[at]), Offset: at, Err: err}
	}
	return m.stack[len(m.stack)-1], nil
}

// run follows the opcodes up to STOP; with an error it gives the offset of the
// opcode. What nearly every record consists of is done here, on local variables,
// because that halves the time; the rest, and all errors, are in step.
func (m *machine) run() (at int, err error) {
	s, pos, stack, memo := m.s, 0, m.stack, m.memo
	maxStack, maxMemo := m.limits.Objects, m.limits.Memo
	room := min(cap(stack), maxStack+1)
	for {
		at = pos
		if at >= len(s) {
			return at, errors.New("no STOP")
		}
		op := s[at]
		if len(stack) >= room {
			if len(stack) > maxStack {
				return at, fmt.Errorf("%w: more than %d values on the stack", ErrTooLarge, maxStack)
			}
			// To double it costs less in sum than append does.
			stack = slices.Grow(stack, max(64, len(stack)))
			room = min(cap(stack), maxStack+1)
		}
		pos++
		switch op {
		case opBinput:
			if pos < len(s) && int(s[pos]) == len(memo) && len(memo) < maxMemo && len(stack) > m.fence {
				memo = append(memo, stack[len(stack)-1])
				pos++
				continue
			}
		case opMemoize:
			if m.holes == 0 && len(m.sparse) == 0 && len(memo) < maxMemo && len(stack) > m.fence {
				memo = append(memo, stack[len(stack)-1])
				continue
			}
		case opBinget:
			if pos < len(s) && int(s[pos]) < len(memo) && memo[s[pos]].kind != kindUnset {
				stack = append(stack, memo[s[pos]])
				pos++
				continue
			}
		case opBinunicode:
			if len(s)-pos > 4 && s[pos+1]|s[pos+2]|s[pos+3] == 0 {
				n := int(s[pos])
				if from := pos + 4; n <= len(s)-from && asciiAt(s, from, n) {
					v := value{kind: kindStr, bits: uint64(from), size: uint32(n)}
					stack = append(stack, v)
					pos = from + n
					// A pickler remembers every str at once.
					if len(s)-pos > 1 && s[pos] == opBinput && int(s[pos+1]) == len(memo) && len(memo) < maxMemo {
						memo = append(memo, v)
						pos += 2
					}
					continue
				}
			}
		case opShortBinunicode:
			if len(s)-pos > 1 {
				n := int(s[pos])
				if from := pos + 1; n <= len(s)-from && asciiAt(s, from, n) {
					stack = append(stack, value{kind: kindStr, bits: uint64(from), size: uint32(n)})
					pos = from + n
					continue
				}
			}
		case opNone:
			stack = append(stack, value{kind: kindNone})
			continue
		case opMark:
			m.marks = append(m.marks, len(stack))
			m.fence = len(stack)
			continue
		case opBinint1:
			if pos < len(s) {
				stack = append(stack, intValue(int64(s[pos])))
				pos++
				continue
			}
		case opBinint2:
			if len(s)-pos > 1 {
				stack = append(stack, intValue(int64(s[pos])|int64(s[pos+1])<<8))
				pos += 2
				continue
			}
		case opBinint:
			if len(s)-pos > 3 {
				n := uint32(s[pos]) | uint32(s[pos+1])<<8 | uint32(s[pos+2])<<16 | uint32(s[pos+3])<<24
				stack = append(stack, intValue(int64(int32(n))))
				pos += 4
				continue
			}
		case opBinfloat:
			if b := s[pos:]; len(b) > 7 {
				bits := uint64(b[0])<<56 | uint64(b[1])<<48 | uint64(b[2])<<40 | uint64(b[3])<<32 |
					uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])
				stack = append(stack, value{kind: kindFloat, bits: bits})
				pos += 8
				continue
			}
		case opStop:
			m.stack, m.memo, m.pos = stack, memo, pos
			if len(stack) <= m.fence {
				return at, errStack
			}
			return at, nil
		}
		m.stack, m.memo, m.pos = stack, memo, pos
		if err := m.step(op); err != nil {
			return at, err
		}
		stack, memo, pos = m.stack, m.memo, m.pos
		room = min(cap(stack), maxStack+1)
	}
}

func (m *machine) push(v value) { m.stack = append(m.stack, v) }

// top gives the last value of the stack and leaves it there.
func (m *machine) top() (value, error) {
	if len(m.stack) <= m.fence {
		return value{}, errStack
	}
	return m.stack[len(m.stack)-1], nil
}

// pop takes the last n values off the stack. They are valid until the next push.
func (m *machine) pop(n int) ([]value, error) {
	at := len(m.stack) - n
	if at < m.fence {
		return nil, errStack
	}
	v := m.stack[at:]
	m.stack = m.stack[:at]
	return v, nil
}

// popMark takes the values above the last mark off the stack, and the mark.
func (m *machine) popMark() ([]value, error) {
	if len(m.marks) == 0 {
		return nil, errMark
	}
	v := m.stack[m.fence:]
	m.stack = m.stack[:m.fence]
	m.marks = m.marks[:len(m.marks)-1]
	m.fence = 0
	if len(m.marks) > 0 {
		m.fence = m.marks[len(m.marks)-1]
	}
	return v, nil
}

// spend counts n new objects or elements.
func (m *machine) spend(n int) error {
	if m.spent += n; m.spent > m.limits.Objects {
		return fmt.Errorf("%w: more than %d objects", ErrTooLarge, m.limits.Objects)
	}
	return nil
}

// charge counts n bytes of work that the pickle may ask for again and again
// without growing.
func (m *machine) charge(n int) error {
	if m.work -= n; m.work < 0 {
		return fmt.Errorf("%w: the same values are used too often", ErrTooLarge)
	}
	return nil
}

// afford charges for hashing key k, and refuses what is no key.
func (m *machine) afford(k any) error {
	cost, err := pyval.KeyCost(k, m.work)
	switch {
	case errors.Is(err, pyval.ErrUnhashable):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return m.charge(cost)
}
