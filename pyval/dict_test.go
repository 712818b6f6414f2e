package pyval

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"
)

func TestDictKeysAreEqualAsInPython(t *testing.T) {
	huge := new(big.Int).Lsh(big.NewInt(1), 70)
	tests := []struct {
		a, b any
		one  bool // whether {a: 1, b: 2} has one entry in Python
	}{
		{int64(1), 1.0, true},
		{int64(1), true, true},
		{int64(0), false, true},
		{0.0, math.Copysign(0, -1), true},
		{int64(1), complex(1, 0), true},
		{complex(0, 1), complex(math.Copysign(0, -1), 1), true},
		{complex(1, 2), complex(1, 3), false},
		{huge, math.Ldexp(1, 70), true},
		{huge, new(big.Int).Neg(huge), false},
		{huge, new(big.Int).Add(huge, big.NewInt(1)), false},
		{big.NewInt(7), int64(7), true},
		{"1", int64(1), false},
		{"a", Bytes("a"), false},
		{nil, false, false},
		{nil, "", false},
		{1.5, 1.5, true},
		{math.Inf(1), math.Inf(1), true},
		{math.Inf(1), math.Inf(-1), false},
		{math.NaN(), math.NaN(), false},
		{math.Ldexp(1, 63), int64(math.MinInt64), false},
		{Tuple{int64(1), "x"}, Tuple{1.0, "x"}, true},
		{Tuple{int64(1), "x"}, Tuple{"x", int64(1)}, false},
		{Tuple{"ab", "c"}, Tuple{"a", "bc"}, false},
		{Tuple{Tuple{}, Tuple{}}, Tuple{Tuple{Tuple{}}}, false},
		{Tuple{}, &Set{Frozen: true}, false},
		{&Set{Frozen: true, Items: []any{int64(1), int64(2)}}, &Set{Frozen: true, Items: []any{2.0, true}}, true},
		{&Set{Frozen: true, Items: []any{int64(1)}}, &Set{Frozen: true, Items: []any{int64(2)}}, false},
		{Opaque{Name: "m.f", Global: true}, Opaque{Name: "m.f", Global: true}, true},
		{Opaque{Name: "m.C"}, Opaque{Name: "m.C"}, false},
		{Tuple{Opaque{Name: "m.C"}}, Tuple{Opaque{Name: "m.C"}}, false},
	}
	for _, tt := range tests {
		for _, padding := range []int{0, 20} { // without an index, and with one
			d := new(Dict)
			for i := range padding {
				if err := d.Set(fmt.Sprint("padding", i), nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(d.Set(tt.a, "first"), d.Set(tt.b, "second")); err != nil {
				t.Fatalf("%#v, %#v: %v", tt.a, tt.b, err)
			}
			if one := len(d.Pairs) == padding+1; one != tt.one {
				t.Errorf("{%#v, %#v} has one entry: got %v, want %v", tt.a, tt.b, one, tt.one)
			}
			if v, ok := d.Get(tt.a); tt.one && (!ok || v != "second") {
				t.Errorf("%#v after %#v: got %v, want the second value", tt.a, tt.b, v)
			}
			if Equal(tt.a, tt.b) != tt.one {
				t.Errorf("Equal(%#v, %#v): got %v, want %v", tt.a, tt.b, !tt.one, tt.one)
			}
			s := new(Set)
			if err := errors.Join(s.Add(tt.a), s.Add(tt.b)); err != nil {
				t.Fatal(err)
			}
			if one := len(s.Items) == 1; one != tt.one {
				t.Errorf("set(%#v, %#v) has one element: got %v, want %v", tt.a, tt.b, one, tt.one)
			}
		}
	}
}

func TestDictKeepsOrderAndFirstKey(t *testing.T) {
	d := new(Dict)
	for i := range 40 {
		if err := d.Set(int64(i), i); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 40 {
		if err := d.Set(float64(i), -i); err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range d.Pairs {
		if p.Key != int64(i) || p.Value != -i {
			t.Fatalf("entry %d: got %v, want key %d and value %d", i, p, i, -i)
		}
	}
}

func TestDictSeesAppendedPairs(t *testing.T) {
	d := new(Dict)
	for i := range 20 {
		d.Pairs = append(d.Pairs, Pair{int64(i), nil})
		if err := d.Set(int64(0), i); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Set(int64(19), "x"); err != nil || len(d.Pairs) != 20 {
		t.Errorf("got %d entries, %v; want 20", len(d.Pairs), err)
	}
	d.Pairs = d.Pairs[:10]
	if _, ok := d.Get(int64(15)); ok {
		t.Error("a removed entry is still found")
	}
}

func TestUnhashable(t *testing.T) {
	for _, v := range []any{new(List), new(Dict), new(Set), new(ByteArray), Tuple{int64(1), Tuple{new(List)}},
		&Set{Frozen: true, Items: []any{new(Dict)}}, struct{}{}} {
		if err := new(Dict).Set(v, nil); !errors.Is(err, ErrUnhashable) {
			t.Errorf("Dict.Set(%T): got %v, want ErrUnhashable", v, err)
		}
		if err := new(Set).Add(v); !errors.Is(err, ErrUnhashable) {
			t.Errorf("Set.Add(%T): got %v, want ErrUnhashable", v, err)
		}
	}
}

// doubled nests (x, x) deep times: 2^deep leaves.
func doubled(deep int) any {
	v := any(int64(1))
	for range deep {
		v = Tuple{v, v}
	}
	return v
}

func nested(deep int) any {
	v := any(Tuple{})
	for range deep {
		v = Tuple{v}
	}
	return v
}

func TestKeysAreBounded(t *testing.T) {
	for _, v := range []any{doubled(60), nested(100000)} {
		if err := new(Dict).Set(v, nil); err == nil || errors.Is(err, ErrUnhashable) {
			t.Errorf("got %v, want an error of size", err)
		}
	}
	if err := new(Dict).Set(nested(100), nil); err != nil {
		t.Error(err)
	}
}

func TestEqualContainers(t *testing.T) {
	dict := func(kv ...any) *Dict {
		d := new(Dict)
		for i := 0; i < len(kv); i += 2 {
			_ = d.Set(kv[i], kv[i+1])
		}
		return d
	}
	list := func(items ...any) *List { return &List{Items: items} }
	tests := []struct {
		a, b any
		want bool
	}{
		{list(int64(1), "x"), list(true, "x"), true},
		{list(int64(1)), Tuple{int64(1)}, false},
		{list(), list(), true},
		{list(nil), list(), false},
		{dict("a", int64(1), "b", list()), dict("b", list(), "a", 1.0), true},
		{dict("a", int64(1)), dict("a", int64(2)), false},
		{dict("a", int64(1)), dict("b", int64(1)), false},
		{&Set{Items: []any{int64(1)}}, &Set{Frozen: true, Items: []any{1.0}}, true},
		{&ByteArray{Data: []byte("x")}, Bytes("x"), true},
		{Bytes("x"), &ByteArray{Data: []byte("x")}, true},
		{&ByteArray{Data: []byte("x")}, &ByteArray{Data: []byte("x")}, true},
		{&ByteArray{Data: []byte("x")}, "x", false},
		{doubled(60), doubled(60), true},
		{nested(100000), nested(100000), false}, // too deep to tell
	}
	for i, tt := range tests {
		if got := Equal(tt.a, tt.b); got != tt.want {
			t.Errorf("case %d: got %v, want %v", i, got, tt.want)
		}
	}
}

func TestEqualOfCycles(t *testing.T) {
	cycle := func(end any) any {
		a, b := new(List), new(List)
		a.Items = []any{int64(1), b}
		b.Items = []any{int64(2), a, end}
		return a
	}
	if !Equal(cycle("x"), cycle("x")) {
		t.Error("two equal cycles are not equal")
	}
	if Equal(cycle("x"), cycle("y")) {
		t.Error("two different cycles are equal")
	}
}

func TestTypeName(t *testing.T) {
	for want, v := range map[string]any{"NoneType": nil, "int": int64(1), "float": 1.5, "complex": 1i, "str": "", "bytes": Bytes(""),
		"bytearray": new(ByteArray), "tuple": Tuple{}, "list": new(List), "dict": new(Dict), "set": new(Set),
		"frozenset": &Set{Frozen: true}, "bool": true, "m.C": Opaque{Name: "m.C"}, "type": Opaque{Name: "m.C", Global: true}} {
		if got := TypeName(v); got != want {
			t.Errorf("%#v: got %q, want %q", v, got, want)
		}
	}
}
