package charset

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzAppendEncode: any text in any encoding under any policy is encoded or refused
// with an error that names a part of it, and is encoded the same behind other
// bytes.
func FuzzAppendEncode(f *testing.F) {
	encodings, all := strings.Fields(oneOfAll+domains), strings.Fields(policies)
	for i, text := range pieces {
		f.Add(uint8(i), uint8(i), text+"x")
	}
	f.Fuzz(func(t *testing.T, encoding, policy uint8, text string) {
		enc, err := Lookup(encodings[int(encoding)%len(encodings)])
		if err != nil {
			return
		}
		e := NewEncoder(enc, ErrorPolicy(all[int(policy)%len(all)]), func(r rune) string { return strings.Repeat("N", int(r)&0xff) })
		code, err := e.AppendEncode(nil, text)
		if failed, ok := err.(*EncodeError); ok {
			if failed.Start < 0 || failed.End <= failed.Start || failed.End > len(points(text)) {
				t.Fatalf("error %+v in a text of %d", failed, len(points(text)))
			}
			if c := points(text)[failed.Start]; c != failed.Char && e.policy != SurrogateEscape {
				t.Fatalf("error %+v at %U", failed, c)
			}
		}
		if err != nil && len(code) > 0 {
			t.Fatalf("%v and %q", err, code)
		}
		behind, err2 := e.AppendEncode([]byte("before"), text)
		if string(behind) != "before"+string(code) || (err == nil) != (err2 == nil) {
			t.Fatalf("%q and %v, but behind others %q and %v", code, err, behind, err2)
		}
		if !e.strict && (e.policy == Ignore || e.policy == Replace || e.policy == BackslashReplace) {
			if err != nil {
				t.Fatalf("policy %s gave %v", e.policy, err)
			}
		}
		if e.name == "utf-8" && e.policy == Strict && err == nil && !utf8.Valid(code) {
			t.Fatalf("%q is not UTF-8", code)
		}
	})
}

// FuzzLookup: any name is found, or is not.
func FuzzLookup(f *testing.F) {
	for line := range strings.Lines(aliases) {
		f.Add(line)
	}
	f.Add("Iso--8859 1")
	f.Fuzz(func(t *testing.T, name string) {
		e, err := Lookup(name)
		if (e == nil) == (err == nil) {
			t.Fatalf("%v and %v", e, err)
		}
		if again, err2 := Lookup(normalize(name)); (err == nil) != (err2 == nil) {
			t.Fatalf("%q gave %v, normalized %v and %v", name, err, again, err2)
		}
	})
}
