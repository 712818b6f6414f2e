package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/pyval"
)

type logRecordRow struct {
	Kind string

	TimeNS          int64  `json:"time_ns"`
	StartNS         int64  `json:"start_ns"`
	CreatedRepr     string `json:"created_repr"`
	Msecs           float64
	RelativeCreated string `json:"relative_created_repr"`
	AsctimeUTC      string `json:"asctime_utc"`

	Pathname, Filename, Module string

	Name   string
	Level  int
	Lineno int
	Repr   string

	Msg   pythonValue
	Args  pythonValue
	Text  string
	Error *struct{ Type, Message string }

	Fmt       string
	ExcText   *string `json:"exc_text"`
	StackInfo *string `json:"stack_info"`

	Header, Footer, LineFmt string
	Msgs                    []string
}

func runLogRecord(_ *testing.T, data []byte) (string, error) {
	var row logRecordRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	switch row.Kind {
	case "time":
		return "", row.time()
	case "path":
		return "", formatted("%(pathname)s|%(filename)s|%(module)s", nil,
			&sluice.Record{Source: &slog.Source{File: row.Pathname}}, row.Pathname+"|"+row.Filename+"|"+row.Module)
	case "repr":
		r := &sluice.Record{Name: row.Name, Level: sluice.Level(row.Level), Message: row.Msg.v.(string),
			Source: &slog.Source{File: row.Pathname, Line: row.Lineno}}
		return "", formatted(`<LogRecord: %(name)s, %(levelno)s, %(pathname)s, %(lineno)s, "%(msg)s">`, nil, r, row.Repr)
	case "message":
		return "", row.message()
	case "exc":
		return "", row.exc()
	case "buffering":
		return "", row.buffering()
	}
	return "", fmt.Errorf("unknown kind %q", row.Kind)
}

func formatted(format string, o *sluice.FormatterOptions, r *sluice.Record, want string) error {
	f, err := sluice.NewFormatter(format, o)
	if err != nil {
		return err
	}
	got, err := f.AppendRecord(nil, r)
	if err != nil {
		return err
	}
	if string(got) != want {
		return fmt.Errorf("%q: got %q, want %q", format, got, want)
	}
	return nil
}

func (row *logRecordRow) time() error {
	o := &sluice.FormatterOptions{UTC: true, Start: time.Unix(0, row.StartNS)}
	want := fmt.Sprintf("%s %s %s %s", row.CreatedRepr, pyval.Repr(row.Msecs), row.RelativeCreated, row.AsctimeUTC)
	return formatted("%(created)r %(msecs)r %(relativeCreated)r %(asctime)s", o, &sluice.Record{Time: time.Unix(0, row.TimeNS)}, want)
}

// message makes of the arguments what LogRecord does: a lone mapping that is not
// empty stands for itself.
func (row *logRecordRow) message() error {
	var args any = pyval.Tuple(row.Args.v.(*pyval.List).Items)
	if list := args.(pyval.Tuple); len(list) == 1 {
		if d, ok := list[0].(*pyval.Dict); ok && len(d.Pairs) > 0 {
			args = d
		}
	}
	got, err := pyfmt.Message(row.Msg.v, args, 0)
	if row.Error != nil {
		var e *pyfmt.Error
		if !errors.As(err, &e) || e.Class != row.Error.Type {
			return fmt.Errorf("got %q, %v, want %s: %s", got, err, row.Error.Type, row.Error.Message)
		}
		return nil
	}
	if err != nil || got != row.Text {
		return fmt.Errorf("got %q, %v, want %q", got, err, row.Text)
	}
	return nil
}

// exc sends an empty text as a receiver does: a field cannot tell it from none.
func (row *logRecordRow) exc() error {
	r := &sluice.Record{Message: row.Msg.v.(string), Level: sluice.Error, Time: time.Unix(0, 0), Origin: &sluice.Origin{}}
	set := func(field *string, key string, text *string) {
		switch {
		case text == nil:
		case *text == "":
			r.Origin.Residue = append(r.Origin.Residue, pyval.Pair{Key: key, Value: ""})
		default:
			*field = *text
		}
	}
	set(&r.ExcText, "exc_text", row.ExcText)
	set(&r.StackInfo, "stack_info", row.StackInfo)
	return formatted(row.Fmt, nil, r, row.Text)
}

func (row *logRecordRow) buffering() error {
	line, err := sluice.NewFormatter(row.LineFmt, nil)
	if err != nil {
		return err
	}
	counted := func(text string) func([]*sluice.Record) string {
		return func(rs []*sluice.Record) string { return strings.ReplaceAll(text, "%d", fmt.Sprint(len(rs))) }
	}
	f := sluice.BufferingFormatter{Line: line, Header: counted(row.Header), Footer: counted(row.Footer)}
	var records []*sluice.Record
	for _, msg := range row.Msgs {
		records = append(records, &sluice.Record{Message: msg})
	}
	got, err := f.AppendRecords(nil, records)
	if err != nil {
		return err
	}
	if string(got) != row.Text {
		return fmt.Errorf("got %q, want %q", got, row.Text)
	}
	return nil
}
