package sluice

import (
	"log/slog"
	"math"
	"math/big"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/internal/strftime"
	"github.com/sluicelog/sluice/pyval"
)

// asctime makes the text of a record's time, and keeps the text of the last seconds:
// within one only the milliseconds differ, and what comes from several senders is some
// seconds apart.
type asctime struct {
	layout   *strftime.Layout
	utc      bool
	location *time.Location
	msec     string // how Python joins the milliseconds, empty: not at all
	between  string // what stands between, if msec is "%s" between "%03d"
	simple   bool   // msec is such
	last     [keptSeconds]atomic.Pointer[asctimeSecond]
}

const keptSeconds = 8

type asctimeSecond struct {
	unix int64
	text string
	head string // with what stands between it and the milliseconds
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

// append appends the time of v's record.
func (a *asctime) append(dst []byte, v *standard) ([]byte, error) {
	unix, msecs, ok := v.clock()
	switch {
	case !ok:
		return dst, nil
	case a.msec == "":
		return append(dst, a.second(unix)...), nil
	case a.simple && msecs.Kind() == slog.KindFloat64 && msecs.Float64() >= 0 && msecs.Float64() < 1000:
		dst = append(dst, a.second(unix)...)
		dst = append(dst, a.between...)
		ms := int(msecs.Float64())
		return append(dst, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10)), nil
	}
	joined, err := pyfmt.Mod(a.msec, pyval.Tuple{a.second(unix), msecs.Any()}, 0)
	return append(dst, joined...), err
}

// sure says that append gives no error, unless by what came.
func (a *asctime) sure() bool { return a.msec == "" || a.simple }

// appendUsual is append for the time of a record of which nothing else came, if a is
// sure; not ok: append must decide.
func (a *asctime) appendUsual(dst []byte, t time.Time) (_ []byte, ok bool) {
	msecs := uint(t.Nanosecond()) / uint(time.Millisecond)
	if t.IsZero() || msecs >= 999 {
		return dst, false
	}
	s := a.at(t.Unix())
	if a.msec == "" {
		return append(dst, s.text...), true
	}
	dst = append(dst, s.head...)
	return append(dst, byte('0'+msecs/100), byte('0'+msecs/10%10), byte('0'+msecs%10)), true
}

// second gives the text of a second.
func (a *asctime) second(unix int64) string { return a.at(unix).text }

func (a *asctime) at(unix int64) *asctimeSecond {
	kept := &a.last[uint64(unix)%keptSeconds]
	s := kept.Load()
	if s == nil || s.unix != unix {
		t := time.Unix(unix, 0).In(a.location)
		text := string(a.layout.Append(nil, t, a.utc))
		s = &asctimeSecond{unix, text, text + a.between}
		kept.Store(s)
	}
	return s
}

// clock gives the second and the milliseconds of the record's asctime: those of
// created and msecs where they came and are numbers, else those of its Time; not
// ok if it has none.
func (v *standard) clock() (unix int64, msecs slog.Value, ok bool) {
	t, o := v.record.Time, v.record.Origin
	ms := 0.0
	if !t.IsZero() {
		ok = true
		unix, ms = t.Unix(), float64(t.Nanosecond()/int(time.Millisecond))
		if ms == 999 {
			// Python's float may have gone up to the next second.
			created, m := v.times()
			unix, ms = int64(math.Floor(created)), m
		}
	}
	msecs = slog.Float64Value(ms)
	if o == nil || len(o.Residue) == 0 {
		return unix, msecs, ok
	}
	if f, found := secondsOf(o.came("created")); found {
		unix, ok = int64(math.Floor(f)), true
	}
	if m, came := o.came("msecs"); came && isNumber(m) {
		msecs = slog.AnyValue(m)
	}
	return unix, msecs, ok
}

// The years 1 to 9999, in seconds.
const (
	minSecond = -62135596800
	maxSecond = 253402300800
)

// secondsOf gives the time that came, if it is a number and in those years.
func secondsOf(v any, came bool) (f float64, ok bool) {
	if !came {
		return 0, false
	}
	switch v := v.(type) {
	case float64:
		f = v
	case int64:
		f = float64(v)
	case bool: // Python's are ints
		if v {
			f = 1
		}
	default: // a big.Int is in no such year
		return 0, false
	}
	return f, f >= minSecond && f < maxSecond
}

// isNumber says whether v is an int or a finite float of Python.
func isNumber(v any) bool {
	switch v := v.(type) {
	case float64:
		return !math.IsNaN(v) && !math.IsInf(v, 0)
	case int64, bool, *big.Int:
		return true
	}
	return false
}

// time gives the numbers that Python takes from the clock.
func (v *standard) time(f field) slog.Value {
	if f == fieldRelativeCreated {
		return slog.Float64Value(v.relative())
	}
	seconds, msecs := v.times()
	if f == fieldMsecs {
		return slog.Float64Value(msecs)
	}
	return slog.Float64Value(seconds)
}

// relative gives LogRecord's relativeCreated.
func (v *standard) relative() float64 {
	t := v.record.Time
	switch o := v.record.Origin; {
	case o != nil:
		return o.RelativeCreated
	case t.IsZero():
		return 0
	}
	// From second to second: UnixNano and Sub end after 292 years.
	seconds := t.Unix() - v.here.start.Unix()
	nanos := int64(t.Nanosecond() - v.here.start.Nanosecond())
	if seconds > minNano && seconds < maxNano {
		return float64(seconds*1e9+nanos) / 1e6
	}
	z := new(big.Int).Mul(big.NewInt(seconds), big.NewInt(1e9))
	f, _ := z.Add(z, big.NewInt(nanos)).Float64()
	return f / 1e6
}

// times gives LogRecord's created and msecs. As there, created may round up to the
// next second in a record of this process, and msecs is then 0 and not 999.
func (v *standard) times() (created, msecs float64) {
	t := v.record.Time
	if t.IsZero() {
		return 0, 0
	}
	seconds := float64(t.Unix())
	msecs = float64(t.Nanosecond() / int(time.Millisecond))
	if v.record.Origin != nil || seconds < minNano || seconds > maxNano {
		// The inverse of what receivers make of created.
		return seconds + float64(t.Nanosecond())/1e9, msecs
	}
	created = float64(t.UnixNano()) / 1e9
	if msecs == 999 && math.Trunc(created) != seconds {
		msecs = 0
	}
	return created, msecs
}

// What an int64 of nanoseconds can tell, in seconds.
const (
	minNano = -9223372036
	maxNano = 9223372035
)
