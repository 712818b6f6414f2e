package wire

import (
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

func TestJSONAppend(t *testing.T) {
	r := &sluice.Record{Time: time.Unix(1700000000, 500e6), Level: sluice.Error, Name: "a", Message: "Grüße \"\\\n\x7f\x00🙂\xed\xa0\x80\xff", Origin: &sluice.Origin{}, Source: &slog.Source{},
		Attrs: []slog.Attr{slog.Float64("whole", 3), slog.Float64("nan", math.NaN()), slog.Float64("inf", math.Inf(-1)), slog.Any("t", pyval.Tuple{int64(1), nil, true}),
			slog.Any("b", pyval.Bytes("x")), slog.Group("g", slog.Bool("y", false)), slog.Any("d", &pyval.Dict{Pairs: []pyval.Pair{{Key: int64(1), Value: 1e20}}})}}
	got, err := JSON{}.AppendRecord(nil, r)
	want := `{"name": "a", "msg": "Gr\u00fc\u00dfe \"\\\n\u007f\u0000\ud83d\ude42\ud800\ufffd", "args": null, "levelname": "ERROR", "levelno": 40, "pathname": "", "filename": "", "module": "", ` +
		`"exc_info": null, "exc_text": null, "stack_info": null, "lineno": 0, "funcName": "", "created": 1700000000.5, "msecs": 500.0, "relativeCreated": 0.0, "thread": 0, "threadName": "", "processName": "", ` +
		`"process": 0, "taskName": null, "whole": 3.0, "nan": NaN, "inf": -Infinity, "t": [1, null, true], "b": "b'x'", "g": {"y": false}, "d": {"1": 1e+20}}`
	if err != nil || string(got) != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}

// TestJSONMessage: the text of who knows no msg is not lost.
func TestJSONMessage(t *testing.T) {
	for line, want := range map[string]string{
		`{"message": "100% done", "level": "INFO"}`:     "100% done",
		`{"message": "formatted", "msg": "as it came"}`: "as it came",
		`{"message": "x", "msg": ""}`:                   "",
		`{"message": ["x"]}`:                            "",
	} {
		r, err := JSON{}.ParseRecord([]byte(line))
		if err != nil || r.Message != want {
			t.Errorf("%s: %q, %v; want %q", line, r.Message, err, want)
		}
	}
}

// A list that holds itself, and one that is a million lists.
func TestJSONIsBounded(t *testing.T) {
	self := &pyval.List{}
	self.Items = []any{self, self}
	wide := any("x")
	for range 40 {
		wide = &pyval.List{Items: []any{wide, wide}}
	}
	for _, v := range []any{self, wide, strings.Repeat("\x00", maxJSONText)} {
		got, err := JSON{}.AppendRecord(nil, &sluice.Record{Attrs: []slog.Attr{slog.Any("v", v)}})
		if err != nil || len(got) > 8*maxJSONText {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
}

func TestJSONParse(t *testing.T) {
	r, err := JSON{}.ParseRecord([]byte(` { "name" : "app", "msg": "a\u00fc\ud83d\ude42\ud800\/", "args": null, "levelno": 30, "levelname": "WARNING", "created": 1700000000.25, "msecs": 250.0, "big": 123456789012345678901234567890, "f": 1e3, "l": [1, {"k": []}], "nan": NaN, "msg2": 1, "msg2": 2 } ` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Name != "app" || r.Message != "aü🙂\xed\xa0\x80/" || r.Level != sluice.Warning || !r.Time.Equal(time.Unix(1700000000, 250e6)) {
		t.Errorf("%+v", r)
	}
	var attrs []string
	for _, a := range r.Attrs {
		attrs = append(attrs, a.Key+"="+pyval.Repr(python(a.Value)))
	}
	if got, want := strings.Join(attrs, " "), `big=123456789012345678901234567890 f=1000.0 l=[1, {'k': []}] nan=nan msg2=2`; got != want {
		t.Errorf("attributes %s, want %s", got, want)
	}
	for _, bad := range []string{"", "[]", "null", "{", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1}x`, `{"a":01}`, `{"a":1.}`, `{"a":1e}`, `{"a":-}`, `{"a":"` + "\n" + `"}`, `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\`, `{"a":"`,
		`{'a':1}`, `{"a":tru}`, `{"a":[1}`, "{\"a\":\"\xff\"}", `{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}", `{"a":` + strings.Repeat("9", 5000) + "}", `{"a":[` + strings.Repeat("1,", maxJSONValues) + "1]}"} {
		if r, err := (JSON{}).ParseRecord([]byte(bad)); err == nil {
			t.Errorf("%.50q gives %+v", bad, r)
		}
	}
}

// FuzzJSON: what is a record comes back equal.
func FuzzJSON(f *testing.F) {
	for _, row := range recordRows(f)[:200] {
		if r, err := (Pickle{}).ParseRecord(row.Frame[4:]); err == nil {
			line, _ := JSON{}.AppendRecord(nil, r)
			f.Add(line)
		}
	}
	f.Add([]byte(`{"a": [1, -0.5e3, NaN, "\ud800\udc00\ud800"], "args": [1], "msg": "%s"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := JSON{}.ParseRecord(data)
		if err != nil {
			return
		}
		line, err := JSON{}.AppendRecord(nil, r)
		if err != nil || strings.ContainsAny(string(line), "\n\r") {
			t.Fatalf("%v: %q", err, line)
		}
		if len(line) > maxJSONText {
			return
		}
		back, err := JSON{}.ParseRecord(line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		one, err := pickle.Append(nil, Attributes(r))
		if err != nil {
			t.Fatal(err)
		}
		two, err := pickle.Append(nil, Attributes(back))
		if err != nil || len(one) != len(two) {
			t.Fatalf("%v\n%q\n%q", err, pyval.Repr(Attributes(r)), pyval.Repr(Attributes(back)))
		}
	})
}

// TestJSONAllocations: a record of this process is written without a dict in between.
func TestJSONAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	r := &sluice.Record{Time: time.Unix(1700000000, 123456000), Level: sluice.Info, Message: "request served", ID: sluice.ID{Source: 1, Seq: 2},
		Attrs: []slog.Attr{slog.String("method", "GET"), slog.Int("status", 200), slog.Float64("seconds", 0.125), slog.Bool("ok", true)}}
	var dst []byte
	if n := testing.AllocsPerRun(100, func() { dst, _ = JSON{}.AppendRecord(dst[:0], r) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
	// And it is the same as with the dict.
	want, _ := JSON{}.AppendDict(nil, Attributes(r))
	if string(dst) != string(want) {
		t.Errorf("got %s\nwant %s", dst, want)
	}
}

// TestPlain: what is looked at eight bytes at once ends where each byte by itself does.
func TestPlain(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			b := []byte(strings.Repeat("~", 20))
			b[at] = byte(c)
			want := 20
			if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
				want = at
			}
			if got := plain(string(b)); got != want {
				t.Fatalf("byte %#x at %d: %d, want %d", c, at, got, want)
			}
		}
	}
}
