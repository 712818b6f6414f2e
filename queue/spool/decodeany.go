package spool

import (
	"math/big"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

func (d *decoder) any(depth int) any {
	if depth > maxDepth+1 {
		d.fail(errContent)
		return nil
	}
	switch k := kind(d.byte()); k {
	case kindNone:
		return nil
	case kindFalse, kindTrue:
		return k == kindTrue
	case kindInt:
		return d.int()
	case kindFloat:
		return d.float()
	case kindText:
		return d.string()
	case kindBigInt:
		negative := d.bool()
		z := new(big.Int).SetBytes([]byte(d.string()))
		if negative {
			z.Neg(z)
		}
		return z
	case kindComplex:
		return complex(d.float(), d.float())
	case kindBytes:
		return pyval.Bytes(d.string())
	case kindInstance, kindGlobal:
		return pyval.Opaque{Name: d.string(), Global: k == kindGlobal}
	case kindAbsent:
		return sluice.Absent{}
	case kindForeign:
		return foreign{text: d.string(), json: d.string()}
	case kindSeen:
		n := d.uint()
		if n >= uint64(len(d.seen)) || d.seen[n] == nil {
			d.fail(errContent)
			return nil
		}
		return d.seen[n]
	case kindByteArray, kindTuple, kindList, kindDict, kindSet, kindFrozenSet:
		return d.container(k, depth)
	}
	d.fail(errContent)
	return nil
}

func (d *decoder) container(k kind, depth int) any {
	switch k {
	case kindByteArray:
		b := &pyval.ByteArray{}
		d.seen = append(d.seen, b)
		b.Data = []byte(d.string())
		return b
	case kindTuple:
		n := d.count()
		t := make(pyval.Tuple, n)
		if n > 0 {
			d.seen = append(d.seen, t)
		}
		for i := range t {
			t[i] = d.any(depth + 1)
		}
		return t
	case kindList:
		l := &pyval.List{}
		d.seen = append(d.seen, l)
		l.Items = d.items(depth)
		return l
	case kindDict:
		m := &pyval.Dict{}
		d.seen = append(d.seen, m)
		m.Pairs = d.pairs(depth + 1)
		return m
	}
	s := &pyval.Set{Frozen: k == kindFrozenSet}
	d.seen = append(d.seen, s)
	s.Items = d.items(depth)
	return s
}

func (d *decoder) items(depth int) []any {
	n := d.count()
	items := make([]any, 0, min(n, 64))
	for ; n > 0 && d.err == nil; n-- {
		items = append(items, d.any(depth+1))
	}
	return items
}
