package wire

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
)

func TestSyslogAppend(t *testing.T) {
	at := time.Date(2026, 3, 5, 4, 5, 6, 789012345, time.UTC)
	r := &sluice.Record{Time: at, Level: sluice.Error, Name: "app.db", Message: "m", Attrs: []slog.Attr{slog.Int("n", 1), slog.String("s", `a "b" \ ]`)}}
	text := func(format string) sluice.Formatter {
		f, err := sluice.NewFormatter(format, &sluice.FormatterOptions{Validate: new(false)})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	no, yes := false, true
	for _, tt := range []struct {
		name string
		s    Syslog
		r    *sluice.Record
		want string
	}{
		{"bare", Syslog{}, r, "<11>m n=1 s=\"a \\\"b\\\" \\\\ ]\"\x00"},
		{"python", Syslog{Formatter: text("%(message)s"), Ident: "app[7]: ", Facility: new(LogLocal7), AppendNUL: &no}, r, "<187>app[7]: m"},
		{"kern", Syslog{Formatter: text("%(message)s"), Facility: new(LogKern)}, r, "<3>m\x00"},
		{"priority map", Syslog{Formatter: text("%(message)s"), PriorityMap: map[string]string{"ERROR": "alert"}}, r, "<9>m\x00"},
		{"nul framing", Syslog{Formatter: text("a\x00b\x00"), Framing: FramingNUL}, r, "<11>a#000b#000\x00"},
		{"lf framing", Syslog{Formatter: text("a\nb\x00"), Framing: FramingLF}, r, "<11>a#012b\x00\n"},
		{"octet framing", Syslog{Formatter: text("a\nb\x00"), Framing: FramingOctet}, r, "8 <11>a\nb\x00"},
		{"error and stack", Syslog{}, &sluice.Record{Level: sluice.Info, Message: "m", ExcText: "E: x\n  y", StackInfo: "S"}, "<14>m\nE: x\n  y\nS\x00"},
		{"3164", Syslog{Format: RFC3164, Hostname: "h", AppName: "app", Process: 42, Location: time.UTC}, r, "<11>Mar  5 04:05:06 h app[42]: m n=1 s=\"a \\\"b\\\" \\\\ ]\""},
		{"3164 with nul", Syslog{Format: RFC3164, Hostname: "h 1", AppName: "a:[b]", Location: time.UTC, Formatter: text("x"), AppendNUL: &yes}, r, "<11>Mar  5 04:05:06 h_1 a__b_: x\x00"},
		{"5424", Syslog{Format: RFC5424, Hostname: "h", AppName: "app", Process: 42}, r, `<11>1 2026-03-05T04:05:06.789012Z h app 42 - [sluice@32473 logger="app.db" n="1" s="a \"b\" \\ \]"] m`},
		{"5424 of nothing", Syslog{Format: RFC5424}, &sluice.Record{Level: sluice.Info, Origin: &sluice.Origin{}}, `<14>1 - - - - - - `},
		{"5424 of groups", Syslog{Format: RFC5424}, &sluice.Record{Level: 25, Origin: &sluice.Origin{Process: 3}, Message: "m", ExcText: "e", Attrs: []slog.Attr{
			slog.Group("a@1.2", slog.String("k", "v"), slog.Group("in", slog.Bool("x", true))), slog.Group("g", slog.String("k y", "v")), slog.Group("b@c", slog.Int("i", 1)),
		}}, `<12>1 - - - 3 - [sluice@32473 level="Level 25" levelno="25" g.k_y="v" b@c.i="1"][a@1.2 k="v" in.x="true"][keys@32473 3="g.k y"] ` + "m\ne"},
		{"5424 of a name that is none", Syslog{Format: RFC5424}, &sluice.Record{Level: sluice.Info, Name: "a b", Origin: &sluice.Origin{}}, `<14>1 - - a_b - - [sluice@32473 logger="a b"] `},
		{"5424 of keys that are none", Syslog{Format: RFC5424}, &sluice.Record{Level: sluice.Info, Origin: &sluice.Origin{}, Attrs: []slog.Attr{
			slog.String("logger", "x"), slog.String("é\"", "y"), slog.String("", "z"), slog.String("level", "w"), slog.Group("keys@32473", slog.String("1", "forged")),
		}}, `<14>1 - - - - - [sluice@32473 _logger="x" ___="y" _="z" level="w" keys@32473.1="forged"][keys@32473 1="logger" 2="é\"" 3=""] `},
	} {
		got, err := tt.s.AppendRecord([]byte("before "), tt.r)
		if err != nil || string(got) != "before "+tt.want {
			t.Errorf("%s: %v\n got %q\nwant %q", tt.name, err, got, "before "+tt.want)
		}
	}
}

func TestSyslogRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		s Syslog
		r sluice.Record
	}{
		"half of a surrogate pair": {Syslog{}, sluice.Record{Message: "a\xed\xa0\x80b"}},
		"an unknown priority":      {Syslog{PriorityMap: map[string]string{"INFO": "verbose"}}, sluice.Record{Level: sluice.Info}},
	} {
		if got, err := tt.s.AppendRecord(nil, &tt.r); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got, err := new(Syslog).AppendRecord(nil, &sluice.Record{Level: sluice.Info, Message: "a\xffb\xed"}); err != nil || string(got) != "<14>a\xffb\xed\x00" {
		t.Errorf("bytes that are no UTF-8: got %q, %v", got, err)
	}
}

