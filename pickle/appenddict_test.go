package pickle

import (
	"errors"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

// TestDictAppenderOpaque: an object of which only the name came is its repr, wherever
// it lies.
func TestDictAppenderOpaque(t *testing.T) {
	at := pyval.Opaque{Name: "datetime.datetime"}
	shared := &pyval.List{Items: []any{at, int64(1)}}
	inside := &pyval.Dict{}
	for _, e := range []pyval.Pair{{Key: at, Value: pyval.Tuple{at, shared}}, {Key: "again", Value: shared}} {
		if err := inside.Set(e.Key, e.Value); err != nil {
			t.Fatal(err)
		}
	}
	d := BeginDict(nil)
	for key, v := range map[string]any{"alone": at, "inside": inside} {
		if err := d.Any(key, v); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Decode(d.End(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	const text = "<datetime.datetime object>"
	dict := got.(*pyval.Dict)
	if v, _ := dict.Get("alone"); v != text {
		t.Errorf("alone it came as %v", pyval.Repr(v))
	}
	v, _ := dict.Get("inside")
	const want = "{'" + text + "': ('" + text + "', ['" + text + "', 1]), 'again': ['" + text + "', 1]}"
	if pyval.Repr(v) != want {
		t.Errorf("inside it came as %s, want %s", pyval.Repr(v), want)
	}
}

// TestDictAppenderTooLarge: one text that is referred to many times is refused before
// all of it is there.
func TestDictAppenderTooLarge(t *testing.T) {
	text := strings.Repeat("x", 1<<20)
	shared := pyval.Tuple{}
	for range 2000 {
		shared = append(shared, text)
	}
	for name, add := range map[string]func(d *DictAppender) error{
		"in a value": func(d *DictAppender) error { return d.Any("a", shared) },
		"in bytes": func(d *DictAppender) error {
			return d.Any("a", pyval.Tuple{pyval.Bytes(text), pyval.Bytes(strings.Repeat(text, 63))})
		},
		"in entries": func(d *DictAppender) (err error) {
			for range shared {
				if err = d.Str("a", text); err != nil {
					break
				}
			}
			return err
		},
	} {
		d := BeginDict([]byte("before"))
		if err := add(&d); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		if len(d.dst) > maxDict+1<<10 {
			t.Errorf("%s: %d bytes were made", name, len(d.dst))
		}
	}
}
