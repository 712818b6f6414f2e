package charset

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
)

func mustEncoder(t testing.TB, name string, p ErrorPolicy) *Encoder {
	t.Helper()
	enc, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return NewEncoder(enc, p, nil)
}

func TestLookupNormalizes(t *testing.T) {
	for _, name := range []string{
		"UTF-8", "utf8", "U8", "utf 8", "cp65001", " utf-8 ", "__utf__8__", "Utf*8",
		"latin1", "ISO_8859-1", "L1", "8859", "iso8859.1", "windows-1252", "1252", "ks_c-5601", "Shift-JIS",
	} {
		if _, err := Lookup(name); err != nil {
			t.Errorf("Lookup(%q): %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"":             "unknown encoding: ",
		"latin-99":     "unknown encoding: latin-99",
		"utf.8":        "unknown encoding: utf.8",
		"ütf-8":        "unknown encoding: ütf-8",
		"aliases":      "unknown encoding: aliases",
		"mbcs":         "unknown encoding: mbcs",
		"base64":       "'base64' is not a text encoding",
		"rot13":        "'rot13' is not a text encoding",
		"sjisx0213":    "encoding 'sjisx0213' is not supported",
		"utf_8\nascii": "unknown encoding: utf_8\nascii",
	} {
		if _, err := Lookup(name); err == nil || err.Error() != want {
			t.Errorf("Lookup(%q): %v, want %s", name, err, want)
		}
	}
}

func TestDomains(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, c := range []struct{ encoding, text, want string }{
		{"idna", "", ""},
		{"idna", "example.org.", "example.org."},
		{"idna", "Example", "Example"},
		{"idna", "Bücher.example", "xn--bcher-kva.example"},
		{"idna", "faß。de｡", "fass.de."},
		{"idna", "\u0221\u1e9e", "xn--ss-09a"}, // neither is in Unicode 3.2
		{"idna", "3\u00b2\u212b", "xn--32-zia"},
		{"idna", "\u05d0\u05d1", "xn--4dbc"},
		{"idna", "é\n", "xn--\n-9fa"},
		{"punycode", "", ""},
		{"punycode", "abc", "abc-"},
		{"punycode", "München-Ost", "Mnchen-Ost-9db"},
		{"punycode", "他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"},
	} {
		code, err := encodeOnce(c.encoding, Strict, c.text)
		if string(code) != c.want || err != nil {
			t.Errorf("%s: %q is %q, %v, want %q", c.encoding, c.text, code, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"a..é":          `'idna' codec can't encode character '\x2e' in position 2: label empty`,
		"..":            `'idna' codec can't encode character '\x2e' in position 0: label empty`,
		"b." + long:     `'idna' codec can't encode characters in position 2-65: label too long`,
		"é" + long:      `'idna' codec can't encode characters in position 0-64: label too long`,
		"\u00ad":        `'idna' codec can't encode character '\xad' in position 0: label empty`,
		"xn--é":         `'idna' codec can't encode characters in position 0-3: Label starts with ACE prefix`,
		"a.b\ufffd":     `'idna' codec can't encode character '\ufffd' in position 3: Invalid character '�'`,
		"\ue000":        `'idna' codec can't encode character '\ue000' in position 0: Invalid character '\ue000'`,
		"\u05d0a":       `'idna' codec can't encode character '\x61' in position 1: Violation of BIDI requirement 2`,
		"1\u05d0":       `'idna' codec can't encode character '\x31' in position 0: Violation of BIDI requirement 3`,
		"\u05d01":       `'idna' codec can't encode character '\x31' in position 1: Violation of BIDI requirement 3`,
		"é\u2116\ufffd": `'idna' codec can't encode character '\ufffd' in position 2: Invalid character '�'`,
	} {
		if code, err := encodeOnce("idna", Strict, text); len(code) > 0 || err == nil || err.Error() != want {
			t.Errorf("%q is %q, %v, want %s", text, code, err, want)
		}
	}
	for _, text := range []string{"a", ""} {
		if _, err := encodeOnce("idna", Ignore, text); err == nil || err.Error() != "unsupported error handling: ignore" {
			t.Errorf("policy ignore: %v", err)
		}
	}
}

func TestBytesThatAreNotUTF8(t *testing.T) {
	for _, c := range []struct {
		encoding string
		policy   ErrorPolicy
		text     string
		want     string
	}{
		{"utf-8", Strict, "a\xffb", "a\ufffdb"},
		{"utf-8", SurrogateEscape, "a\xffb\xc3", "a\xffb\xc3"},
		{"utf-8", SurrogatePass, "\xed\xa0\x80\xff", "\xed\xa0\x80\ufffd"},
		{"ascii", SurrogateEscape, "\x80", "\x80"},
		{"ascii", XMLCharRefReplace, "\xed\xa0", "&#65533;&#65533;"},
		{"ascii", BackslashReplace, "\xed\xa0\x80\xed\xb0\x80", `\ud800\udc00`},
		{"utf-16-le", SurrogatePass, "\xed\xa0\xbd\xed\xb8\x80", "\x3d\xd8\x00\xde"},
		{"utf-8", Strict, "\ufffd", "\ufffd"},
	} {
		got, err := mustEncoder(t, c.encoding, c.policy).AppendEncode(nil, c.text)
		if err != nil || string(got) != c.want {
			t.Errorf("%s, %s, %+q: %+q, %v, want %+q", c.encoding, c.policy, c.text, got, err, c.want)
		}
	}
}

func TestErrorLeavesDst(t *testing.T) {
	for _, name := range []string{"ascii", "utf-8", "shift_jis", "iso2022_jp", "utf-16"} {
		dst := []byte("before")
		got, err := mustEncoder(t, name, Strict).AppendEncode(dst, "abc あ \xed\xb2\x80")
		var failed *EncodeError
		if !errors.As(err, &failed) || string(got) != "before" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestUnknownPolicy(t *testing.T) {
	e := mustEncoder(t, "ascii", "nope")
	if got, err := e.AppendEncode(nil, "abc"); err != nil || string(got) != "abc" {
		t.Errorf("what needs no policy: %q, %v", got, err)
	}
	const want = "unknown error handler name 'nope'"
	if _, err := e.AppendEncode(nil, "é"); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if err := ErrorPolicy("").Check(); err == nil {
		t.Error("an empty name is no policy")
	}
}

// TestRecordsStandAlone: a mark is in no record, and no state outlives one.
func TestRecordsStandAlone(t *testing.T) {
	for name, want := range map[string]string{
		"utf-16": "\xff\xfe", "utf-32": "\xff\xfe\x00\x00", "utf-8-sig": "\xef\xbb\xbf", "utf-8": "", "utf-16-le": "", "utf-7": "", "latin-1": "",
	} {
		if got := mustEncoder(t, name, Strict).BOM(); string(got) != want {
			t.Errorf("BOM of %s is %q, want %q", name, got, want)
		}
	}
	for name, text := range map[string]string{"utf-16": "aé", "iso2022_jp": "漢字", "hz": "汉", "utf-7": "日本"} {
		e := mustEncoder(t, name, Strict)
		once, err := e.AppendEncode(nil, text)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := e.AppendEncode(once, text)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(twice) / 2; !bytes.Equal(twice[:n], twice[n:]) {
			t.Errorf("%s: the second record is %q, the first %q", name, twice[n:], twice[:n])
		}
	}
}

// writes records each Write it gets.
type writes struct {
	got []string
	n   int // what Write returns, if err is not nil
	err error
}

func (w *writes) Write(p []byte) (int, error) {
	w.got = append(w.got, string(p))
	if w.err != nil {
		return w.n, w.err
	}
	return len(p), nil
}

func TestWriter(t *testing.T) {
	to := &writes{}
	w := NewWriter(to, mustEncoder(t, "utf-16", Strict))
	for _, record := range []string{"é\n", "\xed\xb2\x80\n", "x\n"} {
		n, err := w.Write([]byte(record))
		if bad := record[0] == 0xed; bad != (err != nil) || !bad && n != len(record) || bad && n != 0 {
			t.Errorf("%q: %d, %v", record, n, err)
		}
	}
	if got, want := strings.Join(to.got, "|"), "\xe9\x00\n\x00|x\x00\n\x00"; got != want {
		t.Errorf("written %q, want %q", got, want)
	}
	for _, c := range []struct{ n, want int }{{0, 0}, {3, 2}} {
		w := NewWriter(&writes{n: c.n, err: io.ErrClosedPipe}, mustEncoder(t, "utf-16", Strict))
		if n, err := w.Write([]byte("a\n")); n != c.want || !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a writer that failed after %d: %d, %v, want %d", c.n, n, err, c.want)
		}
	}
	short := NewWriter(shortWriter{}, mustEncoder(t, "utf-16", Strict))
	if _, err := short.Write([]byte("a\n")); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a short write gave %v", err)
	}
}

type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) - 1, nil }

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	for _, name := range strings.Fields(oneOfAll) {
		enc, err := Lookup(name)
		if err != nil {
			continue
		}
		w := NewWriter(io.Discard, NewEncoder(enc, Replace, nil))
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range 20 {
					if _, err := w.Write([]byte("aé漢字한汉体😀\n")); err != nil {
						t.Error(name, err)
					}
				}
			})
		}
		group.Wait()
	}
}

