package sluice

import (
	"log/slog"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/internal/strftime"
	"github.com/sluicelog/sluice/pyval"
)

// asctime makes the text of a record's time, and keeps the text of the last
// second, since within one second only the milliseconds differ.
type asctime struct {
	layout   *strftime.Layout
	utc      bool
	location *time.Location
	msec     string // how Python joins the milliseconds, empty: not at all
	between  string // what stands between, if msec is "%s" between "%03d"
	simple   bool   // msec is such
	last     atomic.Pointer[asctimeSecond]
}

type asctimeSecond struct {
	unix int64
	text string
}

func (a *asctime) set(o *FormatterOptions) {
	a.utc, a.location = o.UTC, o.Location
	if a.location == nil {
		a.location = time.Local
	}
	if o.DateFmt != "" {
		a.layout = strftime.Compile(o.DateFmt)
		return
	}
	layout := "%Y-%m-%d %H:%M:%S"
	if o.DefaultTimeFormat != nil {
		layout = *o.DefaultTimeFormat
	}
	a.layout = strftime.Compile(layout)
	a.msec = "%s,%03d"
	if o.DefaultMsecFormat != nil {
		a.msec = *o.DefaultMsecFormat
	}
	if s, ok := strings.CutPrefix(a.msec, "%s"); ok {
		if s, ok = strings.CutSuffix(s, "%03d"); ok && !strings.Contains(s, "%") {
			a.between, a.simple = s, true
		}
	}
}

// append appends the time of v's record: by created and msecs as they came, or
// by its Time.
func (a *asctime) append(dst []byte, v *recordFields) ([]byte, error) {
	o := v.record.Origin
	if o == nil || len(o.Residue) == 0 {
		t := v.record.Time
		if t.IsZero() {
			return dst, nil
		}
		unix, msecs := t.Unix(), t.Nanosecond()/int(time.Millisecond)
		if msecs == 999 {
			// Python's float may have gone up to the next second.
			created, m := pythonClock(t)
			unix, msecs = int64(math.Floor(created)), int(m)
		}
		if a.simple {
			dst = append(dst, a.second(unix)...)
			dst = append(dst, a.between...)
			return append(dst, byte('0'+msecs/100), byte('0'+msecs/10%10), byte('0'+msecs%10)), nil
		}
		return a.join(dst, unix, slog.Float64Value(float64(msecs)))
	}
	created, _ := v.standard(fieldCreated, "created")
	msecs, _ := v.standard(fieldMsecs, "msecs")
	unix, err := unixOf(created)
	if err != nil {
		return dst, err
	}
	return a.join(dst, unix, msecs)
}

func (a *asctime) join(dst []byte, unix int64, msecs slog.Value) ([]byte, error) {
	text := a.second(unix)
	if a.msec == "" {
		return append(dst, text...), nil
	}
	joined, err := pyfmt.Mod(a.msec, pyval.Tuple{text, msecs.Any()}, 0)
	return append(dst, joined...), err
}

// second gives the text of a second.
func (a *asctime) second(unix int64) string {
	s := a.last.Load()
	if s == nil || s.unix != unix {
		t := time.Unix(unix, 0).In(a.location)
		s = &asctimeSecond{unix, string(a.layout.Append(nil, t, a.utc))}
		a.last.Store(s)
	}
	return s.text
}

// unixOf gives the second that Python's localtime takes created for.
func unixOf(created slog.Value) (int64, error) {
	// 32 bits hold the years that C's localtime can tell.
	const most = 67767976233529200
	switch created.Kind() {
	case slog.KindInt64:
		if n := created.Int64(); n >= -most && n <= most {
			return n, nil
		}
	case slog.KindFloat64:
		switch f := math.Floor(created.Float64()); {
		case f >= -most && f <= most:
			return int64(f), nil
		case f != f:
			return 0, &pyfmt.Error{Class: "ValueError", Msg: "Invalid value NaN (not a number)"}
		}
	default:
		return 0, &pyfmt.Error{Class: "TypeError", Msg: "created is no number"}
	}
	return 0, &pyfmt.Error{Class: "OverflowError", Msg: "timestamp out of range for platform time_t"}
}
