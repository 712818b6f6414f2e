package typedjson

import (
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

func TestTree(t *testing.T) {
	cycle := &pyval.List{Items: []any{nil}}
	cycle.Items[0] = pyval.Tuple{cycle}
	for _, tt := range []struct {
		v    any
		want string // as the vectors spell it
	}{
		{nil, `null`},
		{true, `true`},
		{"é", `"é"`},
		{"\xed\xa0\x80", `{"str_surrogatepass_b64": "7aCA"}`},
		{int64(-3), `{"int": "-3"}`},
		{new(big.Int).Lsh(big.NewInt(1), 64), `{"int": "18446744073709551616"}`},
		{1.5, `{"float": "1.5", "bits": "3ff8000000000000"}`},
		{math.Copysign(0, -1), `{"float": "-0.0", "bits": "8000000000000000"}`},
		{complex(1, -2), `{"complex": ["1.0", "-2.0"]}`},
		{pyval.Bytes("a"), `{"bytes": "YQ=="}`},
		{&pyval.ByteArray{Data: []byte("a")}, `{"bytearray": "YQ=="}`},
		{pyval.Tuple{}, `{"tuple": []}`},
		{&pyval.Dict{Pairs: []pyval.Pair{{Key: "b", Value: int64(1)}, {Key: "a", Value: nil}}}, `{"dict": [["b", {"int": "1"}], ["a", null]]}`},
		{&pyval.Set{Items: []any{"b", "a"}}, `{"set": ["a", "b"]}`},
		{&pyval.Set{Items: []any{"a", "b"}, Frozen: true}, `{"frozenset": ["b", "a"]}`},
		{pyval.Opaque{Name: "m.C"}, `{"opaque": "m.C"}`},
		{pyval.Opaque{Name: "m.f", Global: true}, `{"opaque_global": "m.f"}`},
		{cycle, `[{"tuple": [{"cycle": 2}]}]`},
	} {
		var want any
		if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
			t.Fatal(err)
		}
		if got := Tree(tt.v); !reflect.DeepEqual(got, Canon(want)) {
			t.Errorf("got %v, want %s", got, tt.want)
		}
	}
	if reflect.DeepEqual(Tree(1.0), Tree(int64(1))) || reflect.DeepEqual(Tree("a"), Tree(pyval.Bytes("a"))) {
		t.Error("types are not kept apart")
	}
}