// What is long or deep is cut, and it is said how much; names are bounded, too.
func TestSyslogStructuredDataIsBounded(t *testing.T) {
	r := &sluice.Record{Name: strings.Repeat("n", 100), Message: "m"}
	for i := range 5000 {
		r.Attrs = append(r.Attrs, slog.String(strings.Repeat("k", 60), strings.Repeat("v", i)))
	}
	got, err := (&Syslog{Format: RFC5424, Hostname: strings.Repeat("h", 300)}).AppendRecord(nil, r)
	if err != nil || len(got) > maxStructured+4096 || !strings.HasSuffix(string(got), "] m") {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	back, err := new(Syslog).ParseRecord(got)
	if err != nil || back.Message != "m" {
		t.Fatalf("%v, %q", err, back.Message)
	}
	kept, said := 0, ""
	for _, a := range back.Attrs {
		switch {
		case strings.HasPrefix(a.Key, "kk"):
			kept++
		case a.Key == "omitted@32473":
			said = a.Value.Group()[0].Value.String()
		}
	}
	if said != fmt.Sprint(5000-kept) || kept == 0 {
		t.Errorf("%d of 5000 are there, and %q are said to be left out", kept, said)
	}
	deep := slog.Int("i", 1)
	for range 1000 {
		deep = slog.Group("g", deep)
	}
	if got, err = (&Syslog{Format: RFC5424}).AppendRecord(nil, &sluice.Record{Attrs: []slog.Attr{deep}}); err != nil || !strings.Contains(string(got), `params="1"`) {
		t.Errorf("a deep group: %q, %v", got, err)
	}
}

// parsed is what the test compares of a record.
type parsed struct {
	Level   sluice.Level
	Name    string
	Message string
	Process int64
	Time    string
	Attrs   string
}

func TestSyslogParse(t *testing.T) {
	s := Syslog{Location: time.UTC}
	year := time.Now().UTC().Year()
	stamp := func(month time.Month, day int) string {
		var best time.Time
		for y := year - 1; y <= year+1; y++ {
			c := time.Date(y, month, day, 22, 14, 15, 0, time.UTC)
			if best.IsZero() || time.Since(c).Abs() < time.Since(best).Abs() {
				best = c
			}
		}
		return best.Format(time.RFC3339Nano)
	}
	oct := stamp(time.October, 11)
	for _, tt := range []struct {
		in   string
		want parsed
	}{
		// CPython.
		{"<14>hello\x00", parsed{sluice.Info, "", "hello", 0, "", "facility=user"}},
		{"<14>hello", parsed{sluice.Info, "", "hello", 0, "", "facility=user"}},
		{"<14>myapp: hello\x00", parsed{sluice.Info, "", "myapp: hello", 0, "", "facility=user"}},
		{"<14>myapp[42]: hello\n\x00", parsed{sluice.Info, "myapp", "hello\n", 42, "", "facility=user"}},
		{"<8003>x\x00", parsed{sluice.Error, "", "x", 0, "", "facility=1000"}},
		// Go's log/syslog, over the network and to the local daemon.
		{"<11>2026-11-20T10:00:00Z host /tmp/x.test[123]: hello\n", parsed{sluice.Error, "/tmp/x.test", "hello", 123, "2026-11-20T10:00:00Z", "facility=user hostname=host"}},
		{"<11>Oct 11 22:14:15 tag[123]: hello\n", parsed{sluice.Error, "tag", "hello", 123, oct, "facility=user"}},
		// RFC 3164 as in its section 5.4, and as it really comes.
		{"<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8", parsed{sluice.Critical, "su", "'su root' failed for lonvick on /dev/pts/8", 0, oct, "facility=auth hostname=mymachine"}},
		{"<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!", parsed{25, "", "10.0.0.99 Use the BFG!", 0, "?", "facility=user"}},
		{"<189>Oct 11 22:14:15.250 10.1.1.1 app[9] text", parsed{25, "app", "text", 9, strings.Replace(oct, "15Z", "15.25Z", 1), "facility=local7 hostname=10.1.1.1"}},
		{"<189>*Oct 11 2003 22:14:15: fe80::1 %SYS-5-X: y", parsed{25, "%SYS-5-X", "y", 0, "2003-10-11T22:14:15Z", "facility=local7 hostname=fe80::1"}},
		{"<0>Oct 11 22:14:15 kernel: oops", parsed{70, "kernel", "oops", 0, oct, "facility=kern"}},
		{"<1>Oct 11 22:14:15 a[x-1]: b", parsed{60, "a", "b", 0, oct, "facility=kern procid=x-1"}},
		{"<13>Oct 41 22:14:15 h a: b", parsed{25, "", "Oct 41 22:14:15 h a: b", 0, "", "facility=user"}},
		{"<13>Feb 30 22:14:15 h a: b", parsed{25, "", "Feb 30 22:14:15 h a: b", 0, "", "facility=user"}},
		// RFC 5424, its section 6.5.
		{"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed", parsed{sluice.Critical, "su", "'su root' failed", 0, "2003-10-11T22:14:15.003Z", "facility=auth hostname=mymachine.example.com msgid=ID47"}},
		{`<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time`, parsed{25, "myproc", "%% It's time", 8710, "2003-08-24T12:14:15.000003Z", "facility=local4 hostname=192.0.2.1"}},
		{`<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="App\"\]\\\n"][x@1 priority="high"]`,
			parsed{25, "evntslog", "", 0, "2003-10-11T22:14:15.003Z", `facility=local4 hostname=h msgid=ID47 exampleSDID@32473=[iut=3 eventSource=App"]\\n] x@1=[priority=high]`}},
		{"<14>1 - - - - - -", parsed{sluice.Info, "", "", 0, "", "facility=user"}},
		{"<14>1 - - - p - - m", parsed{sluice.Info, "", "m", 0, "", "facility=user procid=p"}},
		// What is none of them is kept.
		{"<14>1 2003-10-11T22:14:15.003Z h a", parsed{sluice.Info, "", "1 2003-10-11T22:14:15.003Z h a", 0, "", "facility=user"}},
		{`<14>1 - - - - - [a b="c] m`, parsed{sluice.Info, "", `1 - - - - - [a b="c] m`, 0, "", "facility=user"}},
		{"<14>1 yesterday - - - - - m", parsed{sluice.Info, "", "1 yesterday - - - - - m", 0, "", "facility=user"}},
		{"<>x", parsed{sluice.Info, "", "<>x", 0, "", ""}},
		{"<123456>x", parsed{sluice.Info, "", "<123456>x", 0, "", ""}},
		{"<14", parsed{sluice.Info, "", "<14", 0, "", ""}},
		{"text", parsed{sluice.Info, "", "text", 0, "", ""}},
		{"", parsed{sluice.Info, "", "", 0, "", ""}},
	} {
		r, err := s.ParseRecord([]byte(tt.in))
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		got := parsed{r.Level, r.Name, r.Message, r.Origin.Process, r.Time.UTC().Format(time.RFC3339Nano), ""}
		for _, a := range r.Attrs {
			got.Attrs += a.String() + " "
		}
		got.Attrs = strings.TrimSpace(got.Attrs)
		switch tt.want.Time {
		case "":
			if time.Since(r.Time) > time.Minute {
				t.Errorf("%q: the time is %v, want now", tt.in, r.Time)
			}
			fallthrough
		case "?":
			got.Time = tt.want.Time
		}
		if got != tt.want {
			t.Errorf("%q:\n got %+v\nwant %+v", tt.in, got, tt.want)
		}
	}
}

// What was written as RFC 5424 is read back: level, name, process, text, attributes
// as text.
func TestSyslogThereAndBack(t *testing.T) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, r := range []*sluice.Record{
		{Level: 25, LevelName: "VERBOSE", Name: "a.b", Message: "m"},
		{Level: sluice.Info, Name: "été -", Message: "m", Attrs: []slog.Attr{slog.String("", "empty"), slog.String("k y", "1"), slog.String("k_y", "2"), slog.String(strings.Repeat("long", 20), "3"), slog.Group("e@1", slog.String("日本", "4"))}},
		{Level: sluice.Info, Attrs: []slog.Attr{slog.String("sluice_id", "1.2"), slog.String("levelno", "7")}},
		{Level: sluice.Info, Attrs: []slog.Attr{slog.String("level", "X"), slog.String("levelno", "7")}},
		{Level: sluice.Info, Name: "-", Attrs: []slog.Attr{slog.String("logger", "x")}},
		{Level: sluice.Error, ID: sluice.ID{Source: 1, Seq: 2}, Message: "m", Attrs: []slog.Attr{slog.Int("n", 1)}},
		{Level: -5, Message: "Grüße 日本 \x00 \n x"},
		{Level: sluice.Debug, Name: "n", Message: string(every)},
		{Level: sluice.Info, Attrs: []slog.Attr{slog.String("k", string(every[:128])+`é\`), slog.String("level", "x"), slog.String("logger", "y"), slog.Group("e@1", slog.String("k", "v"))}},
	} {
		for _, s := range []Syslog{{Format: RFC5424, AppName: "prog", Process: 42}, {Format: RFC5424, Process: 42, StructuredID: "own@1"}} {
			data, err := s.AppendRecord(nil, r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.ParseRecord(data)
			if err != nil || got.Level != r.Level || got.LevelText() != r.LevelText() || got.Name != r.Name && (r.Name != "" || s.AppName == "") || got.Message != r.Message || got.ID != r.ID || got.Origin.Process != 42 {
				t.Errorf("%v\n got %+v\nwant %+v", err, got, r)
			}
			var attrs []slog.Attr
			for _, a := range got.Attrs {
				if a.Key != "facility" && (a.Key != "app_name" || s.AppName == "") {
					attrs = append(attrs, a)
				}
			}
			if fmt.Sprint(attrs) != fmt.Sprint(r.Attrs) {
				t.Errorf("got %v, want %v", attrs, r.Attrs)
			}
		}
	}
}

func TestSyslogOptionsFromJSON(t *testing.T) {
	var s Syslog
	if err := json.Unmarshal([]byte(`{"format":"rfc5424","framing":"octet","facility":"local3","append_nul":false,"priority_map":{"A":"alert"},"ident":"x"}`), &s); err != nil {
		t.Fatal(err)
	}
	no := false
	if want := (Syslog{Format: RFC5424, Framing: FramingOctet, Facility: new(LogLocal3), AppendNUL: &no, PriorityMap: map[string]string{"A": "alert"}, Ident: "x"}); !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v", s)
	}
	if err := json.Unmarshal([]byte(`{"facility":1000}`), &s); err != nil || *s.Facility != 1000 {
		t.Errorf("a number: %v, %v", *s.Facility, err)
	}
	for _, bad := range []string{`{"format":"rfc"}`, `{"framing":"crlf"}`, `{"facility":"local9"}`, `{"facility":1.5}`} {
		if err := json.Unmarshal([]byte(bad), new(Syslog)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestSyslogAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	r := &sluice.Record{Time: time.Now(), Level: sluice.Info, Name: "app", Message: "a message", Attrs: []slog.Attr{slog.Int("n", 1)}}
	buf := make([]byte, 0, 4096)
	for _, s := range []Syslog{{}, {Framing: FramingOctet}, {Format: RFC3164, Hostname: "h"}} {
		if n := testing.AllocsPerRun(100, func() { _, _ = s.AppendRecord(buf[:0], r) }); n > 0 {
			t.Errorf("%q %q: %v allocations", s.Format, s.Framing, n)
		}
	}
	line := []byte("<34>Oct 11 22:14:15 mymachine su[1]: failed")
	if n := testing.AllocsPerRun(100, func() { _, _ = new(Syslog).ParseRecord(line) }); n > 2 {
		t.Errorf("ParseRecord: %v allocations", n)
	}
}

// FuzzSyslog: every message is a record, whose message and attributes are not much
// more than came; and what is a record can be sent on, as one frame.
func FuzzSyslog(f *testing.F) {
	for _, s := range []string{
		"<14>hello\x00", "<14>myapp[42]: hello\n\x00", "<11>2026-11-20T10:00:00Z host x[123]: hello\n", "<34>Oct 11 22:14:15 mymachine su: x", "<189>*Oct 11 2003 22:14:15.5: fe80::1 %SYS-5-X: y",
		"<34>1 2003-10-11T22:14:15.003Z h su 7 ID47 [e@32473 i=\"3\" s=\"\\\"\\]\\\\\"][x@1 p=\"h\"] \ufeffm", `<14>1 - - - - - [sluice@32473 logger="a" level="X" levelno="7" k="v"] m`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := new(Syslog).ParseRecord(data)
		if err != nil {
			t.Fatalf("%v", err)
		}
		size := len(r.Message) + len(r.Name)
		for _, a := range r.Attrs {
			size += len(a.String())
		}
		if size > 4*len(data)+100 {
			t.Fatalf("%d bytes of %d", size, len(data))
		}
		// The same behind another one, whatever of it that one has in common with it.
		after, reader := new(sluice.Record), new(Syslog).NewReader()
		for _, before := range [][]byte{data[:len(data)/2], data, data} {
			if err := reader.ParseRecordInto(after, before); err != nil {
				t.Fatal(err)
			}
		}
		if d := after.Time.Sub(r.Time); after.Message != r.Message || after.Name != r.Name || after.Level != r.Level || fmt.Sprint(after.Attrs) != fmt.Sprint(r.Attrs) || d < 0 || d > time.Minute {
			t.Fatalf("alone %+v, behind others %+v", r, after)
		}
		for _, s := range []Syslog{{Framing: FramingNUL}, {Format: RFC5424, Framing: FramingLF, AppName: "a"}} {
			out, err := s.AppendRecord(nil, r)
			if err != nil {
				if !hasSurrogate(data) {
					t.Fatal(err)
				}
				continue
			}
			end := byte(0)
			if s.Framing == FramingLF {
				end = '\n'
			}
			if strings.IndexByte(string(out), end) != len(out)-1 {
				t.Fatalf("%q is not one frame", out)
			}
			if s.Format == RFC5424 {
				back, _ := s.ParseRecord(out)
				if back.Level != r.Level || len(back.Message) < len(r.Message) || back.LevelText() != r.LevelText() {
					t.Fatalf("%q came back as %+v", out, back)
				}
			}
		}
	})
}
