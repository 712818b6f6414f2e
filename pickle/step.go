package pickle

import (
	"fmt"

	"github.com/sluicelog/sluice/pyval"
)

// step follows one opcode; the machine's pos is behind it.
func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		n, err := m.number(1)
		if err == nil && n > 5 {
			err = fmt.Errorf("protocol %d is not known", n)
		}
		return err
	case opFrame:
		// A frame only tells how to read; the bytes it announces must be there.
		n, err := m.number(8)
		if err == nil && n > uint64(len(m.s)-m.pos) {
			err = errTruncated
		}
		return err

	case opNewtrue, opNewfalse:
		m.push(boolValue(op == opNewtrue))
		return nil
	case opBinint, opBinint1, opBinint2, opBinfloat:
		return errTruncated // else run had followed it
	case opInt:
		return m.opInt()
	case opLong:
		return m.opLong()
	case opLong1:
		return m.opLongBinary(1)
	case opLong4:
		return m.opLongBinary(4)
	case opFloat:
		return m.opFloat()

	case opString:
		return m.opString()
	case opBinstring:
		return m.opBinString(4)
	case opShortBinstring:
		return m.opBinString(1)
	case opUnicode:
		return m.opUnicode()
	case opShortBinunicode:
		return m.opBinUnicode(1)
	case opBinunicode:
		return m.opBinUnicode(4)
	case opBinunicode8:
		return m.opBinUnicode(8)
	case opShortBinbytes:
		return m.opBytes(1)
	case opBinbytes:
		return m.opBytes(4)
	case opBinbytes8:
		return m.opBytes(8)
	case opBytearray8:
		return m.opByteArray()

	case opEmptyList:
		return m.pushObject(new(pyval.List))
	case opList:
		return m.opList()
	case opAppend:
		return m.opAppend()
	case opAppends:
		return m.opAppends()
	case opEmptyTuple:
		return m.pushObject(pyval.Tuple(nil))
	case opTuple:
		return m.opTuple()
	case opTuple1, opTuple2, opTuple3:
		return m.opTupleN(int(op-opTuple1) + 1)
	case opEmptyDict:
		return m.opEmptyDict()
	case opDict:
		return m.opDict()
	case opSetitem:
		return m.opSetItem()
	case opSetitems:
		return m.opSetItems()
	case opEmptySet:
		return m.pushObject(new(pyval.Set))
	case opAdditems:
		return m.opAddItems()
	case opFrozenset:
		return m.opFrozenSet()

	case opPop:
		return m.opPop()
	case opPopMark:
		_, err := m.popMark()
		return err
	case opDup:
		v, err := m.top()
		if err == nil {
			m.push(v)
		}
		return err
	case opPut:
		return m.opPutText()
	case opBinput:
		return m.opPut(1)
	case opLongBinput:
		return m.opPut(4)
	case opMemoize:
		return m.put(uint64(m.stored()))
	case opGet:
		return m.opGetText()
	case opBinget:
		return m.opGet(1)
	case opLongBinget:
		return m.opGet(4)

	case opGlobal:
		return m.opGlobal()
	case opStackGlobal:
		return m.opStackGlobal()
	case opReduce:
		return m.opReduce()
	case opBuild:
		return m.opBuild()
	case opInst:
		return m.opInst()
	case opObj:
		return m.opObj()
	case opNewobj:
		return m.opNewObj()
	case opNewobjEx:
		return m.opNewObjEx()

	case opExt1, opExt2, opExt4, opPersid, opBinpersid, opNextBuffer, opReadonlyBuffer:
		return fmt.Errorf("%w: it needs something outside the pickle", ErrRefused)
	}
	return fmt.Errorf("no such opcode")
}
