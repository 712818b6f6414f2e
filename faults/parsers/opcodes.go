package parsers

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
)

// argument is what follows an opcode of a pickle (pickletools.py).
type argument uint8

const (
	none argument = iota
	bytes1
	bytes2
	bytes4
	bytes8
	line
	lines2
	counted1 // bytes, behind their number
	counted4
	counted8
)

// opcodes are those of pickle protocols 0 to 5.
var opcodes = map[byte]argument{
	'I': line, 'J': bytes4, 'K': bytes1, 'M': bytes2, 'L': line, 0x8a: counted1, 0x8b: counted4,
	'S': line, 'T': counted4, 'U': counted1, 'B': counted4, 'C': counted1, 0x8e: counted8, 0x96: counted8, 0x97: none, 0x98: none,
	'N': none, 0x88: none, 0x89: none, 'V': line, 0x8c: counted1, 'X': counted4, 0x8d: counted8, 'F': line, 'G': bytes8,
	']': none, 'a': none, 'e': none, 'l': none, ')': none, 't': none, 0x85: none, 0x86: none, 0x87: none, '}': none, 'd': none, 's': none, 'u': none,
	0x8f: none, 0x90: none, 0x91: none, '0': none, '2': none, '(': none, '1': none, 'g': line, 'h': bytes1, 'j': bytes4, 'p': line, 'q': bytes1, 'r': bytes4, 0x94: none,
	0x82: bytes1, 0x83: bytes2, 0x84: bytes4, 'c': lines2, 0x93: none, 'R': none, 'b': none, 'i': lines2, 'o': none, 0x81: none, 0x92: none,
	0x80: bytes1, '.': none, 0x95: bytes8, 'P': line, 'Q': none,
}

// allOpcodes are their bytes, in order.
var allOpcodes = func() (all []byte) {
	for op := range 256 {
		if _, ok := opcodes[byte(op)]; ok {
			all = append(all, byte(op))
		}
	}
	return all
}()

// opcodeEnds gives where each opcode of a pickle ends, up to the first byte that is
// none.
func opcodeEnds(data []byte) (ends []int) {
	for at := 0; at < len(data); {
		arg, ok := opcodes[data[at]]
		if !ok {
			return ends
		}
		n := argumentSize(arg, data[at+1:])
		if n < 0 {
			return ends
		}
		at += 1 + n
		ends = append(ends, at)
	}
	return ends
}

// argumentSize is the length of an argument; -1: it is not all there.
func argumentSize(arg argument, data []byte) int {
	n := -1
	switch arg {
	case none:
		n = 0
	case bytes1:
		n = 1
	case bytes2:
		n = 2
	case bytes4:
		n = 4
	case bytes8:
		n = 8
	case line, lines2:
		n = bytes.IndexByte(data, '\n') + 1
		if n > 0 && arg == lines2 {
			second := bytes.IndexByte(data[n:], '\n') + 1
			if second == 0 {
				return -1
			}
			n += second
		}
		if n == 0 {
			return -1
		}
	case counted1:
		if len(data) > 0 {
			n = 1 + int(data[0])
		}
	case counted4:
		if len(data) >= 4 {
			n = 4 + int(binary.LittleEndian.Uint32(data))
		}
	case counted8:
		if len(data) >= 8 {
			n = 8 + int(min(binary.LittleEndian.Uint64(data), 1<<40))
		}
	}
	if n > len(data) {
		return -1
	}
	return n
}

// makePickle appends a dict of attributes as a pickle, each value of which is made by
// any row of opcodes.
func makePickle(r *rand.Rand, dst []byte) []byte {
	if n := r.IntN(8); n > 1 {
		dst = append(dst, 0x80, byte(n-2))
	}
	dst = append(dst, '}')
	if r.IntN(2) == 0 {
		dst = append(dst, '(')
		for range r.IntN(12) {
			dst = appendText(r, dst, pickleKeys[r.IntN(len(pickleKeys))])
			dst = appendValue(r, dst, 4)
		}
		dst = append(dst, 'u')
	} else {
		for range r.IntN(12) {
			dst = appendText(r, dst, pickleKeys[r.IntN(len(pickleKeys))])
			dst = append(appendValue(r, dst, 4), 's')
		}
	}
	return append(dst, '.')
}

var pickleKeys = []string{"name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text", "stack_info", "lineno", "funcName", "created", "msecs",
	"relativeCreated", "thread", "threadName", "processName", "process", "taskName", "sluice_id", "extra", "", "größe", "__class__", "msg_", "message", "asctime"}

// pickleNames are modules and names in them.
var pickleNames = []string{"os\nsystem\n", "builtins\nset\n", "__builtin__\nset\n", "builtins\nfrozenset\n", "builtins\nbytearray\n", "builtins\ncomplex\n", "_codecs\nencode\n", "collections\nOrderedDict\n", "datetime\ndatetime\n",
	"copy_reg\n_reconstructor\n", "copyreg\n_reconstructor\n", "__main__\nAccount\n", "logging\ngetLogger\n", "builtins\neval\n", "decimal\nDecimal\n", "uuid\nUUID\n", "a.b\nc.d\n", "\n\n"}

