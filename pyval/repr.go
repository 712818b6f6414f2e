package pyval

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"unicode/utf8"
)

// DefaultLimit is the length in bytes at which Str, Repr and ASCII cut.
const DefaultLimit = 64 << 10

const (
	cutMark  = "...<cut>"
	maxDepth = 1000 // where CPython gives up with RecursionError
)

// MaxIntDigits is the number of decimal digits above which Python refuses to
// write an int (sys.set_int_max_str_digits).
const MaxIntDigits = 4300

// Str returns Python's str(v): a str itself, whole and unchanged, of anything
// else the text of Repr.
func Str(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return Repr(v)
}

// Repr returns Python's repr(v), as CPython 3.13 writes it, cut at DefaultLimit.
//
// What Python does not write so:
//   - A text that is cut ends in "...<cut>": a small pickle can hold a value
//     whose text would fill the memory.
//   - An Opaque is <module.Class object>, or <module.Class> if it is the class or
//     function itself.
//   - An int of more than MaxIntDigits digits, which Python refuses to write, is
//     <int of 20000 bits>; nesting deeper than 1000 is "...".
//   - A set is in order of insertion, where Python's order is that of its hashes.
//   - A Go value that is not one of this package's is <its Go type>.
func Repr(v any) string { return string(AppendRepr(nil, v, 0)) }

// ASCII returns Python's ascii(v): Repr with everything but ASCII escaped.
func ASCII(v any) string { return string(AppendASCII(nil, v, 0)) }

// AppendStr appends Str(v). limit is the length in bytes at which the text of
// anything but a str is cut, DefaultLimit if it is not positive.
func AppendStr(dst []byte, v any, limit int) []byte {
	if s, ok := v.(string); ok {
		return append(dst, s...)
	}
	return AppendRepr(dst, v, limit)
}

// AppendRepr appends Repr(v), cut at limit as AppendStr's.
func AppendRepr(dst []byte, v any, limit int) []byte { return appendRepr(dst, v, limit, false) }

// AppendASCII appends ASCII(v), cut at limit as AppendStr's.
func AppendASCII(dst []byte, v any, limit int) []byte { return appendRepr(dst, v, limit, true) }

func appendRepr(dst []byte, v any, limit int, ascii bool) []byte {
	if limit <= 0 {
		limit = DefaultLimit
	}
	start := len(dst)
	p := printer{dst: dst, end: start + limit, ascii: ascii}
	p.value(v)
	if len(p.dst) <= p.end {
		return p.dst
	}
	cut := p.end
	for back := 0; back < utf8.UTFMax && cut > start && !utf8.RuneStart(p.dst[cut]); back++ {
		cut--
	}
	return append(p.dst[:cut], cutMark...)
}

// printer writes one value. Every step tests full, so that the work is bounded
// by the limit and not by the value.
type printer struct {
	dst   []byte
	end   int // no more is written once dst is longer
	ascii bool
	open  []ref            // the containers being written, outermost first
	deep  map[ref]struct{} // the same, once there are more than a look at each is worth
}

// shallow is how many containers are looked at one by one. A hostile value lies
// hundreds deep and has ten thousands of them.
const shallow = 16

// ref is the identity of a container. A tuple is its first element's address
// and its length, since a slice of it shares the address.
type ref struct {
	at any // a pointer
	n  int
}

func (p *printer) full() bool { return len(p.dst) > p.end }

func (p *printer) text(s string) { p.dst = append(p.dst, s...) }

