package sluice_test

import (
	"math"
	"testing"

	"github.com/sluicelog/sluice"
)

func TestID(t *testing.T) {
	for _, id := range []sluice.ID{{Source: 1, Seq: 1}, {Source: math.MaxUint64, Seq: math.MaxUint64}, {Seq: 7}} {
		if got, ok := sluice.ParseID(id.String()); !ok || got != id || got.IsZero() {
			t.Errorf("%v came back as %v, %v", id, got, ok)
		}
	}
	for _, s := range []string{"", "-", "0000000000000001-", "0000000000000001-0", "0000000000000001-01", "000000000000000A-1", "+000000000000001-1", "0000000000000001-18446744073709551616", "00000000000000001-1", "0000000000000001-1 "} {
		if id, ok := sluice.ParseID(s); ok {
			t.Errorf("%q was read as %v", s, id)
		}
	}
}