func appendText(r *rand.Rand, dst []byte, s string) []byte {
	switch r.IntN(5) {
	case 0:
		return append(append(append(dst, 'V'), s...), '\n')
	case 1:
		return append(append(dst, 0x8c, byte(len(s))), s...)
	case 2:
		return append(binary.LittleEndian.AppendUint64(append(dst, 0x8d), uint64(len(s))), s...)
	}
	return append(binary.LittleEndian.AppendUint32(append(dst, 'X'), uint32(len(s))), s...)
}

// appendValue appends what leaves one value on the stack, most of the time.
func appendValue(r *rand.Rand, dst []byte, depth int) []byte {
	if depth == 0 || r.IntN(3) > 0 {
		return appendLeaf(r, dst)
	}
	each := func(n int) {
		for range n {
			dst = appendValue(r, dst, depth-1)
		}
	}
	switch r.IntN(14) {
	case 0:
		dst = append(dst, ']')
		for range r.IntN(4) {
			dst = append(appendValue(r, dst, depth-1), 'a')
		}
	case 1:
		dst = append(dst, ']', '(')
		each(r.IntN(4))
		dst = append(dst, 'e')
	case 2:
		dst = append(dst, '(')
		each(r.IntN(4))
		dst = append(dst, "ltd"[r.IntN(3)])
	case 3:
		n := 1 + r.IntN(3)
		each(n)
		dst = append(dst, byte(0x84+n))
	case 4:
		dst = append(dst, '}', '(')
		each(2 * r.IntN(4))
		dst = append(dst, 'u')
	case 5:
		dst = append(dst, 0x8f, '(')
		each(r.IntN(4))
		dst = append(dst, 0x90)
	case 6:
		dst = append(dst, '(')
		each(r.IntN(4))
		dst = append(dst, 0x91)
	case 7: // a call
		dst = append(append(dst, 'c'), pickleNames[r.IntN(len(pickleNames))]...)
		dst = append(dst, '(')
		each(r.IntN(4))
		dst = append(dst, 't', 'R')
		if r.IntN(2) == 0 {
			dst = append(appendValue(r, dst, depth-1), 'b')
		}
	case 8:
		dst = append(append(dst, '('), 'i')
		dst = append(dst, pickleNames[r.IntN(len(pickleNames))]...)
	case 9:
		dst = append(append(dst, 'c'), pickleNames[r.IntN(len(pickleNames))]...)
		dst = append(dst, ')')
		if r.IntN(2) == 0 {
			dst = append(dst, 0x81)
		} else {
			dst = append(dst, '}', 0x92)
		}
	case 10: // remembered, and again
		n := byte(r.IntN(4))
		each(1)
		dst = append(dst, 'q', n, '0', 'h', n)
	case 11: // in itself
		n := byte(r.IntN(4))
		dst = append(dst, ']', 'q', n, 'h', n, 'a')
	case 12:
		each(1)
		dst = append(dst, '2', '0')
	default:
		each(1)
		dst = append(dst, allOpcodes[r.IntN(len(allOpcodes))])
	}
	return dst
}

// appendLeaf appends an opcode with its argument.
func appendLeaf(r *rand.Rand, dst []byte) []byte {
	n := interesting[r.IntN(len(interesting))]
	switch r.IntN(16) {
	case 0:
		return append(dst, 'N')
	case 1:
		return append(dst, byte(0x88+r.IntN(2)))
	case 2:
		return append(dst, 'K', byte(n))
	case 3:
		return binary.LittleEndian.AppendUint32(append(dst, 'J'), uint32(n))
	case 4:
		return append(strconv.AppendInt(append(dst, 'I'), int64(n), 10), '\n')
	case 5:
		dst = append(strconv.AppendUint(append(dst, 'L'), n, 10), "L\n"[r.IntN(2):]...)
		return dst
	case 6:
		k := r.IntN(20)
		dst = append(dst, 0x8a, byte(k))
		return appendRandom(r, dst, k)
	case 7:
		return binary.BigEndian.AppendUint64(append(dst, 'G'), n)
	case 8:
		return append(append(append(dst, 'F'), floats[r.IntN(len(floats))]...), '\n')
	case 9:
		k := r.IntN(40)
		dst = append(dst, 'U', byte(k))
		return appendRandom(r, dst, k)
	case 10:
		return append(append(append(dst, 'S'), quoted[r.IntN(len(quoted))]...), '\n')
	case 11:
		return appendText(r, dst, formats[r.IntN(len(formats))])
	case 12: // any opcode with any argument
		op := allOpcodes[r.IntN(len(allOpcodes))]
		dst = append(dst, op)
		switch opcodes[op] {
		case none:
			return dst
		case line, lines2:
			return append(append(dst, pickleNames[r.IntN(len(pickleNames))]...), "1\n"...)
		}
		return appendRandom(r, dst, r.IntN(20))
	default:
		return appendText(r, dst, texts[r.IntN(len(texts))])
	}
}

func appendRandom(r *rand.Rand, dst []byte, n int) []byte {
	for range n {
		dst = append(dst, byte(r.Uint32()))
	}
	return dst
}

var floats = []string{"0", "-0.0", "1e308", "1e309", "nan", "inf", "-inf", "1_0", "0x1p3", "1e-400", "", " 1", "1.5.5"}

var quoted = []string{"'a'", `"a"`, "''", `'\''`, `'\x41\n'`, "'a", "a", `'\`, `"\777"`}