func (p *printer) value(v any) {
	if p.full() {
		return
	}
	switch v := v.(type) {
	case nil:
		p.text("None")
	case bool:
		if v {
			p.text("True")
		} else {
			p.text("False")
		}
	case int64:
		p.dst = strconv.AppendInt(p.dst, v, 10)
	case *big.Int:
		p.int(v)
	case float64:
		p.dst = AppendFloat(p.dst, v)
	case complex128:
		p.dst = appendComplex(p.dst, v)
	case string:
		p.str(v)
	case Bytes:
		p.bytes(string(v), quoteOf(string(v)))
	case *ByteArray:
		p.text("bytearray(")
		// bytearray_repr escapes ' even between double quotes.
		p.bytes(string(v.Data), '\'')
		p.text(")")
	case Tuple:
		p.tuple(v)
	case *List:
		p.items(ref{v, 0}, "[", "]", "[...]", v.Items)
	case *Dict:
		p.dict(v)
	case *Set:
		p.set(v)
	case Opaque:
		p.opaque(v)
	default:
		p.text("<")
		p.quoted(fmt.Sprintf("%T", v), 0)
		p.text(">")
	}
}

func (p *printer) int(z *big.Int) {
	// 3.33 bits a digit: longer ones are not even converted.
	if z.BitLen() <= MaxIntDigits*10/3 {
		n := len(p.dst)
		p.dst = z.Append(p.dst, 10)
		digits := len(p.dst) - n
		if z.Sign() < 0 {
			digits--
		}
		if digits <= MaxIntDigits {
			return
		}
		p.dst = p.dst[:n]
	}
	p.text("<int of ")
	p.dst = strconv.AppendInt(p.dst, int64(z.BitLen()), 10)
	p.text(" bits>")
}

func (p *printer) opaque(o Opaque) {
	p.text("<")
	p.quoted(o.Name, 0)
	if !o.Global {
		p.text(" object")
	}
	p.text(">")
}

// enter notes that the container r is being written. If it is already, or lies
// too deep, it writes again instead and reports false.
func (p *printer) enter(r ref, again string) bool {
	if p.isOpen(r) {
		p.text(again)
		return false
	}
	if len(p.open) >= maxDepth {
		p.text("...")
		return false
	}
	p.open = append(p.open, r)
	if p.deep != nil {
		p.deep[r] = struct{}{}
	}
	return true
}

func (p *printer) isOpen(r ref) bool {
	if p.deep == nil {
		if len(p.open) <= shallow {
			return slices.Contains(p.open, r)
		}
		p.deep = make(map[ref]struct{}, 2*len(p.open))
		for _, o := range p.open {
			p.deep[o] = struct{}{}
		}
	}
	_, is := p.deep[r]
	return is
}

func (p *printer) leave() {
	last := len(p.open) - 1
	if p.deep != nil {
		delete(p.deep, p.open[last])
	}
	p.open = p.open[:last]
}

func (p *printer) items(r ref, open, end, again string, items []any) {
	if !p.enter(r, again) {
		return
	}
	p.text(open)
	for i, v := range items {
		if p.full() {
			break
		}
		if i > 0 {
			p.text(", ")
		}
		p.value(v)
	}
	p.text(end)
	p.leave()
}

func (p *printer) tuple(t Tuple) {
	if len(t) == 0 {
		p.text("()")
		return
	}
	end := ")"
	if len(t) == 1 {
		end = ",)"
	}
	p.items(ref{&t[0], len(t)}, "(", end, "(...)", t)
}

func (p *printer) dict(d *Dict) {
	if !p.enter(ref{d, 0}, "{...}") {
		return
	}
	p.text("{")
	for i, e := range d.Pairs {
		if p.full() {
			break
		}
		if i > 0 {
			p.text(", ")
		}
		p.value(e.Key)
		p.text(": ")
		p.value(e.Value)
	}
	p.text("}")
	p.leave()
}

func (p *printer) set(s *Set) {
	r := ref{s, 0}
	switch {
	case len(s.Items) == 0 && s.Frozen:
		p.text("frozenset()")
	case len(s.Items) == 0:
		p.text("set()")
	case s.Frozen:
		p.items(r, "frozenset({", "})", "frozenset(...)", s.Items)
	default:
		p.items(r, "{", "}", "set(...)", s.Items)
	}
}
