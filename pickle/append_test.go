package pickle

import (
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/internal/typedjson"
	"github.com/sluicelog/sluice/pyval"
)

// TestAppendDecodesToTheSame: what Python sent comes back from what Append makes
// of it.
func TestAppendDecodesToTheSame(t *testing.T) {
	n := 0
	for _, row := range vectorRows[recordRow](t, "pickled_records.jsonl") {
		if row.Expect != "ok" {
			continue
		}
		n++
		v, err := Decode(row.pickle(), Limits{})
		if err != nil {
			t.Fatalf("%s: %v", row.ID, err)
		}
		data, err := Append(nil, v)
		if err != nil {
			t.Errorf("%s: Append: %v", row.ID, err)
			continue
		}
		again, err := Decode(data, Limits{})
		if err != nil {
			t.Errorf("%s: Decode of what Append made: %v", row.ID, err)
			continue
		}
		got, want := typedjson.Tree(again), typedjson.Canon(row.Attrs)
		if !reflect.DeepEqual(got, want) {
			g, _ := json.Marshal(got)
			w, _ := json.Marshal(want)
			t.Errorf("%s:\n got %s\nwant %s", row.ID, g, w)
		}
	}
	if n == 0 {
		t.Fatal("no rows")
	}
}

func TestAppendKeepsSharing(t *testing.T) {
	shared := &pyval.List{Items: []any{int64(1)}}
	self := &pyval.List{}
	self.Items = []any{self, shared, shared, pyval.Tuple{shared}}
	data, err := Append(nil, self)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Decode(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	l := v.(*pyval.List)
	if l.Items[0] != any(l) || l.Items[1] != l.Items[2] || l.Items[3].(pyval.Tuple)[0] != l.Items[1] {
		t.Errorf("%s does not share what was shared", pyval.Repr(v))
	}
	// Forty lists, each twice in the next: a line each, not 2^40.
	deep := any(&pyval.List{Items: []any{"x"}})
	for range 40 {
		deep = pyval.Tuple{deep, deep}
	}
	if data, err = Append(nil, deep); err != nil || len(data) > 1000 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func TestAppendEdges(t *testing.T) {
	many := &pyval.List{}
	for i := range 2500 {
		many.Items = append(many.Items, int64(i))
	}
	huge := new(big.Int).Lsh(big.NewInt(1), 200)
	for _, v := range []any{
		nil, true, false, int64(0), int64(255), int64(256), int64(65535), int64(65536), int64(-1),
		int64(math.MaxInt32), int64(math.MaxInt32) + 1, int64(math.MinInt32), int64(math.MinInt32) - 1, int64(math.MinInt64),
		huge, new(big.Int).Neg(huge), 0.0, math.Copysign(0, -1), math.Inf(1), math.Pi, complex(1, -2),
		"", "é\x00\n", "\xed\xa0\x80", pyval.Bytes(""), pyval.Bytes("\x00\x80\xff"), &pyval.ByteArray{}, &pyval.ByteArray{Data: []byte{0, 0xff}},
		pyval.Tuple{}, pyval.Tuple{int64(1)}, &pyval.List{}, many, &pyval.Dict{}, &pyval.Set{}, &pyval.Set{Items: []any{int64(1)}, Frozen: true},
	} {
		data, err := Append([]byte("before"), v)
		if err != nil {
			t.Errorf("%s: %v", pyval.Repr(v), err)
			continue
		}
		got, err := Decode(data[len("before"):], Limits{})
		if err != nil || !reflect.DeepEqual(typedjson.Tree(got), typedjson.Tree(v)) {
			t.Errorf("%.80s came back as %.80s, %v", pyval.Repr(v), pyval.Repr(got), err)
		}
	}
	var deep any
	for range 2000 {
		deep = &pyval.List{Items: []any{deep}}
	}
	for name, v := range map[string]any{
		"*pyval.Dict, deep": deep, "pyval.Opaque": pyval.Opaque{Name: "a.B"}, "chan int": make(chan int),
	} {
		if data, err := Append([]byte("x"), v); err == nil || string(data) != "x" || !strings.Contains(err.Error(), "pickle: ") {
			t.Errorf("%s: %v, %q", name, err, data)
		}
	}
	if data, err := Append(nil, "a\xffb"); err != nil || !strings.Contains(string(data), "a\uFFFDb") {
		t.Errorf("bytes that are no text: %q, %v", data, err)
	}
}
