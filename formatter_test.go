package sluice_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

func newFormatter(t testing.TB, format string, o *sluice.FormatterOptions) sluice.Formatter {
	t.Helper()
	f, err := sluice.NewFormatter(format, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func format(t testing.TB, f sluice.Formatter, r *sluice.Record) string {
	t.Helper()
	text, err := f.AppendRecord(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var noon = time.Date(2023, 3, 4, 12, 0, 5, 7e6, time.UTC)

func TestFormatterFields(t *testing.T) {
	pid := os.Getpid()
	here := &slog.Source{File: "/src/app/db.go", Line: 42, Function: "Open"}
	gone := &sluice.Origin{
		Process: 7, ProcessName: "Worker-1", Thread: 99, ThreadName: "T", TaskName: "Task-3", RelativeCreated: 12.5,
		Residue: []pyval.Pair{{Key: "msg", Value: "%d items"}, {Key: "args", Value: pyval.Tuple{int64(3)}}, {Key: "stack_info", Value: sluice.Absent{}}},
	}
	own := &sluice.Record{Time: noon, Level: 25, Name: "app.db", Message: "done", Source: here}
	for _, test := range []struct {
		format string
		record *sluice.Record
		want   string
	}{
		{"%(asctime)s %(levelname)s %(name)s %(message)s", own, "2023-03-04 12:00:05,007 Level 25 app.db done"},
		{"%(levelno)d %(pathname)s %(filename)s %(module)s %(lineno)d %(funcName)s", own, "25 /src/app/db.go db.go db 42 Open"},
		{"%(created)f %(msecs)03d %(relativeCreated)d", own, "1677931205.007000 007 5007"},
		{"%(process)d %(processName)s %(thread)d %(threadName)s %(taskName)s", own, fmt.Sprintf("%d MainProcess %d MainThread None", pid, pid)},
		{"%(msg)s %(args)s %(exc_info)s %(exc_text)s %(stack_info)s", own, "done () None None None"},
		{"%(name)s %(pathname)s %(filename)s %(lineno)d %(funcName)s", &sluice.Record{}, "root (unknown file) (unknown file) 0 (unknown function)"},
		{"[%(asctime)s] %(created)r %(msecs)r %(relativeCreated)r", &sluice.Record{}, "[] 0.0 0.0 0.0"},
		{"%(process)d %(processName)s %(thread)d %(threadName)s %(taskName)s %(relativeCreated)s", &sluice.Record{Origin: gone}, "7 Worker-1 99 T Task-3 12.5"},
		{"%(msg)s %(args)s %(message)s", &sluice.Record{Message: "3 items", Origin: gone}, "%d items (3,) 3 items"},
		{"%(name)s %(args)s", &sluice.Record{Origin: &sluice.Origin{}}, "root None"},
		{"[%(name)s]", &sluice.Record{Origin: &sluice.Origin{Residue: []pyval.Pair{{Key: "name", Value: ""}}}}, "[]"},
		{"%(message)s", &sluice.Record{Message: "m", ExcText: "Err: x", StackInfo: "Stack"}, "m\nErr: x\nStack"},
		{"%(message)s", &sluice.Record{Message: "m\n", ExcText: "Err: x\n", StackInfo: "Stack"}, "m\nErr: x\nStack"},
		{"%(message)s", &sluice.Record{ExcText: "Err: x"}, "\nErr: x"},
		{"", own, "done"},
	} {
		f := newFormatter(t, test.format, &sluice.FormatterOptions{UTC: true, Start: noon.Add(-5007 * time.Millisecond)})
		if got := format(t, f, test.record); got != test.want {
			t.Errorf("%s: got %q, want %q", test.format, got, test.want)
		}
	}
}

// What is in the buffer already is no part of the record.
func TestFormatterAppends(t *testing.T) {
	f := newFormatter(t, "", nil)
	got, err := f.AppendRecord([]byte("before\n"), &sluice.Record{ExcText: "Err"})
	if err != nil || string(got) != "before\n\nErr" {
		t.Errorf("got %q, %v", got, err)
	}
	if f, err = sluice.NewFormatter("%(message)s %(gone)s", nil); err != nil {
		t.Fatal(err)
	}
	if got, err = f.AppendRecord([]byte("before"), &sluice.Record{}); err == nil || string(got) != "before" {
		t.Errorf("after an error: got %q, %v", got, err)
	}
}

func TestFormatterAttrs(t *testing.T) {
	text := errors.New("no such table")
	log := func(f sluice.Formatter) string {
		var out bytes.Buffer
		logger := slog.New(sluice.NewHandler(sluice.NewStream(&out, f), nil))
		logger = logger.With("user", "ann", "n", 1, slog.Group("db", "host", "h1", "port", 5432)).WithGroup("req").With("id", 7)
		logger.Info("m", "n", 2, "name", "x", "err", text, "took", 1500*time.Millisecond, "ok", true, "big", uint64(math.MaxUint64),
			"list", []any{1, "a", 2.5}, "raw", []byte("r"), slog.Group("", "inline", "i"), slog.Group("sub", "a", 1))
		return strings.TrimSuffix(out.String(), "\n")
	}
	for _, test := range []struct{ format, want string }{
		{"%(user)s %(n)d", "ann 1"},
		{"%(db.host)s:%(db.port)d %(user)s", "h1:5432 ann"},
		{"%(db)s %(user)s", "{'host': 'h1', 'port': 5432} ann"},
		{"%(req.id)03d %(req.n)s %(user)s", "007 2 ann"},
		{"%(req.err)s %(req.err)r %(user)s", "no such table 'no such table' ann"},
		{"%(req.took)s %(req.ok)s %(req.big)d %(user)s", "1.5s True 18446744073709551615 ann"},
		{"%(req.list)s %(req.raw)s %(req.inline)s %(user)s", "[1, 'a', 2.5] b'r' i ann"},
		{"%(req.sub.a)d %(req.sub)s %(user)s", "1 {'a': 1} ann"},
		{"%(name)s %(req.name)s", "root x"},
		{"%(req)s", "{'id': 7, 'n': 2, 'name': 'x', 'err': 'no such table', 'took': '1.5s', 'ok': True, 'big': 18446744073709551615, " +
			"'list': [1, 'a', 2.5], 'raw': b'r', 'inline': 'i', 'sub': {'a': 1}}"},
	} {
		if got := log(newFormatter(t, test.format, nil)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.format, got, test.want)
		}
	}
	braces := newFormatter(t, "{db[port]:>6} {req[sub]}", &sluice.FormatterOptions{Style: sluice.Brace})
	if got, want := log(braces), "  5432 {'a': 1}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFormatterFieldOrAttr(t *testing.T) {
	r := &sluice.Record{Name: "app", Attrs: []slog.Attr{slog.String("name", "attr"), slog.String("x_", "own")}}
	f := newFormatter(t, "%(name)s %(name_)s %(x_)s", nil)
	if got, want := format(t, f, r), "app attr own"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is no value of Python's is its text; fields can be values too.
func TestFormatterValues(t *testing.T) {
	r := &sluice.Record{Time: noon, Message: "it's", Source: &slog.Source{File: "/a/.profile"}, Attrs: []slog.Attr{
		slog.Time("at", noon), slog.Duration("took", time.Second), slog.Any("url", url{"x"}), slog.Any("lazy", lazy{}),
		slog.Any("deep", map[string]any{"n": uint64(math.MaxUint64), "at": noon}), slog.Any("none", nil), slog.Any("number", json.Number("x")),
	}}
	for _, test := range []struct{ format, want string }{
		{"{asctime!r} {message!r:>8}", `'2023-03-04 12:00:05,007'   "it's"`},
		{"{at} {took:>4} {url} {lazy:03d} {none} {number}", "2023-03-04T12:00:05.007Z   1s <x> 042 None x"},
		{"{deep}", "{'at': '2023-03-04T12:00:05.007Z', 'n': 18446744073709551615}"},
		{"{filename} {module}", ".profile .profile"},
	} {
		f := newFormatter(t, test.format, &sluice.FormatterOptions{Style: sluice.Brace, UTC: true})
		if got := format(t, f, r); got != test.want {
			t.Errorf("%s: got %q, want %q", test.format, got, test.want)
		}
	}
}

type url struct{ s string }

func (u url) String() string { return "<" + u.s + ">" }

type lazy struct{}

func (lazy) LogValue() slog.Value { return slog.IntValue(42) }

func TestFormatterDefaults(t *testing.T) {
	f := newFormatter(t, "{ip} {n:02d} {deep} {message}", &sluice.FormatterOptions{Style: sluice.Brace, Defaults: map[string]any{
		"ip": "-", "n": json.Number("7"), "deep": map[string]any{"b": []any{json.Number("1.5")}, "a": nil}, "message": "shadowed",
	}})
	if got, want := format(t, f, &sluice.Record{Message: "m"}), "- 07 {'a': None, 'b': [1.5]} m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r := &sluice.Record{Message: "m", Attrs: []slog.Attr{slog.String("ip", "::1"), slog.Int("n", 8)}}
	if got, want := format(t, f, r), "::1 08 {'a': None, 'b': [1.5]} m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFormatterErrors(t *testing.T) {
	no := false
	for _, test := range []struct {
		format string
		o      sluice.FormatterOptions
		want   string
	}{
		{"plain", sluice.FormatterOptions{}, `format "plain": ValueError: Invalid format 'plain' for '%' style`},
		{"x", sluice.FormatterOptions{Style: "x"}, `format "x": ValueError: Style must be one of: %,{,$`},
		{"{a-b}", sluice.FormatterOptions{Style: sluice.Brace}, `format "{a-b}": ValueError: invalid format: invalid field name/expression: 'a-b'`},
		{"plain", sluice.FormatterOptions{Validate: &no}, "<nil>"},
	} {
		if _, err := sluice.NewFormatter(test.format, &test.o); fmt.Sprint(err) != test.want {
			t.Errorf("%s: got %v, want %s", test.format, err, test.want)
		}
	}
	join := "%s"
	f := newFormatter(t, "%(asctime)s", &sluice.FormatterOptions{DefaultMsecFormat: &join})
	if _, err := f.AppendRecord(nil, &sluice.Record{Time: noon}); fmt.Sprint(err) != "asctime: TypeError: not all arguments converted during string formatting" {
		t.Errorf("got %v", err)
	}
	f = newFormatter(t, "%%(asctime) %(message)s", &sluice.FormatterOptions{DefaultMsecFormat: &join})
	if _, err := f.AppendRecord(nil, &sluice.Record{Time: noon}); err == nil {
		t.Error("logging makes the time for this format too, and fails")
	}
	f = newFormatter(t, "%(message)s %(gone)s", nil)
	if _, err := f.AppendRecord(nil, &sluice.Record{}); fmt.Sprint(err) != "ValueError: Formatting field not found in record: 'gone'" {
		t.Errorf("got %v", err)
	}
}

func TestStyleDecoding(t *testing.T) {
	var o sluice.FormatterOptions
	if err := json.Unmarshal([]byte(`{"style": "{", "datefmt": "%T", "validate": false}`), &o); err != nil || o.Style != sluice.Brace || o.DateFmt != "%T" || *o.Validate {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, style := range []string{"", "x", "%%"} {
		if err := json.Unmarshal(fmt.Appendf(nil, `{"style": %q}`, style), &o); fmt.Sprint(err) != "ValueError: Style must be one of: %,{,$" {
			t.Errorf("style %q: got %v", style, err)
		}
	}
}

func TestFormatterCaller(t *testing.T) {
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	f := newFormatter(t, "%(filename)s %(module)s %(funcName)s", nil)
	for range 2 {
		if got, want := format(t, f, &sluice.Record{PC: pcs[0]}), "formatter_test.go formatter_test TestFormatterCaller"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFormatterAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	r := &sluice.Record{Time: noon, Level: sluice.Info, Name: "app.db", Message: "done", PC: pcs[0],
		Attrs: []slog.Attr{slog.String("user", "ann"), slog.Float64("took", 1.5), slog.Int("n", 100000)}}
	received := r.Clone()
	received.Origin = &sluice.Origin{Residue: []pyval.Pair{{Key: "msecs", Value: 7.25}, {Key: "taskName", Value: sluice.Absent{}}}}
	for _, test := range []struct {
		style  sluice.Style
		format string
	}{
		{sluice.Percent, "%(asctime)s %(levelname)s %(name)s %(message)s"},
		{sluice.Percent, "%(asctime)s %(levelname)-8s %(process)d %(threadName)s %(filename)s:%(lineno)d %(funcName)s %(message)s"},
		{sluice.Percent, "%(created).3f %(msecs)03d %(relativeCreated)d %(user)s %(took).2f %(n)06d"},
		{sluice.Brace, "{asctime} {levelname:<8} {name} {user} {message}"},
		{sluice.Dollar, "$asctime $levelname $name $user $message"},
	} {
		f := newFormatter(t, test.format, &sluice.FormatterOptions{Style: test.style})
		escaping := newFormatter(t, test.format, &sluice.FormatterOptions{Style: test.style, Escape: true})
		dst := make([]byte, 0, 512)
		for i, r := range []*sluice.Record{r, received, r, received} {
			if i == 2 {
				f = escaping // text that needs none
			}
			n := testing.AllocsPerRun(200, func() {
				var err error
				if dst, err = f.AppendRecord(dst[:0], r); err != nil {
					t.Fatal(err)
				}
			})
			if n != 0 {
				t.Errorf("%s: %v allocations", test.format, n)
			}
		}
	}
}

func TestFormatterConcurrently(t *testing.T) {
	f := newFormatter(t, "%(asctime)s %(message)s", &sluice.FormatterOptions{UTC: true})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				at := noon.Add(time.Duration(i%3) * time.Second)
				want := fmt.Sprintf("2023-03-04 12:00:%02d,007 %d", 5+i%3, g)
				got, err := f.AppendRecord(nil, &sluice.Record{Time: at, Message: fmt.Sprint(g)})
				if err != nil || string(got) != want {
					t.Errorf("got %q, %v, want %q", got, err, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestBufferingFormatter(t *testing.T) {
	count := func(rs []*sluice.Record) string { return fmt.Sprintf("[%d]", len(rs)) }
	rs := []*sluice.Record{{Message: "a"}, {Message: "b"}}
	for _, test := range []struct {
		f       sluice.BufferingFormatter
		records []*sluice.Record
		want    string
	}{
		{sluice.BufferingFormatter{}, rs, "ab"},
		{sluice.BufferingFormatter{Header: count, Footer: count}, rs, "[2]ab[2]"},
		{sluice.BufferingFormatter{Header: count, Footer: count}, nil, ""},
		{sluice.BufferingFormatter{Line: newFormatter(t, "<%(message)s>\n", nil)}, rs, "<a>\n<b>\n"},
	} {
		if got, err := test.f.AppendRecords(nil, test.records); string(got) != test.want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, test.want)
		}
	}
}

func ExampleNewFormatter() {
	f, err := sluice.NewFormatter("%(levelname)-8s %(name)s: %(message)s (%(user)s)", &sluice.FormatterOptions{
		Defaults: map[string]any{"user": "nobody"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	log := slog.New(sluice.NewHandler(sluice.NewStream(os.Stdout, f), nil)).With(sluice.Name("app.db"))
	log.Info("opened")
	log.Warn("slow query", "user", "ann")
	// Output:
	// INFO     app.db: opened (nobody)
	// WARNING  app.db: slow query (ann)
}

func BenchmarkFormatter(b *testing.B) {
	f := newFormatter(b, "%(asctime)s %(levelname)s %(name)s %(message)s", nil)
	r := &sluice.Record{Time: time.Now(), Level: sluice.Info, Name: "app.db", Message: "done"}
	received := r.Clone()
	received.Origin = &sluice.Origin{Residue: []pyval.Pair{{Key: "msecs", Value: 7.25}, {Key: "taskName", Value: sluice.Absent{}}}}
	for name, r := range map[string]*sluice.Record{"record": r, "received": received} {
		b.Run(name, func(b *testing.B) {
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = f.AppendRecord(dst[:0], r)
			}
		})
	}
	b.Run("senders", func(b *testing.B) { // that are not all of the same second
		rs := seconds(r, 3)
		var dst []byte
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			dst, _ = f.AppendRecord(dst[:0], rs[i%len(rs)])
		}
	})
	b.Run("slog", func(b *testing.B) {
		log := slog.New(sluice.NewHandler(sluice.NewStream(io.Discard, f), nil)).With(sluice.Name("app.db"))
		b.ReportAllocs()
		for b.Loop() {
			log.Info("done")
		}
	})
}
