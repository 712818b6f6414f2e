package spool

import (
	"encoding/binary"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice"
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

// appendRecord appends r. It cannot fail: what has no form is written as text. Of a
// record that is longer than maxPayload not all is there.
func appendRecord(dst []byte, r *sluice.Record, places *places) []byte {
	dst = appendTime(append(dst, version), r.Time)
	dst = binary.AppendVarint(dst, int64(r.Level))
	dst = appendText(dst, r.LevelName)
	dst = appendText(dst, r.Name)
	dst = appendText(dst, r.Message)
	dst = places.append(dst, r)
	dst = appendText(dst, r.ExcText)
	dst = appendText(dst, r.StackInfo)
	var e encoder
	if r.Origin == nil {
		dst = append(dst, 0)
	} else {
		dst = e.origin(append(dst, 1), r.Origin)
	}
	dst = binary.BigEndian.AppendUint64(dst, r.ID.Source)
	dst = binary.AppendUvarint(dst, r.ID.Seq)
	attrs := r.Attrs
	if r.Scope != nil {
		attrs = r.AppendAttrs(nil)
	}
	return e.attrs(dst, attrs)
}

// places are those of logging calls of this process, as they are written: each is
// dear to find out.
type places struct{ slots [256]atomic.Pointer[place] }

type place struct {
	pc   uintptr
	text []byte
}

func (p *places) append(dst []byte, r *sluice.Record) []byte {
	if r.Source != nil || r.PC == 0 {
		return appendPlace(dst, r.Caller())
	}
	slot := &p.slots[(r.PC^r.PC>>8)%uintptr(len(p.slots))]
	known := slot.Load()
	if known == nil || known.pc != r.PC {
		known = &place{r.PC, appendPlace(nil, r.Caller())}
		slot.Store(known)
	}
	return append(dst, known.text...)
}

func appendPlace(dst []byte, s slog.Source) []byte {
	dst = appendText(dst, s.Function)
	dst = appendText(dst, s.File)
	return binary.AppendVarint(dst, int64(s.Line))
}

func appendText(dst []byte, s string) []byte {
	if len(s) < 0x80 {
		return append(append(dst, byte(len(s))), s...)
	}
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendFloat(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
}

func appendTime(dst []byte, t time.Time) []byte {
	form := byte(zonedTime)
	switch {
	case t.IsZero():
		return append(dst, noTime)
	case t.Location() == time.Local:
		form = localTime
	}
	dst = binary.AppendVarint(append(dst, form), t.Unix())
	dst = binary.AppendUvarint(dst, uint64(t.Nanosecond()))
	if form == zonedTime {
		_, offset := t.Zone()
		dst = binary.AppendVarint(dst, int64(offset))
	}
	return dst
}

// tooLong says that dst ends in a record that will be refused: in memory one text may be
// part of it a thousand times, which a frame of 100 KiB makes into gigabytes here.
func tooLong(dst []byte) bool { return len(dst) > frameHead+maxPayload }

func (e *encoder) origin(dst []byte, o *sluice.Origin) []byte {
	dst = appendText(dst, o.Peer)
	dst = binary.AppendVarint(dst, o.Process)
	dst = appendText(dst, o.ProcessName)
	dst = binary.AppendVarint(dst, o.Thread)
	dst = appendText(dst, o.ThreadName)
	dst = appendText(dst, o.TaskName)
	e.dst = appendFloat(dst, o.RelativeCreated)
	e.pairs(o.Residue, 0)
	return e.dst
}

func (e *encoder) attrs(dst []byte, attrs []slog.Attr) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(attrs)))
	for i := range attrs {
		if tooLong(dst) {
			break
		}
		dst = e.value(appendText(dst, attrs[i].Key), attrs[i].Value)
	}
	return dst
}

func (e *encoder) value(dst []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindString:
		return appendText(append(dst, byte(kindText)), v.String())
	case slog.KindInt64:
		return binary.AppendVarint(append(dst, byte(kindInt)), v.Int64())
	case slog.KindUint64:
		return binary.AppendUvarint(append(dst, byte(kindUint)), v.Uint64())
	case slog.KindFloat64:
		return appendFloat(append(dst, byte(kindFloat)), v.Float64())
	case slog.KindBool:
		if v.Bool() {
			return append(dst, byte(kindTrue))
		}
		return append(dst, byte(kindFalse))
	case slog.KindDuration:
		return binary.AppendVarint(append(dst, byte(kindDuration)), int64(v.Duration()))
	case slog.KindTime:
		return appendTime(append(dst, byte(kindTime)), v.Time())
	case slog.KindGroup:
		return e.attrs(append(dst, byte(kindGroup)), v.Group())
	case slog.KindLogValuer:
		return e.value(dst, v.Resolve()) // a Handler has done so; this one came another way
	}
	e.dst = dst
	e.any(v.Any(), 0)
	return e.dst
}
