package receive

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// cutAll gives the messages of a stream that arrives in pieces of n bytes.
func cutAll(stream string, n int) []string {
	var c syslogCutter
	var got []string
	var buf []byte
	for rest := stream; ; {
		ended := rest == ""
		for len(buf) > 0 {
			from, to, next := c.cut(buf, ended)
			if to < 0 {
				break
			}
			if to > from {
				got = append(got, string(buf[from:to]))
			}
			buf = buf[next:]
		}
		if ended {
			return got
		}
		n := min(n, len(rest))
		buf = append(slices.Clip(buf), rest[:n]...)
		rest = rest[n:]
	}
}

func TestSyslogFramingIsFoundOut(t *testing.T) {
	long := "<14>" + strings.Repeat("x", 300)
	for _, tt := range []struct {
		name   string
		stream string
		want   []string
	}{
		{"Python's NUL", "<14>one\x00<11>two\x00", []string{"<14>one", "<11>two"}},
		{"NUL, and newlines inside", "<11>failed\nTraceback:\n  <frame>\nE\x00<14>b\n\x00", []string{"<11>failed\nTraceback:\n  <frame>\nE", "<14>b\n"}},
		{"newline", "<14>one\n<11>two\n", []string{"<14>one", "<11>two"}},
		{"newline, and lines without a priority", "<14>one\ntwo\n3 4\n<14>5\n", []string{"<14>one", "two", "3 4", "<14>5"}},
		{"newline, and a NUL inside", "<14>a\x00b\n<14>c\n", []string{"<14>a\x00b", "<14>c"}},
		{"CRLF", "<14>one\r\n<11>two\r\n", []string{"<14>one", "<11>two"}},
		{"counted", "7 <14>one13 <11>two\n9 <13>0 <14>", []string{"<14>one", "<11>two\n9 <13", ">0 <14>"}},
		{"counted and ended", "7 <14>one\n7 <11>two\n", []string{"<14>one", "<11>two"}},
		{"counted, then not", "7 <14>one<11>two\n7 <14>six", []string{"<14>one", "<11>two", "<14>six"}},
		{"a line that begins with a number", "12 monkeys\n<14>x\n", []string{"12 monkeys", "<14>x"}},
		{"no end", "<14>one\x00<14>two", []string{"<14>one", "<14>two"}},
		{"glued", "<14>one<14>two", []string{"<14>one<14>two"}},
		{"nothing between", "\n\n<14>one\n\n\n<14>two", []string{"<14>one", "<14>two"}},
		{"long", fmt.Sprintf("%d %s", len(long), long), []string{long}},
		{"count beyond all bounds", "99999999999 <14>x\n", []string{"99999999999 <14>x"}},
		{"leading zero", "07 <14>one\n", []string{"07 <14>one"}},
		{"only digits", "123", []string{"123"}},
	} {
		if got := cutAll(tt.stream, len(tt.stream)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Where pieces end does not matter unless the first message holds a newline: then
// it may end there.
func TestSyslogFramingInPieces(t *testing.T) {
	for _, stream := range []string{"<14>one\x00<11>two\x00", "<14>one\n<11>two\nthree\n", "7 <14>one13 <11>two\n9 <13", "12 monkeys\n<14>x\n"} {
		want := cutAll(stream, len(stream))
		for n := 1; n < len(stream); n++ {
			if got := cutAll(stream, n); !slices.Equal(got, want) {
				t.Errorf("%q in pieces of %d: got %q, want %q", stream, n, got, want)
			}
		}
	}
}

// FuzzSyslogCutter: no byte is lost but those that frames are made of, and what is
// cut lies in what was given.
func FuzzSyslogCutter(f *testing.F) {
	for _, s := range []string{"<14>one\x00<11>two\x00", "<14>a\n<14>b\n", "7 <14>one13 <11>two\n9 <13", "<11>f\nT\n x\nE\x00<14>b\n\x00", "12 monkeys\n", "1 <\x00\n\x00"} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, n uint8) {
		var c syslogCutter
		var buf []byte
		rest, kept, framing := data, 0, 0
		for step := 0; ; step++ {
			if step > 4*len(data)+4 {
				t.Fatalf("does not come to an end")
			}
			ended := len(rest) == 0
			if len(buf) > 0 {
				from, to, next := c.cut(buf, ended)
				if to >= 0 {
					if from < 0 || to < from || next < to || next > len(buf) || next == 0 {
						t.Fatalf("cut %d:%d, next %d of %d", from, to, next, len(buf))
					}
					kept += to - from
					framing += from + next - to
					if len(bytes.Trim(buf[:from], "0123456789 \n\x00")) > 0 || len(bytes.Trim(buf[to:next], "\r\n\x00")) > 0 {
						t.Fatalf("%q and %q are no frame", buf[:from], buf[to:next])
					}
					buf = buf[next:]
					continue
				}
			}
			if ended {
				break
			}
			k := min(int(n)+1, len(rest))
			buf = append(slices.Clip(buf), rest[:k]...)
			rest = rest[k:]
		}
		if kept+framing+len(buf) != len(data) {
			t.Fatalf("%d bytes kept, %d of framing and %d left, of %d", kept, framing, len(buf), len(data))
		}
		if len(buf) > 0 && c.kind != framedOctet {
			t.Fatalf("%q is left", buf)
		}
	})
}
