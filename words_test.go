package sluice

import (
	"bytes"
	"testing"
)

// TestWords: eight bytes at a time say what the table says of each, wherever the one
// byte stands that matters.
func TestWords(t *testing.T) {
	for length := range 26 {
		s := bytes.Repeat([]byte("x"), length)
		for at := range s {
			for c := range 256 {
				s[at] = byte(c)
				sameAsTable(t, string(s))
			}
			s[at] = 'x'
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "a=b", "request served", "\x7f\x80", "\xff\xff\xff\xff\xff\xff\xff\xff", "naïve \u202e"} {
		f.Add(s)
	}
	f.Fuzz(sameAsTable)
}

func sameAsTable(t *testing.T, s string) {
	t.Helper()
	if got, want := isText(s), plainPrefix(s, plainText) == len(s); got != want {
		t.Fatalf("isText(%q) = %t", s, got)
	}
	if got, want := isASCIIWord(s), plainPrefix(s, plainWord) == len(s); got != want {
		t.Fatalf("isASCIIWord(%q) = %t", s, got)
	}
}
