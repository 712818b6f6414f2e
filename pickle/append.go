package pickle

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"

	"github.com/sluicelog/sluice/pyval"
)

// Bounds of what is written.
const (
	maxAppendDepth = 1000 // CPython's recursion limit stops it about there, too
	batch          = 1000 // items behind one MARK, as CPython writes them
)

// Append appends the pickle of v, protocol 1, as Python's SocketHandler sends:
// every version of Python can load it. v is a value of package pyval. Containers
// that occur twice, or in themselves, are written once and referred to. An Opaque
// has no pickle and gives an error, as does a value that Python has nothing for
// and one that is nested more than 1000 deep.
func Append(dst []byte, v any) ([]byte, error) {
	a := appender{dst: dst}
	if err := a.value(v, 0); err != nil {
		return dst, err
	}
	return append(a.dst, '.'), nil
}

type appender struct {
	dst []byte
	written
	opaque bool // an Opaque is its repr, and no error
	most   int  // how long dst may become; 0: as long as it likes
}

func (a *appender) value(v any, depth int) error {
	if depth > maxAppendDepth {
		return fmt.Errorf("pickle: value nested more than %d deep", maxAppendDepth)
	}
	switch v := v.(type) {
	case nil:
		a.dst = append(a.dst, 'N')
	case bool:
		a.dst = appendBool(a.dst, v)
	case int64:
		a.int(v)
	case *big.Int:
		if v.IsInt64() {
			a.int(v.Int64())
		} else {
			a.dst = append(v.Append(append(a.dst, 'L'), 10), "L\n"...)
		}
	case float64:
		a.dst = appendBE64(append(a.dst, 'G'), math.Float64bits(v))
	case complex128:
		a.call("complex")
		a.dst = append(a.dst, '(')
		_ = a.value(real(v), depth)
		_ = a.value(imag(v), depth)
		a.dst = append(a.dst, "tR"...)
	case string:
		return a.str(v)
	case pyval.Bytes:
		return a.bytes(v)
	case *pyval.ByteArray:
		return a.byteArray(v)
	case pyval.Tuple:
		return a.tuple(v, depth)
	case *pyval.List:
		return a.list(v, depth)
	case *pyval.Dict:
		return a.dict(v, depth)
	case *pyval.Set:
		return a.set(v, depth)
	case pyval.Opaque:
		if a.opaque {
			return a.str(pyval.Repr(v))
		}
		return fmt.Errorf("pickle: no pickle for %s, of which only the name is left", pyval.Repr(v))
	default:
		return fmt.Errorf("pickle: no pickle for a value of type %T", v)
	}
	return nil
}

func (a *appender) int(n int64) { a.dst = AppendInt(a.dst, n) }

func (a *appender) str(s string) (err error) {
	if a.most > 0 && len(a.dst)+len(s) > a.most {
		return errLongDict
	}
	a.dst, err = AppendStr(append(a.dst, opBinunicode), s)
	return err
}

func appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, "I01\n"...)
	}
	return append(dst, "I00\n"...)
}

// AppendInt appends what puts an int on the stack: a part of a pickle.
func AppendInt(dst []byte, n int64) []byte {
	switch {
	case 0 <= n && n < 1<<8:
		return append(dst, opBinint1, byte(n))
	case 0 <= n && n < 1<<16:
		return append(dst, opBinint2, byte(n), byte(n>>8))
	case math.MinInt32 <= n && n <= math.MaxInt32:
		return appendLE32(append(dst, opBinint), uint32(n))
	}
	return append(strconv.AppendInt(append(dst, opLong), n, 10), "L\n"...)
}

// AppendStr appends what follows the opcode BINUNICODE, "X", for a str: a part of a
// pickle. Bytes that no str has are replaced; see Append.
func AppendStr(dst []byte, s string) ([]byte, error) {
	if !isASCII(s) {
		s = wtf8(s)
	}
	if uint64(len(s)) > math.MaxUint32 {
		return dst, fmt.Errorf("pickle: str of %d bytes is too long for protocol 1", len(s))
	}
	return append(appendLE32(dst, uint32(len(s))), s...), nil
}

// wtf8 gives s with the bytes that are neither UTF-8 nor half of a surrogate pair
// replaced: Python refuses a pickle that holds them.
func wtf8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b []byte
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r != utf8.RuneError || size > 1:
			b = append(b, s[i:i+size]...)
		case i+2 < len(s) && s[i] == 0xed && s[i+1]&0xe0 == 0xa0 && s[i+2]&0xc0 == 0x80:
			size = 3
			b = append(b, s[i:i+size]...)
		default:
			b = utf8.AppendRune(b, utf8.RuneError)
		}
		i += size
	}
	return string(b)
}

