package conformance

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/typedjson"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

type pickledRecordRow struct {
	Expect  string
	Frame   []byte
	Globals []string
	Attrs   any
}

// runPickledRecord decodes the frame to its attributes by package pickle, and by
// package wire into a record and back.
func runPickledRecord(_ *testing.T, data []byte) (string, error) {
	var row pickledRecordRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	payload := row.Frame[4:]
	want := typedjson.Canon(row.Attrs)
	v, err := pickle.Decode(payload, pickle.Limits{})
	if err != nil {
		if _, werr := (wire.Pickle{}).ParseRecord(payload); werr == nil {
			return "", fmt.Errorf("package wire takes what package pickle refuses: %w", err)
		}
		if row.Expect == "ok" {
			return "", err
		}
		return "", nil
	}
	names := named{}
	switch row.Expect {
	case "ok", "ok_or_refused":
	case "opaque_or_refused":
		names.add(row.Globals)
	default:
		return "", fmt.Errorf("unknown expectation %q", row.Expect)
	}
	if err := names.equal(typedjson.Tree(v), want); err != nil {
		return "", fmt.Errorf("decoded: %w", err)
	}

	r, err := wire.Pickle{}.ParseRecord(payload)
	if err != nil {
		return "", err
	}
	into := new(sluice.Record)
	if err := (wire.Pickle{}).ParseRecordInto(into, payload); err != nil {
		return "", err
	}
	for _, r := range []*sluice.Record{r, into} {
		if err := sameAttributes(wire.Attributes(r), v); err != nil {
			return "", fmt.Errorf("as a record: %w", err)
		}
	}
	if row.Expect == "ok" {
		return "", sentOn(r, v)
	}
	return "", nil
}

// sentOn sends r on: what came of it is in the new pickle as well, merged as
// makePickle does.
func sentOn(r *sluice.Record, came any) error {
	sent, err := wire.Pickle{}.AppendRecord(nil, r)
	if err != nil {
		return fmt.Errorf("sent on: %w", err)
	}
	v, err := pickle.Decode(sent, pickle.Limits{})
	if err != nil {
		return fmt.Errorf("sent on: %w", err)
	}
	if err := sameAttributes(v.(*pyval.Dict), came); err != nil {
		return fmt.Errorf("sent on: %w", err)
	}
	return nil
}

// sameAttributes compares the attributes of a record with those that came, whose
// order is lost only among Python's own.
func sameAttributes(got *pyval.Dict, came any) error {
	text := func(v any) (entries []string, err error) {
		for _, p := range typedjson.Tree(v).(map[string]any)["dict"].([]any) {
			entry, err := json.Marshal(p)
			if err != nil {
				return nil, err
			}
			entries = append(entries, string(entry))
		}
		slices.Sort(entries)
		return entries, nil
	}
	g, err := text(got)
	if err != nil {
		return err
	}
	w, err := text(came)
	if err != nil {
		return err
	}
	if !slices.Equal(g, w) {
		return fmt.Errorf("got %s, want %s", g, w)
	}
	return nil
}

// named are the names that a stream refers to: an inert placeholder may keep the
// one that the stream says, where Python would have made something else of it.
type named map[string]bool

func (n named) add(globals []string) {
	for _, g := range globals {
		n[last(g)] = true
	}
}

func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// equal compares two trees of typed JSON.
func (n named) equal(got, want any) error {
	if reflect.DeepEqual(got, want) {
		return nil
	}
	differ := fmt.Errorf("got %v, want %v", got, want)
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok || len(got) != len(want) {
			return differ
		}
		for k, w := range want {
			g, ok := got[k]
			if !ok {
				return differ
			}
			if name, isName := g.(string); isName && strings.HasPrefix(k, "opaque") && n[last(name)] {
				continue
			}
			if err := n.equal(g, w); err != nil {
				return err
			}
		}
		return nil
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return differ
		}
		for i := range want {
			if err := n.equal(got[i], want[i]); err != nil {
				return err
			}
		}
		return nil
	}
	return differ
}
