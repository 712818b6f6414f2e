package spool

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

type stringer struct{ n int }

func (s stringer) String() string { return strings.Repeat("s", s.n) }

type panics struct{}

func (panics) String() string { panic("no text") }

// samples are records of all that a record can hold.
func samples() []*sluice.Record {
	berlin := time.Date(2026, 3, 29, 3, 30, 0, 123456789, time.FixedZone("CEST", 7200))
	list := &pyval.List{Items: []any{int64(1), "two", nil, true, 2.5}}
	list.Items = append(list.Items, list, pyval.Tuple{list, pyval.Bytes("\x00\xff")})
	shared := pyval.Tuple{int64(7)}
	dict := &pyval.Dict{Pairs: []pyval.Pair{{Key: "k", Value: shared}, {Key: int64(2), Value: shared}}}
	huge := new(big.Int).Lsh(big.NewInt(-3), 200)
	return []*sluice.Record{
		{},
		{Time: time.Now(), Level: sluice.Info, Message: "plain"},
		{
			Time: berlin, Level: 25, LevelName: "NOTICE", Name: "app.db", Message: "all\n\x00\xff of it",
			Source: &slog.Source{Function: "f", File: "/a/b.py", Line: 12}, ExcText: "Traceback", StackInfo: "Stack",
			ID: sluice.ID{Source: 7, Seq: 9},
			Attrs: []slog.Attr{
				slog.String("s", "x"), slog.Int("i", math.MinInt64), slog.Uint64("u", math.MaxUint64),
				slog.Float64("f", math.Copysign(0, -1)), slog.Bool("b", true), slog.Bool("c", false), slog.Duration("d", time.Hour),
				slog.Time("t", berlin), slog.Group("g", slog.Int("x", 1), slog.Group("h", slog.String("y", ""))),
				slog.Any("none", nil), slog.Any("complex", complex(1, -2)), slog.Any("big", huge),
				slog.Any("list", list), slog.Any("dict", dict),
				slog.Any("set", &pyval.Set{Items: []any{int64(1)}}), slog.Any("frozen", &pyval.Set{Items: []any{"a"}, Frozen: true}),
				slog.Any("array", &pyval.ByteArray{Data: []byte("abc")}), slog.Any("opaque", pyval.Opaque{Name: "os.system", Global: true}),
			},
			Origin: &sluice.Origin{
				Peer: "192.0.2.1:5", Process: 4, ProcessName: "P", Thread: -5, ThreadName: "T", TaskName: "task", RelativeCreated: 1.5,
				Residue: []pyval.Pair{{Key: "msg", Value: list}, {Key: "args", Value: sluice.Absent{}}},
			},
		},
		{Message: "foreign", Attrs: []slog.Attr{
			slog.Any("error", errors.New("broken \"pipe\"")), slog.Any("stringer", stringer{3}),
			slog.Any("struct", struct{ A int }{4}), slog.Any("panics", panics{}), slog.Any("bytes", []byte("raw")),
		}},
	}
}

