package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/typedjson"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

type recordRow struct {
	ID, Expect string
	Frame      []byte
	Attrs      any
}

func recordRows(t testing.TB) []recordRow {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "conformance", "testdata", "vectors", "pickled_records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []recordRow
	in := bufio.NewScanner(bytes.NewReader(data))
	in.Buffer(nil, len(data)+1)
	for in.Scan() {
		var row recordRow
		if err := json.Unmarshal(in.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// unordered gives the entries of a dict as typed JSON, sorted by their text, and
// the keys of extra in order.
func unordered(t *testing.T, tree any) (entries, extra []string) {
	t.Helper()
	for _, p := range tree.(map[string]any)["dict"].([]any) {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, string(text))
		if key := p.([]any)[0].(string); attrOf(key) == numAttrs {
			extra = append(extra, key)
		}
	}
	slices.Sort(entries)
	return entries, extra
}

// TestEveryAttributeIsKept: what came in a record comes out of it.
func TestEveryAttributeIsKept(t *testing.T) {
	into := new(sluice.Record)
	n := 0
	for _, row := range recordRows(t) {
		if row.Expect != "ok" {
			continue
		}
		n++
		r, err := Pickle{}.ParseRecord(row.Frame[4:])
		if err != nil {
			t.Errorf("%s: %v", row.ID, err)
			continue
		}
		if err := (Pickle{}).ParseRecordInto(into, row.Frame[4:]); err != nil {
			t.Errorf("%s: %v", row.ID, err)
			continue
		}
		wantEntries, wantExtra := unordered(t, typedjson.Canon(row.Attrs))
		for _, r := range []*sluice.Record{r, into, r.Clone()} {
			entries, extra := unordered(t, typedjson.Tree(Attributes(r)))
			if !slices.Equal(entries, wantEntries) || !slices.Equal(extra, wantExtra) {
				t.Errorf("%s:\n got %s %s\nwant %s %s", row.ID, entries, extra, wantEntries, wantExtra)
			}
		}
	}
	if n < 900 {
		t.Errorf("only %d rows", n)
	}
}

func plainRecord(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "pickle", "testdata", "record.pickle"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFieldsOfARecord(t *testing.T) {
	r, err := Pickle{}.ParseRecord(plainRecord(t))
	if err != nil {
		t.Fatal(err)
	}
	want := &sluice.Record{
		Time: time.Unix(1700000000, 123456240), Level: sluice.Info, Name: "app.service.http",
		Message: "request 12345 handled in 3.2 ms for client 10.0.0.7",
		Attrs:   []slog.Attr{slog.String("request_id", "a1b2c3d4e5f6"), slog.Int("status", 200)},
		Source:  &slog.Source{Function: "handle_request", File: "/srv/app/service/http/server.py", Line: 42},
		Origin: &sluice.Origin{Process: 4321, ProcessName: "MainProcess", Thread: 140735000000000, ThreadName: "MainThread", RelativeCreated: 5000.5,
			// CPython 3.11 had no taskName yet.
			Residue: []pyval.Pair{{Key: "taskName", Value: sluice.Absent{}}}},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got %+v, source %+v, origin %+v\nwant %+v", r, r.Source, r.Origin, want)
	}
}

// record pickles, by hand, a dict of these keys and values.
func record(keysAndValues ...string) []byte {
	out := []byte("}(")
	for i := 0; i < len(keysAndValues); i += 2 {
		out = append(out, "V"+keysAndValues[i]+"\n"+keysAndValues[i+1]...)
	}
	return append(out, "u."...)
}

func TestOddAttributes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		pickle []byte
		got    func(r *sluice.Record) any
		want   any
	}{
		{"merged arguments", record("msg", "V%s and %d\n", "args", "Vx\nI3\n\x86"), func(r *sluice.Record) any { return r.Message }, "x and 3"},
		{"arguments by name", record("msg", "V%(a)s\n", "args", "}Va\nI3\ns"), func(r *sluice.Record) any { return r.Message }, "3"},
		{"no arguments", record("msg", "V100%\n", "args", ")"), func(r *sluice.Record) any { return r.Message }, "100%"},
		{"arguments that do not fit", record("msg", "V%s %s\n", "args", "I1\n\x85"), func(r *sluice.Record) any { return r.Message }, "%s %s % (1,)"},
		{"a width that fills the memory", record("msg", "V%999999999d\n", "args", "I1\n\x85"), func(r *sluice.Record) any { return r.Message }, "%999999999d % (1,)"},
		{"a message that is a list", record("msg", "](I1\nNe", "args", "N"), func(r *sluice.Record) any { return r.Message }, "[1, None]"},
		{"level by name", record("levelname", "VERROR\n", "levelno", "N"), func(r *sluice.Record) any { return r.Level }, sluice.Error},
		{"no name", record("name", "V\n"), func(r *sluice.Record) any { return pyval.Repr(r.AppendStandard(nil)[0].Value.Any()) }, "''"},
		{"no level", record("msg", "Vm\n"), func(r *sluice.Record) any { return r.Level }, sluice.Info},
		{"huge level", record("levelno", "L99999999999L\n"), func(r *sluice.Record) any { return r.Level }, sluice.Info},
		{"own level name", record("levelno", "I25\n", "levelname", "VNOTICE\n"), func(r *sluice.Record) any { return r.LevelText() }, "NOTICE"},
		{"derived level name", record("levelno", "I25\n", "levelname", "VLevel 25\n"), func(r *sluice.Record) any { return r.LevelName }, ""},
		{"time before 1970", record("created", "F-1.5\n", "msecs", "F500.0\n"), func(r *sluice.Record) any { return r.Time.Equal(time.Unix(-2, 5e8)) }, true},
		{"time is NaN", record("created", "Fnan\n"), func(r *sluice.Record) any { return time.Since(r.Time) < time.Minute }, true},
		{"time is infinite", record("created", "Finf\n"), func(r *sluice.Record) any { return time.Since(r.Time) < time.Minute }, true},
		{"millisecond of the clock", record("created", "F1700000000.123\n", "msecs", "F123.0\n"), func(r *sluice.Record) any { return r.Time.Nanosecond() }, 123000000},
		{"an opaque extra", record("at", "cdatetime\ndatetime\n)R"), func(r *sluice.Record) any { return r.Attrs[0].Value.Any() }, pyval.Opaque{Name: "datetime.datetime"}},
		{"an extra dict", record("d", "}I1\nNs"), func(r *sluice.Record) any { return pyval.Repr(r.Attrs[0].Value.Any()) }, "{1: None}"},
		{"an extra float", record("f", "F1.5\n"), func(r *sluice.Record) any { return r.Attrs[0].Value.Kind() }, slog.KindFloat64},
	} {
		r, err := Pickle{}.ParseRecord(tt.pickle)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := tt.got(r); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
		checkKept(t, tt.pickle, r)
	}
}

// checkKept fails unless Attributes gives back what the pickle holds.
func checkKept(t *testing.T, data []byte, r *sluice.Record) {
	t.Helper()
	v, err := pickle.Decode(data, pickle.Limits{})
	if err != nil {
		t.Fatalf("parsed, but not decoded: %v", err)
	}
	came, back := v.(*pyval.Dict), Attributes(r)
	if len(came.Pairs) != len(back.Pairs) {
		t.Fatalf("%d attributes came, %d are back\n%s\n%s", len(came.Pairs), len(back.Pairs), pyval.Repr(came), pyval.Repr(back))
	}
	for _, p := range came.Pairs {
		got, ok := back.Get(p.Key)
		if !ok {
			t.Fatalf("%v is lost", p.Key)
		}
		f, isFloat := p.Value.(float64)
		if g, ok := got.(float64); isFloat && (!ok || !same(f, g)) {
			t.Fatalf("%v: got %v, came %v", p.Key, got, p.Value)
		}
		if isFloat || pyval.Equal(got, p.Value) {
			continue
		}
		// What equals nothing is at least written alike; see Equal.
		if g, w := pyval.AppendRepr(nil, got, 1<<10), pyval.AppendRepr(nil, p.Value, 1<<10); !bytes.Equal(g, w) && !bytes.Contains(w, []byte("...")) {
			t.Fatalf("%v: got %s, came %s", p.Key, g, w)
		}
	}
}

func TestParseRecordIntoLeavesNothingBehind(t *testing.T) {
	r := new(sluice.Record)
	if err := (Pickle{}).ParseRecordInto(r, plainRecord(t)); err != nil {
		t.Fatal(err)
	}
	if err := (Pickle{}).ParseRecordInto(r, record("msg", "Vm\n")); err != nil {
		t.Fatal(err)
	}
	if r.Name != "" || len(r.Attrs) > 0 || r.Origin.Process != 0 || r.Source.File != "" || r.Message != "m" {
		t.Errorf("the former record shows: %+v", r)
	}
	for _, a := range r.Attrs[:cap(r.Attrs)] {
		if !a.Equal(slog.Attr{}) {
			t.Errorf("%v is still reachable", a)
		}
	}
	if err := (Pickle{}).ParseRecordInto(r, []byte("].")); err == nil || r.Message != "" {
		t.Errorf("a list: %v, %+v", err, r)
	}
}

func TestTimesComeBack(t *testing.T) {
	for _, f := range []float64{0, 1700000000, 1700000000.1234562, 1700000000.999999, 4102444799.9999995, 1e6 + 0.25} {
		got, ok := timeOf(f)
		if !ok || created(got) != f {
			t.Errorf("%v: got %v", f, created(got))
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300, maxSeconds, minSeconds - 1} {
		if _, ok := timeOf(f); ok {
			t.Errorf("%v is a time", f)
		}
	}
}

// The wanted values are those of LogRecord in CPython.
func TestFileAndModule(t *testing.T) {
	for _, tt := range [][3]string{{"/srv/app/main.py", "main.py", "main"}, {"a/b/", "", ""}, {".hidden", ".hidden", ".hidden"}, {"a.b.c", "a.b.c", "a.b"},
		{"x.", "x.", "x"}, {"..a", "..a", "..a"}, {"", "", ""}, {"d.x/f", "f", "f"}, {"...", "...", "..."}, {"..a.b", "..a.b", "..a"}} {
		if file, module := fileAndModule(tt[0]); file != tt[1] || module != tt[2] {
			t.Errorf("%q: got %q, %q; want %q, %q", tt[0], file, module, tt[1], tt[2])
		}
	}
}

func TestAttributesOfAnOwnRecord(t *testing.T) {
	r := &sluice.Record{
		Time: time.Unix(1700000000, 500e6), Level: sluice.Warning, Name: "app", Message: "100%",
		Source: &slog.Source{Function: "main.f", File: "/x/y.go", Line: 7}, ExcText: "boom",
		Attrs: []slog.Attr{slog.Int("n", 1), slog.String("name", "x"), slog.Group("g", slog.Bool("b", true), slog.Duration("d", time.Second)), slog.Uint64("u", math.MaxUint64)},
	}
	d := Attributes(r)
	relative, _ := d.Get("relativeCreated")
	pid := strconv.Itoa(os.Getpid())
	want := `{'name': 'app', 'msg': '100%', 'args': None, 'levelname': 'WARNING', 'levelno': 30, 'pathname': '/x/y.go', 'filename': 'y.go', ` +
		`'module': 'y', 'exc_info': None, 'exc_text': 'boom', 'stack_info': None, 'lineno': 7, 'funcName': 'main.f', 'created': 1700000000.5, 'msecs': 500.0, ` +
		`'relativeCreated': ` + pyval.Repr(relative) + `, 'thread': ` + pid + `, 'threadName': 'MainThread', 'processName': 'MainProcess', 'process': ` + pid + `, 'taskName': None, ` +
		`'n': 1, 'name_': 'x', 'g': {'b': True, 'd': '1s'}, 'u': 18446744073709551615}`
	if got := pyval.Repr(d); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What a Formatter shows of a record of this process, a Formatter at the other end
// shows too.
func TestBothEndsAgree(t *testing.T) {
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	format := "%(name)r %(msg)r %(message)r %(levelname)r %(levelno)r %(pathname)r %(filename)r %(module)r %(lineno)r %(funcName)r %(created)r %(msecs)r " +
		"%(relativeCreated)r %(asctime)r %(thread)r %(threadName)r %(processName)r %(process)r %(taskName)r %(exc_info)r %(exc_text)r %(stack_info)r %(n)r"
	f, err := sluice.NewFormatter(format, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := []slog.Attr{slog.Int("n", 1)}
	for _, own := range []*sluice.Record{
		{Time: time.Now(), Level: sluice.Error, Message: "m", PC: pcs[0], Attrs: n},
		{Time: time.Unix(1700000000, 999999999), Level: 25, Name: "a.b", Message: "%s", ExcText: "e", StackInfo: "s", Attrs: n},
		{Time: time.Unix(1, 0), Source: &slog.Source{File: "/x/.y.go", Line: 3, Function: "f"}, Attrs: n},
	} {
		data, err := Pickle{}.AppendRecord(nil, own)
		if err != nil {
			t.Fatal(err)
		}
		received, err := Pickle{}.ParseRecord(data)
		if err != nil {
			t.Fatal(err)
		}
		want, err := f.AppendRecord(nil, own)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.AppendRecord(nil, received)
		if err != nil || string(got) != string(want) {
			t.Errorf("%v\n got %s\nwant %s", err, got, want)
		}
	}
}

func TestAttrNames(t *testing.T) {
	for a := range numAttrs {
		if attrOf(a.key().(string)) != a {
			t.Errorf("attribute %d has the name %q, which is %d", a, a.key(), attrOf(a.key().(string)))
		}
	}
	if numAttrs > 32 {
		t.Error("more attributes than bits of reading.came")
	}
}

func FuzzPickle(f *testing.F) {
	for _, row := range recordRows(f) {
		f.Add(row.Frame[4:])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Pickle{}.ParseRecord(data)
		if err == nil {
			checkKept(t, data, r)
			_, _ = sluice.NewJSON(nil).AppendRecord(nil, r)
		}
	})
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	data := plainRecord(t)
	if n := testing.AllocsPerRun(100, func() { _, _ = Pickle{}.ParseRecord(data) }); n > 2 {
		t.Errorf("ParseRecord: %v allocations", n)
	}
	r := new(sluice.Record)
	if n := testing.AllocsPerRun(100, func() { _ = Pickle{}.ParseRecordInto(r, data) }); n > 1 {
		t.Errorf("ParseRecordInto: %v allocations", n)
	}
}

func BenchmarkPickle(b *testing.B) {
	data := plainRecord(b)
	b.Run("ParseRecord/"+strconv.Itoa(len(data)), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := (Pickle{}).ParseRecord(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ParseRecordInto/"+strconv.Itoa(len(data)), func(b *testing.B) {
		b.ReportAllocs()
		r := new(sluice.Record)
		for b.Loop() {
			if err := (Pickle{}).ParseRecordInto(r, data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
