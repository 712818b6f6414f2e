package pickle

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

func TestLimits(t *testing.T) {
	many := func(part string, n int) string { return strings.Repeat(part, n) }
	for _, tt := range []struct {
		name, pickle string
		l            Limits
		ok           bool
	}{
		{"bytes", "NNNNN.", Limits{Bytes: 6}, true},
		{"bytes", "NNNNN.", Limits{Bytes: 5}, false},
		{"depth of lists", many("]", 5) + many("a", 4) + ".", Limits{Depth: 5}, true},
		{"depth of lists", many("]", 6) + many("a", 5) + ".", Limits{Depth: 5}, false},
		{"depth of tuples", ")" + many("\x85", 5) + ".", Limits{Depth: 5}, false},
		{"depth of dicts", many("}K\x01", 5) + "N" + many("s", 5) + ".", Limits{Depth: 5}, true},
		{"depth of dicts", many("}K\x01", 6) + "N" + many("s", 6) + ".", Limits{Depth: 5}, false},
		{"depth of keys", "})" + many("\x85", 5) + "Ns.", Limits{Depth: 5}, false},
		{"depth in a record", "}X\x01\x00\x00\x00a" + many("]", 4) + many("a", 3) + "s.", Limits{Depth: 5}, true},
		{"depth in a record", "}X\x01\x00\x00\x00a" + many("]", 5) + many("a", 4) + "s.", Limits{Depth: 5}, false},
		{"depth grown from inside", "]q\x00" + many("]q\x01ah\x01", 6) + ".", Limits{Depth: 5}, true}, // the last list alone is the result
		{"stack", many("N", 10) + ".", Limits{Objects: 10}, true},
		{"stack", many("N", 11) + ".", Limits{Objects: 10}, false},
		{"objects", many("]0", 9) + "N.", Limits{Objects: 10}, true},
		{"objects", many("]0", 11) + "N.", Limits{Objects: 10}, false},
		{"elements", "]" + many("Na", 9) + ".", Limits{Objects: 10}, true},
		{"elements", "]" + many("Na", 10) + ".", Limits{Objects: 10}, false},
		{"entries", "}" + many("K\x01Ns", 6) + ".", Limits{Objects: 10}, false},
		{"memo", "N" + many("\x94", 10) + ".", Limits{Memo: 10}, true},
		{"memo", "N" + many("\x94", 11) + ".", Limits{Memo: 10}, false},
		{"memo, one entry again and again", "N" + many("q\x09", 50) + ".", Limits{Memo: 10}, true},
		{"memo far apart", "Nr\x00\x00\x00\x10r\x00\x00\x00\x20.", Limits{Memo: 1}, false},
		{"memo that fills up from behind", "Nq\x28q\x27q\x10q\x20q\x05q\x17\x94\x94q\x28.", Limits{Memo: 8}, true},
		{"memo that fills up from behind", "Nq\x28q\x27q\x10q\x20q\x05q\x17\x94\x94q\x28.", Limits{Memo: 7}, false},
	} {
		_, err := Decode([]byte(tt.pickle), tt.l)
		if tt.ok && err != nil || !tt.ok && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s of %+v: %v", tt.name, tt.l, err)
		}
		sameAsFields(t, []byte(tt.pickle), tt.l)
	}
}

// TestSharedValuesCostNoMoreThanTheirBytes has pickles whose work or memory would
// be the square of their length, or worse, without a bound.
func TestSharedValuesCostNoMoreThanTheirBytes(t *testing.T) {
	big := "X\x00\x00\x08\x00" + strings.Repeat("k", 1<<19) + "q\x00"
	for name, data := range map[string]string{
		"a large str as key of many dicts":   big + strings.Repeat("}h\x00Ns", 40000) + ".",
		"a large str in many keys":           "}" + big + "0" + strings.Repeat("h\x00I1\n\x86Ns", 40000) + ".",
		"a large str turned into bytes":      "c_codecs\nencode\nq\x01" + "V\xe9" + strings.Repeat("k", 1<<19) + "\nq\x00X\x06\x00\x00\x00latin1q\x02" + strings.Repeat("h\x01h\x00h\x02\x86R", 40000) + ".",
		"large bytes made a bytearray":       "cbuiltins\nbytearray\nq\x01" + "B\x00\x00\x08\x00" + strings.Repeat("k", 1<<19) + "q\x00" + strings.Repeat("h\x01h\x00\x85R", 40000) + ".",
		"a large name":                       big + strings.Repeat("h\x00h\x00\x93", 40000) + ".",
		"a large list made sets":             "cbuiltins\nset\nq\x01](" + strings.Repeat("M\x01\x02", 50000) + "eq\x00" + strings.Repeat("h\x01h\x00\x85R", 40000) + ".",
		"keys that double":                   "}K\x01" + strings.Repeat("2\x86", 100) + "Ns.",
		"frozensets in frozensets":           strings.Repeat("(", 90000) + strings.Repeat("\x91", 90000) + ".",
		"lists that double, measured":        "}X\x01\x00\x00\x00a" + strings.Repeat("]q\x00h\x00h\x00\x86", 1) + strings.Repeat("2\x86", 500) + "s.",
		"a large list of scalars many times": "}X\x01\x00\x00\x00a](" + strings.Repeat("K\x01", 100000) + "eq\x00" + "]q\x01(" + strings.Repeat("h\x00", 100000) + "es.",
		"large ints":                         "](" + strings.Repeat("\x8b\xf9\x06\x00\x00"+strings.Repeat("\x7f", maxIntBytes), 500) + "e.",
		"long texts of ints":                 "](" + strings.Repeat("I"+strings.Repeat("7", maxDigits)+"\n", 200) + "e.",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Decode([]byte(data), Limits{})
		runtime.ReadMemStats(&after)
		if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 64 {
			t.Errorf("%s: %d MiB for %d bytes (%v)", name, mib, len(data), err)
		}
	}
}

// TestManyKeys would take hours if keys were compared one by one.
func TestManyKeys(t *testing.T) {
	var b strings.Builder
	b.WriteString("}(")
	for i := range 100000 {
		b.WriteString("J" + string([]byte{byte(i), byte(i >> 8), byte(i >> 16), 0}) + "N")
	}
	b.WriteString("u.")
	if _, err := Decode([]byte(b.String()), Limits{}); err != nil {
		t.Error(err)
	}
}

func TestDecodeFieldsAllocatesOnce(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	data := plainRecord(t)
	n := testing.AllocsPerRun(100, func() {
		f, err := DecodeFields(data, Limits{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		f.Release()
	})
	if n > 1 { // the copy of the pickle
		t.Errorf("%v allocations", n)
	}
}
