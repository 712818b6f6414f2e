package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/pyval"
)

type percentFormatRow struct {
	Style     string
	Fmt       *string
	DateFmt   *string
	Validate  bool
	TZ        string
	Converter string
	Attrs     pythonValue
	Defaults  pythonValue
	Overrides map[string]*string
	UsesTime  *bool `json:"uses_time"`
	Text      string
	Error     *struct{ Type, Message, Stage string }
}

func runPercentFormat(_ *testing.T, data []byte) (string, error) {
	var row percentFormatRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	text, stage, err := row.format()
	if row.Error == nil {
		if err != nil {
			return "", fmt.Errorf("%s: %w, want %q", stage, err, row.Text)
		}
		if text != row.Text {
			return "", fmt.Errorf("got %q, want %q", text, row.Text)
		}
		return "", row.checkUsesTime()
	}
	var e *pyfmt.Error
	if !errors.As(err, &e) || e.Class != row.Error.Type || stage != row.Error.Stage {
		return "", fmt.Errorf("got %q, %v in %s, want %s: %s in %s", text, err, stage, row.Error.Type, row.Error.Message, row.Error.Stage)
	}
	return "", row.checkUsesTime()
}

func (row *percentFormatRow) format() (text, stage string, err error) {
	f, err := row.formatter()
	if err != nil {
		return "", "construct", err
	}
	attrs, err := baseRecord()
	if err != nil {
		return "", "base record", err
	}
	for _, p := range row.Attrs.dict().Pairs {
		if err := attrs.Set(p.Key, p.Value); err != nil {
			return "", "attributes", err
		}
	}
	r, err := recordOf(attrs)
	if err != nil {
		return "", "format", err
	}
	b, err := f.AppendRecord(nil, r)
	return string(b), "format", err
}

func (row *percentFormatRow) formatter() (sluice.Formatter, error) {
	schema := map[string]any{"style": row.Style, "validate": row.Validate}
	if row.DateFmt != nil {
		schema["datefmt"] = *row.DateFmt
	}
	data, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	var o sluice.FormatterOptions
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, err
	}
	o.Defaults = map[string]any{}
	for _, p := range row.Defaults.dict().Pairs {
		o.Defaults[p.Key.(string)] = p.Value
	}
	if o.Location, err = time.LoadLocation(row.TZ); err != nil {
		return nil, err
	}
	o.UTC = row.Converter == "gmtime"
	o.DefaultTimeFormat = row.Overrides["default_time_format"]
	if join, ok := row.Overrides["default_msec_format"]; ok {
		if join == nil {
			join = new(string)
		}
		o.DefaultMsecFormat = join
	}
	format := ""
	if row.Fmt != nil {
		format = *row.Fmt
	}
	return sluice.NewFormatter(format, &o)
}

func (row *percentFormatRow) checkUsesTime() error {
	if row.UsesTime == nil {
		return nil
	}
	format := ""
	if row.Fmt != nil {
		format = *row.Fmt
	}
	f, err := pyfmt.Compile(row.Style, format, row.Validate)
	if err != nil {
		return err
	}
	if f.UsesTime() != *row.UsesTime {
		return fmt.Errorf("uses time: %v, want %v", f.UsesTime(), *row.UsesTime)
	}
	return nil
}

// baseRecord is the record that the rows change.
func baseRecord() (*pyval.Dict, error) {
	const name = "base_record.json"
	data, err := os.ReadFile(filepath.Join(vectorDir(), name))
	if errors.Is(err, os.ErrNotExist) {
		data, err = os.ReadFile(filepath.Join("testdata", "vectors", name))
	}
	if err != nil {
		return nil, err
	}
	var v pythonValue
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, err
	}
	return v.dict(), nil
}
