package sluice_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

// nasty calls f with every code point, 256 in a text, and with every byte. Halves
// of surrogate pairs are in the three bytes that Python's surrogatepass makes.
func nasty(f func(name, text string)) {
	for block := 0; block <= unicode.MaxRune>>8; block++ {
		if raceEnabled && block > 0x30 && block%16 != 0 {
			continue // it is ten times slower there
		}
		var b []byte
		for c := rune(block << 8); c < rune(block+1)<<8; c++ {
			if utf8.ValidRune(c) {
				b = utf8.AppendRune(b, c)
			} else {
				b = append(b, 0xe0|byte(c>>12), 0x80|byte(c>>6&0x3f), 0x80|byte(c&0x3f))
			}
		}
		f(fmt.Sprintf("U+%04X", block<<8), string(b))
	}
	var all [256]byte
	for i := range all {
		all[i] = byte(i)
	}
	f("bytes", string(all[:]))
}

// nastyRecord has text wherever a record can have it.
func nastyRecord(text string) *sluice.Record {
	return &sluice.Record{Time: noon, Level: sluice.Error, LevelName: text, Name: text, Message: text, ExcText: text, StackInfo: text,
		Source: &slog.Source{File: text, Function: text, Line: 1},
		Attrs:  []slog.Attr{slog.String("k", text), slog.String(text, "v"), slog.Group(text, slog.Any("g", error(stringError(text))))}}
}

type stringError string

func (e stringError) Error() string { return string(e) }

func checkOneLine(t *testing.T, name, line string) {
	t.Helper()
	if !utf8.ValidString(line) {
		t.Errorf("%s: %q is no UTF-8", name, line)
	}
	for _, r := range line {
		// Spaces beside the one of ASCII are not printed either.
		if !unicode.IsPrint(r) {
			t.Errorf("%s: %q lets U+%04X through", name, line, r)
			return
		}
	}
}

// TestOneLine: whatever a record holds, it is one line in which nothing moves the
// cursor.
func TestOneLine(t *testing.T) {
	t.Parallel()
	fields := map[sluice.Style]string{
		sluice.Percent: "%(levelname)-8s %(name)s %(message)s %(k)r %(k).99s %(k)a %(pathname)s:%(lineno)d %(module)s %(funcName)s %(args)s %(asctime)s",
		sluice.Brace:   "{levelname:<8} {name} {message} {k!r} {k:{fill}>99.3} {message:\n^300} {pathname}:{lineno} {module} {funcName}",
		sluice.Dollar:  "$levelname $name $message $k $pathname:$lineno $module $funcName $$",
	}
	formatters := map[string]sluice.Formatter{
		"Logfmt":  sluice.NewLogfmt(&sluice.LogfmtOptions{AddSource: true}),
		"JSON":    sluice.NewJSON(&sluice.JSONOptions{AddSource: true}),
		"Console": sluice.NewConsole(&sluice.ConsoleOptions{AddSource: true}),
	}
	for style, format := range fields {
		formatters["NewFormatter "+string(style)] = newFormatter(t, format, &sluice.FormatterOptions{Style: style, Escape: true, DateFmt: "%H\n%M", Validate: new(bool)})
	}
	for name, f := range formatters {
		nasty(func(block, text string) {
			r := nastyRecord(text)
			_, size := utf8.DecodeRuneInString(text)
			r.Attrs = append(r.Attrs, slog.String("fill", text[:size]))
			got, err := f.AppendRecord(nil, r)
			if err != nil {
				t.Errorf("%s of %s: %v", name, block, err)
			}
			checkOneLine(t, name+" of "+block, string(got))
		})
	}
}

type textual string

func (s textual) MarshalText() ([]byte, error) { return []byte(s), nil }

type raw string

func (s raw) MarshalJSON() ([]byte, error) { return []byte(s), nil }

