package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/internal/typedjson"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/wire"
)

type queuePrepareRow struct {
	Formatter *struct {
		Fmt     string
		Style   sluice.Style
		DateFmt string
	}
	Record        typedValue
	ExceptionText *string `json:"exception_text"`
	Prepared      typedValue
	OriginalAfter typedValue `json:"original_after"`
	Error         string
}

// runQueuePrepare puts the record through a queue and compares what comes out, as
// Python's attributes.
func runQueuePrepare(t *testing.T, data []byte) (string, error) {
	var row queuePrepareRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	r, err := row.record()
	if row.Error != "" {
		var e *pyfmt.Error
		if !errors.As(err, &e) || e.Class != row.Error {
			return "", fmt.Errorf("got %v, want %s", err, row.Error)
		}
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var f sluice.Formatter
	o := &sluice.FormatterOptions{Location: time.UTC}
	if row.Formatter != nil {
		o.Style, o.DateFmt = row.Formatter.Style, row.Formatter.DateFmt
		if f, err = sluice.NewFormatter(row.Formatter.Fmt, o); err != nil {
			return "", err
		}
	}
	before := typedjson.Tree(wire.Attributes(r))
	q := queue.NewRing(1, nil)
	g, err := q.Cursor("")
	if err != nil {
		return "", err
	}
	if err := queue.NewHandler(q, &queue.HandlerOptions{Prepare: queue.Prepare(f)}).Emit(t.Context(), r); err != nil {
		return "", err
	}
	b, err := g.Get(t.Context(), 1)
	if err != nil {
		return "", err
	}
	// D17: the original keeps no trace of having been formatted.
	if err := (named{}).equal(typedjson.Tree(wire.Attributes(r)), before); err != nil {
		return "", fmt.Errorf("the original changed: %w", err)
	}
	return "", row.compare(b.Records()[0], o)
}

// record makes the record as a program in Go has it: its message merged, the text
// of its error made.
func (row *queuePrepareRow) record() (*sluice.Record, error) {
	d := row.Record.dict()
	msg, _ := d.Get("msg")
	if _, opaque := msg.(pyval.Opaque); opaque {
		// What str() of some object says, only Python knows.
		merged, _ := row.OriginalAfter.dict().Get("message")
		if err := d.Set("msg", merged); err != nil {
			return nil, err
		}
	}
	r, err := recordOf(d)
	if err == nil && row.ExceptionText != nil {
		r.ExcText = *row.ExceptionText
	}
	return r, err
}

// compare leaves message and asctime to formatters, which make them of the record
// whenever they are asked.
func (row *queuePrepareRow) compare(r *sluice.Record, o *sluice.FormatterOptions) error {
	want := row.Prepared.dict()
	rest := &pyval.Dict{}
	for _, p := range want.Pairs {
		switch p.Key {
		case "message":
			if err := formatted("%(message)s", nil, r, p.Value.(string)); err != nil {
				return err
			}
		case "asctime":
			only := *o
			only.Style = sluice.Percent
			if err := formatted("%(asctime)s", &only, r, p.Value.(string)); err != nil {
				return err
			}
		default:
			rest.Pairs = append(rest.Pairs, p)
		}
	}
	return sameAttributes(wire.Attributes(r), rest)
}
