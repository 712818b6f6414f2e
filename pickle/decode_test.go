package pickle

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/internal/typedjson"
	"github.com/sluicelog/sluice/pyval"
)

func TestRecordsOfPython(t *testing.T) {
	for _, row := range vectorRows[recordRow](t, "pickled_records.jsonl") {
		v, err := Decode(row.pickle(), Limits{})
		if row.Expect != "ok" {
			if err != nil && !strings.HasPrefix(err.Error(), "unpickle: ") {
				t.Errorf("%s: %v", row.ID, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", row.ID, err)
			continue
		}
		got, want := typedjson.Tree(v), typedjson.Canon(row.Attrs)
		if !reflect.DeepEqual(got, want) {
			g, _ := json.Marshal(got)
			w, _ := json.Marshal(want)
			t.Errorf("%s:\n got %s\nwant %s", row.ID, g, w)
		}
	}
}

func TestMaliciousPickles(t *testing.T) {
	for _, row := range vectorRows[maliciousRow](t, "malicious_pickles.jsonl") {
		if row.Framing != "pickle" {
			continue
		}
		_, err := decodeAttrs(row.stream(t), Limits{}, recordNames)
		switch {
		case row.Expect == "refused" && err == nil:
			t.Errorf("%s: not refused", row.ID)
		case row.Expect == "bounded" && err != nil:
			t.Errorf("%s: %v", row.ID, err)
		}
	}
}

// decodeAttrs makes attributes of what DecodeFields gives.
func decodeAttrs(data []byte, l Limits, expected *Names) (attrs []slog.Attr, err error) {
	f, err := DecodeFields(data, l, expected)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	for i := range f.Len() {
		if n := f.Name(i); n >= 0 && expected.known[n].code[5:] != f.Key(i) {
			return nil, fmt.Errorf("entry %d: key %q is said to be %q", i, f.Key(i), expected.known[n].code[5:])
		}
		if text := f.KeyText(i); string(text) != f.Key(i) {
			return nil, fmt.Errorf("entry %d: key %q, text %q", i, f.Key(i), text)
		}
		text, ok := f.Text(i)
		if s, is := f.Str(i); ok != is || string(text) != s {
			return nil, fmt.Errorf("entry %d: value %q, text %q", i, s, text)
		}
		attrs = append(attrs, slog.Attr{Key: f.Key(i), Value: f.Value(i)})
	}
	return attrs, nil
}

// recordNames are some of a record's keys, in order.
var recordNames = NewNames("name", "msg", "args", "levelname", "levelno", "lineno", "created", "processName", "taskName")

// sameAsFields fails unless DecodeFields gives what Decode gives.
func sameAsFields(t *testing.T, data []byte, l Limits) {
	t.Helper()
	for _, expected := range []*Names{nil, recordNames} {
		sameFields(t, data, l, expected)
	}
}

func sameFields(t *testing.T, data []byte, l Limits, expected *Names) {
	t.Helper()
	v, err := Decode(data, l)
	attrs, aerr := decodeAttrs(data, l, expected)
	if err != nil {
		if aerr == nil || aerr.Error() != err.Error() {
			t.Fatalf("Decode: %v, DecodeFields: %v", err, aerr)
		}
		return
	}
	d, ok := v.(*pyval.Dict)
	for i := 0; ok && i < len(d.Pairs); i++ {
		_, ok = d.Pairs[i].Key.(string)
	}
	if !ok {
		if !errors.Is(aerr, ErrNotDict) || len(attrs) > 0 {
			t.Fatalf("a value of type %s: DecodeFields gives %d attributes and %v", pyval.TypeName(v), len(attrs), aerr)
		}
		return
	}
	if aerr != nil {
		t.Fatalf("Decode accepts it, DecodeFields: %v", aerr)
	}
	back := new(pyval.Dict)
	for _, a := range attrs {
		if _, ok := back.Get(a.Key); ok {
			t.Fatalf("the key %q comes twice", a.Key)
		}
		if err := back.Set(a.Key, a.Value.Any()); err != nil {
			t.Fatal(err)
		}
		if k, want := a.Value.Kind(), slog.AnyValue(a.Value.Any()).Kind(); k != want {
			t.Fatalf("%q is of kind %s, want %s", a.Key, k, want)
		}
	}
	if len(back.Pairs) != len(d.Pairs) {
		t.Fatalf("DecodeFields gives %d attributes, Decode %d entries", len(back.Pairs), len(d.Pairs))
	}
	for i, p := range d.Pairs {
		if back.Pairs[i].Key != p.Key {
			t.Fatalf("attribute %d is %q, want %q", i, back.Pairs[i].Key, p.Key)
		}
		if got, want := pyval.AppendRepr(nil, back.Pairs[i].Value, 1<<10), pyval.AppendRepr(nil, p.Value, 1<<10); string(got) != string(want) &&
			// Where a cycle is cut depends on where it is entered.
			!(strings.Contains(string(want), "...") && strings.Contains(string(got), "...")) {
			t.Fatalf("%q: got %s, want %s", p.Key, got, want)
		}
	}
}

func TestDecodeFieldsIsDecode(t *testing.T) {
	for _, l := range []Limits{{}, {Depth: 3}, {Objects: 50}, {Memo: 20}, {Bytes: 300}} {
		for _, row := range vectorRows[recordRow](t, "pickled_records.jsonl") {
			sameAsFields(t, row.pickle(), l)
		}
	}
	for _, row := range vectorRows[maliciousRow](t, "malicious_pickles.jsonl") {
		sameAsFields(t, row.stream(t), Limits{})
	}
}
