package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

var (
	errShort   = errors.New("it ends too early")
	errLong    = errors.New("there is more behind its end")
	errContent = errors.New("it is no record")
)

// parseRecord makes r, whose memory may be used, of a payload.
func parseRecord(r *sluice.Record, payload []byte) error {
	attrs, source, origin := r.Attrs, r.Source, r.Origin
	clear(attrs)
	*r = sluice.Record{Attrs: attrs[:0]}
	if len(payload) == 0 || payload[0] != version {
		return fmt.Errorf("version %x: %w", payload[:min(len(payload), 1)], errContent)
	}
	d := decoder{text: string(payload), at: 1} // all texts of the record are parts of it
	r.Time = d.time()
	r.Level = sluice.Level(d.int())
	r.LevelName = d.string()
	r.Name = d.string()
	r.Message = d.string()
	function, file, line := d.string(), d.string(), int(d.int())
	if function != "" || file != "" || line != 0 {
		if source == nil {
			source = new(slog.Source)
		}
		source.Function, source.File, source.Line = function, file, line
		r.Source = source
	}
	r.ExcText = d.string()
	r.StackInfo = d.string()
	if d.bool() {
		if origin == nil {
			origin = new(sluice.Origin)
		}
		d.origin(origin)
		r.Origin = origin
	}
	r.ID.Source = d.fixed()
	r.ID.Seq = d.uint()
	r.Attrs = d.attrs(r.Attrs, 0)
	if d.err == nil && d.at != len(d.text) {
		d.err = errLong
	}
	if d.err != nil {
		*r = sluice.Record{Attrs: r.Attrs[:0]}
	}
	return d.err
}

// decoder reads a payload. After an error it reads nothing but zeros.
type decoder struct {
	text string
	at   int   // what is before it was read
	seen []any // containers, by number
	err  error
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.at = len(d.text)
}

func (d *decoder) byte() byte {
	if d.at >= len(d.text) {
		d.fail(errShort)
		return 0
	}
	b := d.text[d.at]
	d.at++
	return b
}

func (d *decoder) uint() uint64 {
	if at := d.at; at < len(d.text) && d.text[at] < 0x80 {
		d.at = at + 1
		return uint64(d.text[at])
	}
	return d.longUint()
}

func (d *decoder) longUint() uint64 {
	n := uint64(0)
	for shift := 0; shift < 70; shift += 7 {
		b := d.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	d.fail(errContent)
	return 0
}

func (d *decoder) int() int64 {
	n := d.uint()
	return int64(n>>1) ^ -int64(n&1)
}

// count reads a number of things that take a byte each at least.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.text)-d.at) {
		d.fail(errShort)
		return 0
	}
	return int(n)
}

func (d *decoder) string() string {
	n := d.count()
	s := d.text[d.at : d.at+n]
	d.at += n
	return s
}

func (d *decoder) fixed() uint64 {
	if len(d.text)-d.at < 8 {
		d.fail(errShort)
		return 0
	}
	n := uint64(0)
	for _, b := range []byte(d.text[d.at : d.at+8]) {
		n = n<<8 | uint64(b)
	}
	d.at += 8
	return n
}

func (d *decoder) float() float64 { return math.Float64frombits(d.fixed()) }
func (d *decoder) bool() bool     { return d.byte() != 0 }

func (d *decoder) time() time.Time {
	form := d.byte()
	if form == noTime || d.err != nil {
		return time.Time{}
	}
	seconds, nanos := d.int(), d.uint()
	t := time.Unix(seconds, int64(nanos%1e9))
	if form == localTime {
		return t
	}
	switch offset := d.int(); {
	case offset == 0:
		return t.UTC()
	case offset < -86400 || offset > 86400:
		d.fail(errContent)
		return t
	default:
		return t.In(time.FixedZone("", int(offset)))
	}
}

func (d *decoder) origin(o *sluice.Origin) {
	o.Peer, o.Process, o.ProcessName, o.Thread = d.string(), d.int(), d.string(), d.int()
	o.ThreadName, o.TaskName = d.string(), d.string()
	o.RelativeCreated = d.float()
	o.Residue = d.pairs(0)
}

func (d *decoder) attrs(dst []slog.Attr, depth int) []slog.Attr {
	if depth > maxDepth {
		d.fail(errContent)
		return dst
	}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		dst = append(dst, slog.Attr{Key: d.string(), Value: d.value(depth)})
	}
	return dst
}

func (d *decoder) value(depth int) slog.Value {
	if d.at >= len(d.text) {
		d.fail(errShort)
		return slog.Value{}
	}
	d.at++
	switch kind(d.text[d.at-1]) {
	case kindText:
		return slog.StringValue(d.string())
	case kindInt:
		return slog.Int64Value(d.int())
	case kindFloat:
		return slog.Float64Value(d.float())
	case kindUint:
		return slog.Uint64Value(d.uint())
	case kindDuration:
		return slog.DurationValue(time.Duration(d.int()))
	case kindTime:
		return slog.TimeValue(d.time())
	case kindGroup:
		return slog.GroupValue(d.attrs(nil, depth+1)...)
	}
	d.at--
	return slog.AnyValue(d.any(depth))
}

func (d *decoder) pairs(depth int) []pyval.Pair {
	n := d.count()
	if n == 0 {
		return nil
	}
	pairs := make([]pyval.Pair, 0, min(n, 64))
	for ; n > 0 && d.err == nil; n-- {
		pairs = append(pairs, pyval.Pair{Key: d.any(depth), Value: d.any(depth)})
	}
	return pairs
}

// foreign is a value of a Go type that the spool has no form for.
type foreign struct {
	text string
	json string
}

func (f foreign) String() string { return f.text }

// MarshalJSON gives what the value itself gave, or its text.
func (f foreign) MarshalJSON() ([]byte, error) {
	if f.json != "" {
		return []byte(f.json), nil
	}
	return json.Marshal(f.text)
}