func TestAllocations(t *testing.T) {
	for _, name := range strings.Fields(oneOfAll) {
		enc, err := Lookup(name)
		if err != nil {
			continue
		}
		for _, p := range strings.Fields("ignore replace backslashreplace xmlcharrefreplace namereplace") {
			e := NewEncoder(enc, ErrorPolicy(p), func(rune) string { return "NAME" })
			text := "level=INFO msg=\"aé漢字한汉体😀\xed\xb2\x80\xff\"\n"
			dst := make([]byte, 0, 1024)
			if n := testing.AllocsPerRun(50, func() { _, err = e.AppendEncode(dst, text) }); n > 0 || err != nil {
				t.Errorf("%s, %s: %v allocations, %v", name, p, n, err)
			}
			w, record := NewWriter(io.Discard, e), []byte(text)
			if _, err := w.Write(record); err != nil {
				t.Fatal(err)
			}
			if n := testing.AllocsPerRun(50, func() { _, err = w.Write(record) }); n > 0 && !raceEnabled || err != nil {
				t.Errorf("%s, %s: %v allocations of Write, %v", name, p, n, err)
			}
		}
	}
}

func BenchmarkAppendEncode(b *testing.B) {
	texts := map[string]string{
		"ASCII": strings.Repeat("time=2026-01-02T03:04:05Z level=INFO msg=hello ", 4),
		"kana":  strings.Repeat("level=INFO msg=ひらがなと漢字 ", 4),
	}
	for _, name := range []string{"utf-8", "utf-16", "latin-1", "cp1252", "shift_jis", "gb18030", "iso2022_jp"} {
		for kind, text := range texts {
			e := mustEncoder(b, name, Replace)
			b.Run(name+"/"+kind, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				var dst []byte
				for b.Loop() {
					dst, _ = e.AppendEncode(dst[:0], text)
				}
			})
		}
	}
}
