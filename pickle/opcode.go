package pickle

// The opcodes, by the names that Python gives them.
const (
	opInt             = 'I'  // protocol 0
	opBinint          = 'J'  // protocol 1
	opBinint1         = 'K'  // protocol 1
	opBinint2         = 'M'  // protocol 1
	opLong            = 'L'  // protocol 0
	opLong1           = 0x8a // protocol 2
	opLong4           = 0x8b // protocol 2
	opString          = 'S'  // protocol 0
	opBinstring       = 'T'  // protocol 1
	opShortBinstring  = 'U'  // protocol 1
	opBinbytes        = 'B'  // protocol 3
	opShortBinbytes   = 'C'  // protocol 3
	opBinbytes8       = 0x8e // protocol 4
	opBytearray8      = 0x96 // protocol 5
	opNextBuffer      = 0x97 // protocol 5
	opReadonlyBuffer  = 0x98 // protocol 5
	opNone            = 'N'  // protocol 0
	opNewtrue         = 0x88 // protocol 2
	opNewfalse        = 0x89 // protocol 2
	opUnicode         = 'V'  // protocol 0
	opShortBinunicode = 0x8c // protocol 4
	opBinunicode      = 'X'  // protocol 1
	opBinunicode8     = 0x8d // protocol 4
	opFloat           = 'F'  // protocol 0
	opBinfloat        = 'G'  // protocol 1
	opEmptyList       = ']'  // protocol 1
	opAppend          = 'a'  // protocol 0
	opAppends         = 'e'  // protocol 1
	opList            = 'l'  // protocol 0
	opEmptyTuple      = ')'  // protocol 1
	opTuple           = 't'  // protocol 0
	opTuple1          = 0x85 // protocol 2
	opTuple2          = 0x86 // protocol 2
	opTuple3          = 0x87 // protocol 2
	opEmptyDict       = '}'  // protocol 1
	opDict            = 'd'  // protocol 0
	opSetitem         = 's'  // protocol 0
	opSetitems        = 'u'  // protocol 1
	opEmptySet        = 0x8f // protocol 4
	opAdditems        = 0x90 // protocol 4
	opFrozenset       = 0x91 // protocol 4
	opPop             = '0'  // protocol 0
	opDup             = '2'  // protocol 0
	opMark            = '('  // protocol 0
	opPopMark         = '1'  // protocol 1
	opGet             = 'g'  // protocol 0
	opBinget          = 'h'  // protocol 1
	opLongBinget      = 'j'  // protocol 1
	opPut             = 'p'  // protocol 0
	opBinput          = 'q'  // protocol 1
	opLongBinput      = 'r'  // protocol 1
	opMemoize         = 0x94 // protocol 4
	opExt1            = 0x82 // protocol 2
	opExt2            = 0x83 // protocol 2
	opExt4            = 0x84 // protocol 2
	opGlobal          = 'c'  // protocol 0
	opStackGlobal     = 0x93 // protocol 4
	opReduce          = 'R'  // protocol 0
	opBuild           = 'b'  // protocol 0
	opInst            = 'i'  // protocol 0
	opObj             = 'o'  // protocol 1
	opNewobj          = 0x81 // protocol 2
	opNewobjEx        = 0x92 // protocol 4
	opProto           = 0x80 // protocol 2
	opStop            = '.'  // protocol 0
	opFrame           = 0x95 // protocol 4
	opPersid          = 'P'  // protocol 0
	opBinpersid       = 'Q'  // protocol 1
)

// opName gives the name of an opcode; "byte 0xff" where there is none.
func opName(op byte) string {
	switch op {
	case opInt:
		return "INT"
	case opBinint:
		return "BININT"
	case opBinint1:
		return "BININT1"
	case opBinint2:
		return "BININT2"
	case opLong:
		return "LONG"
	case opLong1:
		return "LONG1"
	case opLong4:
		return "LONG4"
	case opString:
		return "STRING"
	case opBinstring:
		return "BINSTRING"
	case opShortBinstring:
		return "SHORT_BINSTRING"
	case opBinbytes:
		return "BINBYTES"
	case opShortBinbytes:
		return "SHORT_BINBYTES"
	case opBinbytes8:
		return "BINBYTES8"
	case opBytearray8:
		return "BYTEARRAY8"
	case opNextBuffer:
		return "NEXT_BUFFER"
	case opReadonlyBuffer:
		return "READONLY_BUFFER"
	case opNone:
		return "NONE"
	case opNewtrue:
		return "NEWTRUE"
	case opNewfalse:
		return "NEWFALSE"
	case opUnicode:
		return "UNICODE"
	case opShortBinunicode:
		return "SHORT_BINUNICODE"
	case opBinunicode:
		return "BINUNICODE"
	case opBinunicode8:
		return "BINUNICODE8"
	case opFloat:
		return "FLOAT"
	case opBinfloat:
		return "BINFLOAT"
	case opEmptyList:
		return "EMPTY_LIST"
	case opAppend:
		return "APPEND"
	case opAppends:
		return "APPENDS"
	case opList:
		return "LIST"
	case opEmptyTuple:
		return "EMPTY_TUPLE"
	case opTuple:
		return "TUPLE"
	case opTuple1:
		return "TUPLE1"
	case opTuple2:
		return "TUPLE2"
	case opTuple3:
		return "TUPLE3"
	case opEmptyDict:
		return "EMPTY_DICT"
	case opDict:
		return "DICT"
	case opSetitem:
		return "SETITEM"
	case opSetitems:
		return "SETITEMS"
	case opEmptySet:
		return "EMPTY_SET"
	case opAdditems:
		return "ADDITEMS"
	case opFrozenset:
		return "FROZENSET"
	case opPop:
		return "POP"
	case opDup:
		return "DUP"
	case opMark:
		return "MARK"
	case opPopMark:
		return "POP_MARK"
	case opGet:
		return "GET"
	case opBinget:
		return "BINGET"
	case opLongBinget:
		return "LONG_BINGET"
	case opPut:
		return "PUT"
	case opBinput:
		return "BINPUT"
	case opLongBinput:
		return "LONG_BINPUT"
	case opMemoize:
		return "MEMOIZE"
	case opExt1:
		return "EXT1"
	case opExt2:
		return "EXT2"
	case opExt4:
		return "EXT4"
	case opGlobal:
		return "GLOBAL"
	case opStackGlobal:
		return "STACK_GLOBAL"
	case opReduce:
		return "REDUCE"
	case opBuild:
		return "BUILD"
	case opInst:
		return "INST"
	case opObj:
		return "OBJ"
	case opNewobj:
		return "NEWOBJ"
	case opNewobjEx:
		return "NEWOBJ_EX"
	case opProto:
		return "PROTO"
	case opStop:
		return "STOP"
	case opFrame:
		return "FRAME"
	case opPersid:
		return "PERSID"
	case opBinpersid:
		return "BINPERSID"
	}
	const hex = "0123456789abcdef"
	return "byte 0x" + string([]byte{hex[op>>4], hex[op&15]})
}
