package sluice_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"weak"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// What has been handed on or dropped holds no value of the program's any more.
func TestHeldRecordsAreLetGo(t *testing.T) {
	type value [100]byte
	// with emits a record that has a value of its own, and gives that value.
	with := func(e sluice.Emitter, level sluice.Level) weak.Pointer[value] {
		v := new(value)
		r := &sluice.Record{Level: level, Attrs: []slog.Attr{slog.Any("v", v)}}
		if err := e.Emit(t.Context(), r); err != nil {
			t.Error(err)
		}
		return weak.Make(v)
	}
	for name, test := range map[string]func() (sluice.Emitter, weak.Pointer[value]){
		"Memory, handed on": func() (sluice.Emitter, weak.Pointer[value]) {
			m := sluice.NewMemory(new(sluice.Null), &sluice.MemoryOptions{Capacity: 10})
			return m, with(m, sluice.Error)
		},
		"Memory, dropped": func() (sluice.Emitter, weak.Pointer[value]) {
			m := sluice.NewMemory(nil, &sluice.MemoryOptions{Capacity: 3})
			p := with(m, sluice.Info)
			log(t, m, "one", "two")
			m.SetCapacity(2)
			log(t, m, "three")
			return m, p
		},
		"Memory, closed": func() (sluice.Emitter, weak.Pointer[value]) {
			m := sluice.NewMemory(nil, &sluice.MemoryOptions{Capacity: 3})
			p := with(m, sluice.Info)
			return m, given(t, m.Close(), p)
		},
		"FlightRecorder, handed on": func() (sluice.Emitter, weak.Pointer[value]) {
			f := sluice.NewFlightRecorder(new(sluice.Null), nil)
			p := with(f, sluice.Info)
			return f, given(t, f.Dump(t.Context()), p)
		},
		"FlightRecorder, nested": func() (sluice.Emitter, weak.Pointer[value]) {
			var f *sluice.FlightRecorder
			var p weak.Pointer[value]
			f = sluice.NewFlightRecorder(&target{emit: func(_ context.Context, r *sluice.Record) error {
				if r.Message == "first" {
					p = with(f, sluice.Error)
				}
				return nil
			}}, nil)
			return f, given(t, emitAt(t, f, sluice.Error, "first"), p)
		},
		"FlightRecorder, forgotten": func() (sluice.Emitter, weak.Pointer[value]) {
			f := sluice.NewFlightRecorder(new(sluice.Null), &sluice.FlightRecorderOptions{
				Key: func(r *sluice.Record) string { return r.Message }, MaxKeys: 1,
			})
			p := with(f, sluice.Info)
			log(t, f, "other")
			return f, p
		},
	} {
		e, p := test()
		runtime.GC()
		if p.Value() != nil {
			t.Errorf("%s: the value is still held", name)
		}
		if err := emitAt(t, e, sluice.Info, "alive"); err != nil && !errors.Is(err, sluice.ErrClosed) {
			t.Error(err)
		}
	}
}

// given reports err and gives p.
func given[T any](t *testing.T, err error, p T) T {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	return p
}

// The memory of a burst that waited for a target is given back.
func TestMemoryGivesBack(t *testing.T) {
	const burst, least = 100_000, 100 // records, and bytes that each takes
	inUse := func() uint64 {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	m := sluice.NewMemory(nil, &sluice.MemoryOptions{Limit: burst})
	before := inUse()
	r := &sluice.Record{Message: "m"}
	for range burst {
		_ = m.Emit(t.Context(), r)
	}
	if n := inUse(); n < before+burst*least {
		t.Fatalf("%d records take %d bytes", burst, n-before)
	}
	m.SetTarget(new(sluice.Null))
	if err := m.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if n := inUse(); n > before+burst*least/10 {
		t.Errorf("after the burst %d bytes more are in use", n-before)
	}
	expectStats(t, m.Stats(), sluice.Stats{Accepted: burst, Delivered: burst})
}

// ShouldFlush is asked again if others were faster, so that what it says of the
// number held is true.
func TestMemoryShouldFlushIsAskedAgain(t *testing.T) {
	c := new(emittest.Recorder)
	var m *sluice.Memory
	var asked []string
	m = sluice.NewMemory(c, &sluice.MemoryOptions{Limit: 10, ShouldFlush: func(held int, r *sluice.Record) bool {
		asked = append(asked, fmt.Sprint(r.Message, held))
		if r.Message == "slow" && held == 1 {
			log(t, m, "quick")
		}
		return held >= 2
	}})
	log(t, m, "slow")
	expectMessages(t, c, "quick", "slow")
	if got := fmt.Sprint(asked); got != "[slow1 quick1 slow2]" {
		t.Errorf("asked %s", got)
	}
}
