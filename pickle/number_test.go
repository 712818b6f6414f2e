package pickle

import (
	"errors"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

// The wanted values are what pickle.loads of CPython 3.11 gives.
func TestNumbersAsText(t *testing.T) {
	for _, tt := range []struct{ pickle, want string }{
		{"I00\n", "False"}, {"I01\n", "True"}, {"I0\n", "0"}, {"I1\n", "1"}, {"I001\n", "1"}, {"I010\n", "8"},
		{"I 7 \n", "7"}, {"I1_0\n", "10"}, {"I0x10\n", "16"}, {"I-0x10\n", "-16"}, {"I+5\n", "5"},
		{"I9223372036854775807\n", "9223372036854775807"}, {"I9223372036854775808\n", "9223372036854775808"},
		{"I-9223372036854775808\n", "-9223372036854775808"}, {"I\n", ""}, {"I1L\n", ""}, {"I1 2\n", ""}, {"I1__0\n", ""}, {"I--1\n", ""},
		{"L5L\n", "5"}, {"L5\n", "5"}, {"L-5L\n", "-5"}, {"LL\n", ""}, {"L5LL\n", ""}, {"L0x1fL\n", "31"},
		{"F1\n", "1.0"}, {"F1e5\n", "100000.0"}, {"F.5\n", "0.5"}, {"F5.\n", "5.0"}, {"Finf\n", "inf"}, {"F-Infinity\n", "-inf"}, {"FNaN\n", "nan"},
		{"F+nan\n", "nan"}, {"F-0.0\n", "-0.0"}, {"F0x1p3\n", ""}, {"F1_0\n", ""}, {"F1e999\n", ""}, {"F\n", ""}, {"F1e\n", ""}, {"F+-1\n", ""}, {"F 1\n", ""},
		{"F1e-999\n", "0.0"}, {"Finfinit\n", ""},
		{"\x8a\x00", "0"}, {"\x8a\x01\xff", "-1"}, {"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80", "-9223372036854775808"},
		{"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00", "9223372036854775808"},
		{"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\xff", "-1"}, {"\x8b\xff\xff\xff\xff", ""},
	} {
		v, err := Decode([]byte(tt.pickle+"."), Limits{})
		if tt.want == "" {
			if err == nil {
				t.Errorf("%q: got %v, want an error", tt.pickle, v)
			}
			continue
		}
		if got := pyval.Repr(v); err != nil || got != tt.want {
			t.Errorf("%q: got %s, %v; want %s", tt.pickle, got, err, tt.want)
		}
	}
}

func TestLongNumbersAreRefused(t *testing.T) {
	for _, tt := range []struct {
		pickle string
		ok     bool
	}{
		{"L" + strings.Repeat("7", maxDigits) + "L\n.", true},
		{"L" + strings.Repeat("7", maxDigits+2) + "L\n.", false},
		{"I" + strings.Repeat("7", maxDigits+2) + "\n.", false},
		{"F" + strings.Repeat("7", maxFloatText+1) + "\n.", false},
		{"\x8b\xf9\x06\x00\x00" + strings.Repeat("\x7f", maxIntBytes) + ".", true},
		{"\x8b\xfa\x06\x00\x00" + strings.Repeat("\x7f", maxIntBytes+1) + ".", false},
	} {
		_, err := Decode([]byte(tt.pickle), Limits{})
		if tt.ok && err != nil || !tt.ok && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%.20q of %d bytes: %v", tt.pickle, len(tt.pickle), err)
		}
	}
}

func TestTextOfPython2(t *testing.T) {
	for _, tt := range []struct{ pickle, want string }{
		{`S'it\'s'`, "it's"}, {`S"it's"`, "it's"}, {`S'\\\a\b\t\n\v\f\r'`, "\\\a\b\t\n\v\f\r"}, {`S'\0\01\0123'`, "\x00\x01\n3"},
		{`S'\x4a\x7F'`, "J\x7f"}, {`S'\q'`, `\q`}, {`S''`, ""}, {`S'\8'`, `\8`},
		{`V\u0041\u00e9`, "Aé"}, {`V\\u0041`, `\\u0041`}, {`V\\\u0041`, `\\A`}, {`Va\`, `a\`}, {`V\n`, `\n`}, {"V\xe9", "é"}, {`V\ud83d\ude00`, "\xed\xa0\xbd\xed\xb8\x80"},
	} {
		if v, err := Decode([]byte(tt.pickle+"\n."), Limits{}); err != nil || v != tt.want {
			t.Errorf("%q: got %q, %v; want %q", tt.pickle, v, err, tt.want)
		}
	}
	for _, bad := range []string{`S'\x4'`, `S'\`, `S'a`, `Sa'`, `S'`, `S`, `S'a"`, `S'\xff'`, "S'\xff'", `S'\x'`, `S'\xg0'`, `V\u12`, `V\U00110000`, `V\U0000004`, `V\u00g0`, `V\u+041`, `V\u00_1`} {
		if v, err := Decode([]byte(bad+"\n."), Limits{}); err == nil {
			t.Errorf("%q: got %q, want an error", bad, v)
		}
	}
}