// call puts the name of a builtin on the stack, as Python 2 spells its module.
func (a *appender) call(name string) {
	a.dst = append(append(append(a.dst, "c__builtin__\n"...), name...), '\n')
}

// latin1 appends the str whose code points are the bytes of s: how bytes travel
// in the protocols that were made before Python had them.
func (a *appender) latin1(s string) error {
	var b []byte
	for i := range len(s) {
		b = utf8.AppendRune(b, rune(s[i]))
	}
	return a.str(string(b))
}

func (a *appender) bytes(v pyval.Bytes) error {
	if v == "" {
		a.call("bytes")
		a.dst = append(a.dst, ")R"...)
		return nil
	}
	a.dst = append(a.dst, "c_codecs\nencode\n("...)
	if err := a.latin1(string(v)); err != nil {
		return err
	}
	err := a.str("latin1")
	a.dst = append(a.dst, "tR"...)
	return err
}

func (a *appender) byteArray(v *pyval.ByteArray) error {
	if a.seen(v) {
		return nil
	}
	a.call("bytearray")
	if len(v.Data) == 0 {
		a.dst = append(a.dst, ")R"...)
		a.put(v)
		return nil
	}
	a.dst = append(a.dst, '(')
	if err := a.latin1(string(v.Data)); err != nil {
		return err
	}
	err := a.str("latin-1")
	a.dst = append(a.dst, "tR"...)
	a.put(v)
	return err
}

func (a *appender) tuple(v pyval.Tuple, depth int) error {
	if len(v) == 0 {
		a.dst = append(a.dst, ')')
		return nil
	}
	id := tupleID{&v[0], len(v)}
	if a.seen(id) {
		return nil
	}
	a.dst = append(a.dst, '(')
	for _, e := range v {
		if err := a.value(e, depth+1); err != nil {
			return err
		}
	}
	if a.find(id) >= 0 {
		// It contains itself and was written by its own item: drop these items
		// and refer to that.
		a.dst = append(a.dst, '1')
		a.seen(id)
		return nil
	}
	a.dst = append(a.dst, 't')
	a.put(id)
	return nil
}

// tupleID is what makes a tuple the same as another: where its items lie.
type tupleID struct {
	first *any
	n     int
}

func (a *appender) list(v *pyval.List, depth int) error {
	if a.seen(v) {
		return nil
	}
	a.dst = append(a.dst, ']')
	a.put(v)
	for i := 0; i < len(v.Items); i += batch {
		items := v.Items[i:min(i+batch, len(v.Items))]
		if len(items) > 1 {
			a.dst = append(a.dst, '(')
		}
		for _, e := range items {
			if err := a.value(e, depth+1); err != nil {
				return err
			}
		}
		a.end(len(items), 'a', 'e')
	}
	return nil
}

func (a *appender) dict(v *pyval.Dict, depth int) error {
	if a.seen(v) {
		return nil
	}
	a.dst = append(a.dst, '}')
	a.put(v)
	for i := 0; i < len(v.Pairs); i += batch {
		pairs := v.Pairs[i:min(i+batch, len(v.Pairs))]
		if len(pairs) > 1 {
			a.dst = append(a.dst, '(')
		}
		for _, p := range pairs {
			if err := a.value(p.Key, depth+1); err != nil {
				return err
			}
			if err := a.value(p.Value, depth+1); err != nil {
				return err
			}
		}
		a.end(len(pairs), 's', 'u')
	}
	return nil
}

func (a *appender) set(v *pyval.Set, depth int) error {
	if a.seen(v) {
		return nil
	}
	if v.Frozen {
		a.call("frozenset")
	} else {
		a.call("set")
	}
	a.dst = append(a.dst, '(')
	if err := a.list(&pyval.List{Items: v.Items}, depth+1); err != nil {
		return err
	}
	a.dst = append(a.dst, "tR"...)
	a.put(v)
	return nil
}

// end closes a batch of n: one goes without a MARK.
func (a *appender) end(n int, one, many byte) {
	if n > 1 {
		a.dst = append(a.dst, many)
	} else {
		a.dst = append(a.dst, one)
	}
}

// seen refers to a container that was written before.
func (a *appender) seen(id any) bool {
	i := a.find(id)
	if i >= 0 {
		a.dst = appendMemo(a.dst, opBinget, opLongBinget, i)
	}
	return i >= 0
}

// put gives the container just written a number.
func (a *appender) put(id any) {
	a.dst = appendMemo(a.dst, opBinput, opLongBinput, a.add(id))
}

func appendMemo(dst []byte, short, long byte, i int) []byte {
	if i < 1<<8 {
		return append(dst, short, byte(i))
	}
	return appendLE32(append(dst, long), uint32(i))
}

func appendLE32(dst []byte, n uint32) []byte {
	return append(dst, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}

func appendBE64(dst []byte, n uint64) []byte {
	return append(dst, byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}
