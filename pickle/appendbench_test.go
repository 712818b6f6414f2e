package pickle

import (
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

func nestedValue() *pyval.Dict {
	user := &pyval.Dict{Pairs: []pyval.Pair{{Key: "name", Value: "alice"}, {Key: "id", Value: int64(123456)}, {Key: "admin", Value: false}}}
	tags := &pyval.List{Items: []any{"a", "bc", "def", int64(7), 2.5, nil}}
	rows := &pyval.List{}
	for i := range 10 {
		rows.Items = append(rows.Items, &pyval.Dict{Pairs: []pyval.Pair{{Key: "n", Value: int64(i)}, {Key: "at", Value: 0.5 * float64(i)}, {Key: "why", Value: "because"}}})
	}
	return &pyval.Dict{Pairs: []pyval.Pair{{Key: "user", Value: user}, {Key: "tags", Value: tags}, {Key: "rows", Value: rows}}}
}

func BenchmarkAppend(b *testing.B) {
	v := nestedValue()
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		var err error
		if buf, err = Append(buf[:0], v); err != nil {
			b.Fatal(err)
		}
	}
}