// TestOneLineValues: nor do values that are no strings.
func TestOneLineValues(t *testing.T) {
	t.Parallel()
	const text = "\n\r\x1b[2J\x00\x7f\u0085\u200b\u202e\u2028\ufeff\U000e0001\xff\x9b"
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	unsafe := raw("[\n" + strings.ReplaceAll(string(quoted), `\ufffd`, "\xff\x7f") + "\r\n]")
	for _, v := range []any{
		struct{ S string }{text}, map[string]any{text: []string{text}}, &text1{text}, unsafe, json.RawMessage(unsafe), textual(text), url{text},
		[]byte(text), errors.Join(stringError(text), stringError(text)), pyval.Opaque{Name: text}, pyval.Tuple{text, pyval.Bytes(text)},
		&pyval.Dict{Pairs: []pyval.Pair{{Key: text, Value: &pyval.List{Items: []any{text, pyval.Opaque{Name: text}}}}}}, panicking(text),
	} {
		r := &sluice.Record{Message: "m", Attrs: []slog.Attr{slog.Any("k", v)}}
		for name, f := range map[string]sluice.Formatter{
			"Logfmt":  sluice.NewLogfmt(nil),
			"Console": sluice.NewConsole(nil),
			"JSON":    sluice.NewJSON(nil),
			"%":       newFormatter(t, "%(k)s %(k)r %(k)40s", &sluice.FormatterOptions{Escape: true}),
			"{":       newFormatter(t, "{k} {k!r} {k!s:>40}", &sluice.FormatterOptions{Escape: true, Style: sluice.Brace}),
		} {
			line := format(t, f, r)
			checkOneLine(t, fmt.Sprintf("%s of %T", name, v), line)
			if name == "JSON" && !json.Valid([]byte(line)) {
				t.Errorf("%T: %s is no JSON", v, line)
			}
		}
	}
}

type text1 struct{ S string }

type panicking string

func (p panicking) String() string { panic(string(p)) }

func (p panicking) MarshalJSON() ([]byte, error) { panic(string(p)) }

// TestMultiLine: only line breaks pass, and what is behind one is indented.
func TestMultiLine(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sluice.Formatter{
		"Logfmt":       sluice.NewLogfmt(&sluice.LogfmtOptions{AddSource: true, MultiLine: true}),
		"Console":      sluice.NewConsole(&sluice.ConsoleOptions{AddSource: true, MultiLine: true}),
		"NewFormatter": newFormatter(t, "%(asctime)s %(name)s %(message)s %(k)s", &sluice.FormatterOptions{Escape: true, MultiLine: true}),
	} {
		nasty(func(block, text string) {
			got, err := f.AppendRecord(nil, nastyRecord(text))
			if err != nil {
				t.Errorf("%s of %s: %v", name, block, err)
			}
			for i, line := range strings.Split(string(got), "\n") {
				if i > 0 && !strings.HasPrefix(line, "    ") || i == 0 && strings.HasPrefix(line, " ") {
					t.Errorf("%s of %s: line %d, %q, is not where it belongs", name, block, i, line)
				}
				checkOneLine(t, name+" of "+block, line)
			}
		})
	}
}

