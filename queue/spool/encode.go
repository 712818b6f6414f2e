package spool

import (
	"encoding/binary"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

// The payload of a frame is a record: this version, then the fields of
// sluice.Record, in their order. Numbers are varints, texts have their length in
// front.
const version = 1

// The forms that a time has.
const (
	noTime = iota
	localTime
	zonedTime // its offset follows
)

// appendRecord appends r. It cannot fail: what has no form is written as text.
func appendRecord(dst []byte, r *sluice.Record, places *places) []byte {
	e := encoder{dst: append(dst, version)}
	e.time(r.Time)
	e.int(int64(r.Level))
	e.text(r.LevelName)
	e.text(r.Name)
	e.text(r.Message)
	e.dst = places.append(e.dst, r)
	e.text(r.ExcText)
	e.text(r.StackInfo)
	e.origin(r.Origin)
	e.dst = binary.BigEndian.AppendUint64(e.dst, r.ID.Source)
	e.uint(r.ID.Seq)
	attrs := r.Attrs
	if r.Scope != nil {
		attrs = r.AppendAttrs(nil)
	}
	e.attrs(attrs)
	return e.dst
}

// places are those of logging calls of this process, as they are written: as many as
// the program has, and each is dear to find out.
type places struct{ known sync.Map } // of *[]byte, by PC

func (p *places) append(dst []byte, r *sluice.Record) []byte {
	if r.Source != nil || r.PC == 0 {
		return appendPlace(dst, r.Caller())
	}
	if known, ok := p.known.Load(r.PC); ok {
		return append(dst, *known.(*[]byte)...)
	}
	place := appendPlace(nil, r.Caller())
	p.known.Store(r.PC, &place)
	return append(dst, place...)
}

func appendPlace(dst []byte, s slog.Source) []byte {
	e := encoder{dst: dst}
	e.text(s.Function)
	e.text(s.File)
	e.int(int64(s.Line))
	return e.dst
}

type encoder struct {
	dst  []byte
	seen map[any]int // containers that may occur again, by number
}

func (e *encoder) uint(n uint64) { e.dst = binary.AppendUvarint(e.dst, n) }
func (e *encoder) int(n int64)   { e.dst = binary.AppendVarint(e.dst, n) }

func (e *encoder) text(s string) {
	e.uint(uint64(len(s)))
	e.dst = append(e.dst, s...)
}

func (e *encoder) float(f float64) {
	e.dst = binary.BigEndian.AppendUint64(e.dst, math.Float64bits(f))
}

func (e *encoder) bool(b bool) {
	if b {
		e.dst = append(e.dst, 1)
	} else {
		e.dst = append(e.dst, 0)
	}
}

func (e *encoder) time(t time.Time) {
	form := byte(zonedTime)
	switch {
	case t.IsZero():
		e.dst = append(e.dst, noTime)
		return
	case t.Location() == time.Local:
		form = localTime
	}
	e.dst = append(e.dst, form)
	e.int(t.Unix())
	e.uint(uint64(t.Nanosecond()))
	if form == zonedTime {
		_, offset := t.Zone()
		e.int(int64(offset))
	}
}

func (e *encoder) origin(o *sluice.Origin) {
	e.bool(o != nil)
	if o == nil {
		return
	}
	e.text(o.Peer)
	e.int(o.Process)
	e.text(o.ProcessName)
	e.int(o.Thread)
	e.text(o.ThreadName)
	e.text(o.TaskName)
	e.float(o.RelativeCreated)
	e.pairs(o.Residue, 0)
}

func (e *encoder) attrs(attrs []slog.Attr) {
	e.uint(uint64(len(attrs)))
	for i := range attrs {
		e.text(attrs[i].Key)
		e.value(attrs[i].Value)
	}
}

func (e *encoder) value(v slog.Value) {
	switch v.Kind() {
	case slog.KindString:
		e.kind(kindText)
		e.text(v.String())
	case slog.KindInt64:
		e.kind(kindInt)
		e.int(v.Int64())
	case slog.KindUint64:
		e.kind(kindUint)
		e.uint(v.Uint64())
	case slog.KindFloat64:
		e.kind(kindFloat)
		e.float(v.Float64())
	case slog.KindBool:
		e.any(v.Bool(), 0)
	case slog.KindDuration:
		e.kind(kindDuration)
		e.int(int64(v.Duration()))
	case slog.KindTime:
		e.kind(kindTime)
		e.time(v.Time())
	case slog.KindGroup:
		e.kind(kindGroup)
		e.attrs(v.Group())
	case slog.KindLogValuer:
		e.value(v.Resolve()) // a Handler has done so; this one came another way
	default:
		e.any(v.Any(), 0)
	}
}

func (e *encoder) pairs(pairs []pyval.Pair, depth int) {
	e.uint(uint64(len(pairs)))
	for _, p := range pairs {
		e.any(p.Key, depth)
		e.any(p.Value, depth)
	}
}