func TestRoundTrip(t *testing.T) {
	var room sluice.Record // used again, as a Getter does
	for _, want := range samples() {
		var p places
		if err := parseRecord(&room, appendRecord(nil, want, &p)); err != nil {
			t.Fatalf("%q: %v", want.Message, err)
		}
		got := room
		if !got.Time.Equal(want.Time) || got.Time.Format(time.RFC3339Nano) != want.Time.Format(time.RFC3339Nano) {
			t.Errorf("time %v, want %v", got.Time, want.Time)
		}
		if got.Level != want.Level || got.LevelName != want.LevelName || got.Name != want.Name || got.Message != want.Message ||
			got.ExcText != want.ExcText || got.StackInfo != want.StackInfo || got.ID != want.ID || got.Caller() != want.Caller() {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if (got.Origin == nil) != (want.Origin == nil) || got.Origin != nil && !reflect.DeepEqual(got.Origin, want.Origin) {
			t.Errorf("got origin %+v, want %+v", got.Origin, want.Origin)
		}
		for _, f := range []sluice.Formatter{sluice.NewLogfmt(nil), sluice.NewJSON(nil)} {
			if g, w := text(t, f, &got), text(t, f, want); g != w {
				t.Errorf("%T:\ngot  %s\nwant %s", f, g, w)
			}
		}
		if want.Message == "foreign" {
			continue
		}
		for i := range want.Attrs {
			g, w := got.Attrs[i], want.Attrs[i]
			same := g.Key == w.Key && g.Value.Kind() == w.Value.Kind()
			switch {
			case w.Value.Kind() != slog.KindAny:
				same = same && g.Value.Equal(w.Value)
			case w.Key != "list": // which contains itself
				same = same && pyval.Equal(g.Value.Any(), w.Value.Any())
			}
			if !same || w.Value.Kind() == slog.KindAny && pyval.Repr(g.Value.Any()) != pyval.Repr(w.Value.Any()) {
				t.Errorf("got %v (%v), want %v (%v)", g, g.Value.Kind(), w, w.Value.Kind())
			}
		}
	}
}

func text(t *testing.T, f sluice.Formatter, r *sluice.Record) string {
	t.Helper()
	line, err := f.AppendRecord(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

// TestSharedStaysShared: a value that occurs twice is written once, and a list that
// contains itself still does.
func TestSharedStaysShared(t *testing.T) {
	v := any("leaf")
	for range 60 { // 2^60 leaves for who does not see that they are the same
		v = pyval.Tuple{v, v}
	}
	list := &pyval.List{}
	list.Items = []any{list, v}
	var p places
	payload := appendRecord(nil, &sluice.Record{Attrs: []slog.Attr{slog.Any("v", list)}}, &p)
	if len(payload) > 1000 {
		t.Errorf("%d bytes", len(payload))
	}
	var r sluice.Record
	if err := parseRecord(&r, payload); err != nil {
		t.Fatal(err)
	}
	got := r.Attrs[0].Value.Any().(*pyval.List)
	if got.Items[0] != got {
		t.Error("the list does not contain itself any more")
	}
	top := got.Items[1].(pyval.Tuple)
	if a, b := top[0].(pyval.Tuple), top[1].(pyval.Tuple); &a[0] != &b[0] {
		t.Error("the tuples are not the same any more")
	}
}

func TestDeepValues(t *testing.T) {
	v := any("leaf")
	for range 10 * maxDepth {
		v = &pyval.List{Items: []any{v}}
	}
	var p places
	var r sluice.Record
	if err := parseRecord(&r, appendRecord(nil, &sluice.Record{Message: "deep", Attrs: []slog.Attr{slog.Any("v", v)}}, &p)); err != nil {
		t.Fatal(err)
	}
	if r.Message != "deep" {
		t.Errorf("got %q", r.Message)
	}
}

func TestPlaceIsKept(t *testing.T) {
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	want := (&sluice.Record{PC: pcs[0]}).Caller()
	var p places
	for range 2 { // the second time from what is known
		var got sluice.Record
		if err := parseRecord(&got, appendRecord(nil, &sluice.Record{PC: pcs[0]}, &p)); err != nil {
			t.Fatal(err)
		}
		if got.Caller() != want || want.Line == 0 {
			t.Errorf("got %+v, want %+v", got.Caller(), want)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	for _, r := range samples() {
		f.Add(appendRecord(nil, r, new(places)))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var r, again sluice.Record
		if parseRecord(&r, payload) != nil {
			return
		}
		// What was understood is written and understood again.
		once := appendRecord(nil, &r, new(places))
		if err := parseRecord(&again, once); err != nil {
			t.Fatalf("%x became %x: %v", payload, once, err)
		}
		if twice := appendRecord(nil, &again, new(places)); !bytes.Equal(once, twice) {
			t.Fatalf("%x became %x, then %x", payload, once, twice)
		}
	})
}