func TestMultiLineLayout(t *testing.T) {
	r := &sluice.Record{Level: sluice.Error, Message: "one\r\n\ttwo\n", ExcText: "Err:\n  x", StackInfo: "Stack", Attrs: []slog.Attr{slog.String("k", "a\nb")}}
	text := func(format string, multi bool) sluice.Formatter {
		return newFormatter(t, format, &sluice.FormatterOptions{Escape: true, MultiLine: multi})
	}
	for _, c := range []struct {
		f    sluice.Formatter
		want string
	}{
		{sluice.NewLogfmt(&sluice.LogfmtOptions{MultiLine: true}), "level=ERROR msg=one k=\"a\\nb\"\n        two\n    Err:\n      x\n    Stack"},
		{sluice.NewLogfmt(nil), `level=ERROR msg="one\r\n\ttwo\n" k="a\nb" exc="Err:\n  x" stack=Stack`},
		{text("%(levelname)s %(message)s (%(k)s)", true), "ERROR one\n        two (a\n    b)\n    Err:\n      x\n    Stack"},
		{text("%(levelname)s %(message)s (%(k)s)", false), `ERROR one\r\n\ttwo\n (a\nb)\nErr:\n  x\nStack`},
		{text("%(levelname)s:\n- %(k)s\n", true), "ERROR:\n- a\n    b\n    Err:\n      x\n    Stack"},
		{text("%(levelname)s:\n- %(k)s\n", false), "ERROR:\n- a\\nb\nErr:\\n  x\\nStack"},
	} {
		if got := format(t, c.f, r); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestLogfmtComesBack: keys and values are what they were, byte for byte.
func TestLogfmtComesBack(t *testing.T) {
	t.Parallel()
	f := sluice.NewLogfmt(nil)
	nasty(func(block, text string) {
		r := nastyRecord(text)
		got := pairsOf(t, format(t, f, r))
		want := [][2]string{{"time", "2023-03-04T12:00:05.007Z"}, {"level", text}, {"logger", text}, {"msg", text}, {"k", text}, {text, "v"}, {text + ".g", text}, {"exc", text}, {"stack", text}}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %q, want %q", block, got, want)
		}
	})
}

// pairsOf reads key=value pairs of words and of Go's quoted strings.
func pairsOf(t *testing.T, line string) (pairs [][2]string) {
	t.Helper()
	word := func(end byte) string {
		if strings.HasPrefix(line, `"`) {
			q, err := strconv.QuotedPrefix(line)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			line = line[len(q):]
			text, err := strconv.Unquote(q)
			if err != nil {
				t.Fatalf("%s: %v", q, err)
			}
			return text
		}
		n := strings.IndexByte(line, end)
		if n < 0 {
			n = len(line)
		}
		text := line[:n]
		line = line[n:]
		return text
	}
	for line != "" {
		var p [2]string
		p[0] = word('=')
		line = strings.TrimPrefix(line, "=")
		p[1] = word(' ')
		line = strings.TrimPrefix(line, " ")
		pairs = append(pairs, p)
	}
	return pairs
}

// TestJSONComesBack: what is UTF-8 comes back as it was, halves of surrogate pairs
// as such; other bytes as U+FFFD.
func TestJSONComesBack(t *testing.T) {
	t.Parallel()
	f := sluice.NewJSON(&sluice.JSONOptions{AddSource: true})
	nasty(func(block, text string) {
		line := format(t, f, nastyRecord(text))
		halves, want := cutSurrogates(text)
		for _, half := range halves {
			if strings.Count(line, escaped(half)) < 8 {
				t.Errorf("%s: %s is missing in %s", block, escaped(half), line)
				break
			}
		}
		want = string([]rune(want))
		var got struct {
			Level, Logger, Msg, K, Exc, Stack string
			Source                            struct{ Function, File string }
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%s: %v in %s", block, err, line)
		}
		for i, v := range []string{got.Level, got.Logger, got.Msg, got.K, got.Exc, got.Stack, got.Source.Function, got.Source.File} {
			if v != want {
				t.Errorf("%s: text %d is %q, want %q", block, i, v, want)
			}
		}
		var all map[string]any
		if err := json.Unmarshal([]byte(line), &all); err != nil {
			t.Fatal(err)
		}
		// The group has the same key, and is the later one.
		if g, ok := all[want].(map[string]any); !ok || g["g"] != want {
			t.Errorf("%s: the attribute of that name is %q", block, all[want])
		}
	})
}

// cutSurrogates gives the halves of surrogate pairs in text, three bytes each, and
// text with U+FFFD for each, as encoding/json reads them.
func cutSurrogates(text string) (halves []string, rest string) {
	if utf8.ValidString(text) {
		return nil, text
	}
	var b strings.Builder
	for len(text) > 0 {
		n := 1
		if len(text) >= 3 && text[0] == 0xed && text[1]&0xe0 == 0xa0 && text[2]&0xc0 == 0x80 {
			n = 3
			halves = append(halves, text[:n])
			b.WriteString("\ufffd")
		} else {
			b.WriteByte(text[0])
		}
		text = text[n:]
	}
	return halves, b.String()
}

func escaped(half string) string {
	return fmt.Sprintf(`\u%04x`, 0xd000|int(half[1]&0x3f)<<6|int(half[2]&0x3f))
}

func TestEscapeLeavesText(t *testing.T) {
	const text = `C:\n "quoted" ünïcödé 日本 = 100%`
	for _, multi := range []bool{false, true} {
		f := newFormatter(t, "%(message)s\t%(message)s", &sluice.FormatterOptions{Escape: true, MultiLine: multi})
		if got, want := format(t, f, &sluice.Record{Message: text}), text+"\t"+text; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
