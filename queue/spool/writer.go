package spool

import (
	"math/rand/v2"
	"time"

	"github.com/sluicelog/sluice"
)

// writer is who put the records of a segment: one process, from Open to Close.
type writer struct {
	source  uint64 // of the IDs of records that had none; 0: not known
	process int64
	start   int64 // in nanoseconds since 1970: that of relativeCreated
}

func thisWriter() writer {
	w := writer{source: rand.Uint64() | 1}
	now := time.Now()
	for _, a := range (&sluice.Record{Time: now}).AppendStandard(nil) {
		switch a.Key {
		case "process":
			w.process = a.Value.Int64()
		case "relativeCreated":
			w.start = now.UnixNano() - int64(a.Value.Float64()*1e6)
		}
	}
	return w
}

// sign gives a record that was read the ID that it always has, if it is to have one,
// and, if another process had logged it, the origin that formatters tell.
func (w writer) sign(r *sluice.Record, seq uint64, number bool, here writer) {
	if w.source == 0 {
		return
	}
	if number && r.ID.IsZero() {
		r.ID = sluice.ID{Source: w.source, Seq: seq}
	}
	if r.Origin == nil && !w.same(here) {
		r.Origin = &sluice.Origin{
			Process: w.process, ProcessName: "MainProcess",
			Thread: w.process, ThreadName: "MainThread",
			RelativeCreated: float64(r.Time.UnixNano()-w.start) / 1e6,
		}
	}
}

// same says that both are the same process: its number alone may have been another
// one's before.
func (w writer) same(o writer) bool {
	const apart = int64(time.Second)
	return w.process == o.process && w.start-o.start < apart && o.start-w.start < apart
}
