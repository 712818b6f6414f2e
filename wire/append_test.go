package wire

import (
	"io"
	"log/slog"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

// appended gives the values that are in r's pickle.
func appended(t testing.TB, r *sluice.Record) *pyval.Dict {
	t.Helper()
	data, err := Pickle{}.AppendRecord(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	v, err := pickle.Decode(data, pickle.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v.(*pyval.Dict)
}

// TestAppendIsAttributes: the pickle holds what Attributes says, in its order.
func TestAppendIsAttributes(t *testing.T) {
	var scoped *sluice.Record
	h := sluice.NewHandler(sluice.NewStream(io.Discard, keeps(func(r *sluice.Record) { scoped = r.Clone() })), nil)
	slog.New(h).With("a", 1, "name", "x").WithGroup("g").With("b", 2).Info("scoped", "c", time.Second, "d", []byte("\x00\xff"))
	shared := &pyval.List{Items: []any{int64(1)}}
	rows := []*sluice.Record{
		scoped, {}, {Message: "no more"},
		{Time: time.Unix(1700000000, 999999999), Level: 25, LevelName: "NOTICE", ID: sluice.ID{Source: 1, Seq: 2}, StackInfo: "s",
			Attrs: []slog.Attr{slog.Any("l", shared), slog.Any("same", shared), slog.Any("none", nil), slog.Bool("t", true), slog.Bool("f", false),
				slog.Int64("min", math.MinInt64), slog.Uint64("u", math.MaxUint64), slog.Float64("nan", math.Inf(1)), slog.Group("e"),
				slog.Time("at", time.Unix(0, 0).UTC()), slog.Any("err", io.EOF), slog.String("half", "\xff\xed\xa0\x80")}},
	}
	for _, row := range recordRows(t) {
		if r, err := (Pickle{}).ParseRecord(row.Frame[4:]); err == nil && row.Expect == "ok" {
			rows = append(rows, r)
		}
	}
	for _, r := range rows {
		want, err := pickle.Append(nil, Attributes(r))
		if err != nil {
			t.Fatal(err)
		}
		v, err := pickle.Decode(want, pickle.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := pyval.Repr(appended(t, r)), pyval.Repr(v); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestOpcodes: what is remembered of a record makes the pickle of no other one
// different.
func TestOpcodes(t *testing.T) {
	here, there := callerPC(), callerPC()
	var rows []*sluice.Record
	for _, pc := range []uintptr{0, here, there} {
		for _, level := range []sluice.Level{sluice.Debug, sluice.Info, sluice.Info + 1, sluice.Critical} {
			for _, change := range []func(*sluice.Record){
				func(*sluice.Record) {},
				func(r *sluice.Record) { r.Name, r.Message, r.Time = "", "", time.Time{} },
				func(r *sluice.Record) { r.Source = nil },
				func(r *sluice.Record) { r.Source, r.Name = nil, "" },
				func(r *sluice.Record) { r.Source, r.Time = nil, time.Time{} },
				func(r *sluice.Record) { r.Source, r.Time = nil, time.Unix(1700000000, 999999999) },
				func(r *sluice.Record) { r.Source, r.LevelName = nil, "NOTICE" },
				func(r *sluice.Record) { r.Source, r.ExcText = nil, "Error" },
				func(r *sluice.Record) { r.Source, r.StackInfo = nil, "Stack" },
				func(r *sluice.Record) { r.Source, r.Origin = nil, &sluice.Origin{Process: 7, ThreadName: "worker"} },
			} {
				r := ownRecord()
				r.PC, r.Level = pc, level
				change(r)
				rows = append(rows, r)
			}
		}
	}
	p := Pickle{Opcodes: new(Opcodes)}
	for range 2 { // found, then remembered
		for i, r := range rows {
			got, err := p.AppendRecord([]byte("before"), r)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Pickle{}.AppendRecord([]byte("before"), r)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("record %d:\n%q, want\n%q", i, got, want)
			}
		}
	}
}

// keeps is a Formatter that shows a record to a test.
type keeps func(*sluice.Record)

func (k keeps) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	k(r)
	return dst, nil
}

// ownRecord is a usual record of this process.
func ownRecord() *sluice.Record {
	return &sluice.Record{
		Time: time.Unix(1700000000, 123456240), Level: sluice.Info, Name: "app.service.http",
		Message: "request 12345 handled in 3.2 ms for client 10.0.0.7",
		Attrs:   []slog.Attr{slog.String("request_id", "a1b2c3d4e5f6"), slog.Int("status", 200)},
		Source:  &slog.Source{Function: "handle_request", File: "/srv/app/service/http/server.go", Line: 42},
	}
}

func callerPC() uintptr {
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	return pcs[0]
}

func TestAppendAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	came, err := Pickle{}.ParseRecord(plainRecord(t))
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 0, 4096)
	held := ownRecord()
	held.ID = sluice.ID{Source: math.MaxUint64, Seq: math.MaxUint64}
	here := ownRecord()
	here.Source, here.PC = nil, callerPC()
	f := Frame{Pickle{Opcodes: new(Opcodes)}}
	for name, r := range map[string]*sluice.Record{"own": ownRecord(), "here": here, "with an ID": held, "received": came} {
		if n := testing.AllocsPerRun(100, func() { _, _ = f.AppendRecord(buf, r) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkAppendRecord(b *testing.B) {
	came, err := Pickle{}.ParseRecord(plainRecord(b))
	if err != nil {
		b.Fatal(err)
	}
	for name, r := range map[string]*sluice.Record{"own": ownRecord(), "received": came} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 4096)
			for b.Loop() {
				if _, err := (Pickle{}).AppendRecord(buf, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
