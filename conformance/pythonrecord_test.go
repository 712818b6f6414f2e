package conformance

import (
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/pyval"
)

// recordOf makes a record of a LogRecord's attributes: its fields where they say
// what came, Origin.Residue where they do not, and attributes of what is none of
// Python's own. The error is that of getMessage.
func recordOf(d *pyval.Dict) (*sluice.Record, error) {
	get := func(key string) any { v, _ := d.Get(key); return v }
	text := func(key string) string { s, _ := get(key).(string); return s }
	number := func(key string) int64 { n, _ := get(key).(int64); return n }
	message, err := pyfmt.Message(get("msg"), get("args"), 0)
	if err != nil {
		return nil, err
	}
	created, _ := get("created").(float64)
	second := math.Floor(created)
	r := &sluice.Record{
		Time:      time.Unix(int64(second), int64(math.Round((created-second)*1e9))),
		Level:     sluice.Level(number("levelno")),
		LevelName: text("levelname"),
		Name:      text("name"),
		Message:   message,
		Source:    &slog.Source{File: text("pathname"), Line: int(number("lineno")), Function: text("funcName")},
		ExcText:   text("exc_text"),
		StackInfo: text("stack_info"),
	}
	relative, _ := get("relativeCreated").(float64)
	r.Origin = &sluice.Origin{
		Process: number("process"), ProcessName: text("processName"),
		Thread: number("thread"), ThreadName: text("threadName"), TaskName: text("taskName"),
		RelativeCreated: relative,
	}
	file := r.Source.File[strings.LastIndexByte(r.Source.File, '/')+1:]
	said := map[string]any{
		"name": r.Name, "levelno": int64(r.Level), "levelname": r.LevelName,
		"pathname": r.Source.File, "filename": file, "module": strings.TrimSuffix(file, ".ext"),
		"lineno": int64(r.Source.Line), "funcName": r.Source.Function,
		"created": float64(r.Time.UnixNano()) / 1e9, "msecs": float64(r.Time.Nanosecond() / 1e6),
		"relativeCreated": relative, "thread": r.Origin.Thread, "threadName": r.Origin.ThreadName,
		"process": r.Origin.Process, "processName": r.Origin.ProcessName, "taskName": none(r.Origin.TaskName),
		"msg": r.Message, "args": pyval.Tuple{}, "exc_info": nil,
		"exc_text": none(r.ExcText), "stack_info": none(r.StackInfo),
	}
	for _, p := range d.Pairs {
		key := p.Key.(string)
		switch v, standard := said[key]; {
		case !standard:
			r.Attrs = append(r.Attrs, slog.Any(key, p.Value))
		case !pyval.Equal(v, p.Value):
			r.Origin.Residue = append(r.Origin.Residue, pyval.Pair{Key: key, Value: p.Value})
		}
	}
	return r, nil
}

// none gives None for an empty text.
func none(s string) any {
	if s == "" {
		return nil
	}
	return s
}
