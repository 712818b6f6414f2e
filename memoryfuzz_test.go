package sluice_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/sluicelog/sluice"
)

var errRefused = errors.New("refused")

// fussy is a target that refuses some records, and keeps the order of all.
type fussy struct {
	sluice.Null
	name string
	seen *[]string
}

func (e *fussy) Emit(_ context.Context, r *sluice.Record) error {
	*e.seen = append(*e.seen, e.name+" "+r.Message)
	if refuses(r.Message) {
		return errRefused
	}
	return nil
}

func refuses(message string) bool { return message[len(message)-1] == '7' }

// memoryModel is what a Memory does, in the fewest words.
type memoryModel struct {
	held            []string
	target          string // "": none
	capacity, limit int
	level           sluice.Level
	flushOnClose    bool
	closed          bool
	seen            []string
	stats           sluice.Stats
}

func (m *memoryModel) emit(level sluice.Level, message string) (failed bool) {
	if m.closed {
		return true
	}
	m.stats.Accepted++
	m.held = append(m.held, message)
	if m.target != "" && (len(m.held) >= m.capacity || level >= m.level) {
		return m.flush()
	}
	if over := len(m.held) - max(m.capacity, m.limit, 1); over > 0 {
		m.held = m.held[over:]
		m.stats.Dropped["full"] += uint64(over)
	}
	return false
}

func (m *memoryModel) flush() (failed bool) {
	if m.target == "" {
		return false
	}
	for _, message := range m.held {
		m.seen = append(m.seen, m.target+" "+message)
		if refuses(message) {
			failed = true
			m.stats.Dropped["error"]++
		} else {
			m.stats.Delivered++
		}
	}
	m.held = nil
	return failed
}

func (m *memoryModel) close() (failed bool) {
	if m.closed {
		return false
	}
	if m.flushOnClose {
		failed = m.flush()
	}
	m.closed = true
	if n := len(m.held); n > 0 {
		m.stats.Dropped["closed"] += uint64(n)
	}
	m.held, m.target = nil, ""
	return failed
}

// FuzzMemory: whatever is done to it in whatever order, a Memory does what the
// model does.
func FuzzMemory(f *testing.F) {
	f.Add(int8(3), int8(0), true, []byte{0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 9, 0})
	f.Add(int8(0), int8(5), false, []byte{3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 2, 0, 9, 9, 4, 2})
	f.Add(int8(20), int8(-1), false, []byte{0, 1, 2, 0, 0, 6, 0, 0, 0, 8, 0, 0x50, 0, 0xf0, 0, 0, 5, 0x30, 0, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, capacity, limit int8, flushOnClose bool, ops []byte) {
		var seen []string
		targets := map[string]*fussy{"A": {name: "A", seen: &seen}, "B": {name: "B", seen: &seen}}
		m := sluice.NewMemory(targets["A"], &sluice.MemoryOptions{Capacity: int(capacity), Limit: int(limit), FlushOnClose: &flushOnClose})
		want := memoryModel{
			target: "A", capacity: int(capacity), limit: int(limit), level: sluice.Error, flushOnClose: flushOnClose,
			stats: sluice.Stats{Dropped: map[string]uint64{}},
		}
		for i, op := range ops {
			var err error
			failed, arg := false, int(op>>4)
			switch op & 15 {
			case 2:
				err, failed = m.Flush(t.Context()), want.flush()
			case 3, 4, 5:
				name := map[byte]string{3: "", 4: "A", 5: "B"}[op&15]
				if name == "" {
					m.SetTarget(nil)
				} else {
					m.SetTarget(targets[name])
				}
				if !want.closed {
					want.target = name
				}
			case 6:
				m.SetCapacity(arg)
				want.capacity = arg
			case 8:
				m.SetFlushLevel(sluice.Level(5 * arg))
				want.level = sluice.Level(5 * arg)
			case 9:
				err, failed = m.Close(), want.close()
			default:
				message := fmt.Sprintf("message %d", i)
				level := sluice.Level(5 * arg)
				err, failed = emitAt(t, m, level, message), want.emit(level, message)
			}
			if (err != nil) != failed {
				t.Fatalf("operation %d gave %v, want an error: %v", i, err, failed)
			}
			want.stats.Held = uint64(len(want.held))
			if got := messagesOf(m.Records()); !slices.Equal(got, want.held) {
				t.Fatalf("operation %d: holds %q, want %q", i, got, want.held)
			}
			expectStats(t, m.Stats(), want.stats)
		}
		if !slices.Equal(seen, want.seen) {
			t.Fatalf("handed on %q, want %q", seen, want.seen)
		}
	})
}

// recorderModel is what a FlightRecorder does, without its bound in bytes.
type recorderModel struct {
	capacity, keys int
	recent         []string // keys, the one used longest ago first
	kept           map[string][]string
	seen           []string
	stats          sluice.Stats
}

func (m *recorderModel) emit(key string, level sluice.Level, message string) (failed bool) {
	m.stats.Accepted++
	if level >= sluice.Error {
		m.kept[key] = append(m.kept[key], message)
		return m.release(key)
	}
	m.recent = slices.DeleteFunc(m.recent, func(k string) bool { return k == key })
	m.recent = append(m.recent, key)
	if len(m.recent) > m.keys {
		m.stats.Dropped["keys"] += uint64(len(m.kept[m.recent[0]]))
		delete(m.kept, m.recent[0])
		m.recent = m.recent[1:]
	}
	kept := append(m.kept[key], message)
	if len(kept) > m.capacity {
		m.stats.Dropped["overwritten"]++
		kept = kept[1:]
	}
	m.kept[key] = kept
	return false
}

func (m *recorderModel) release(key string) (failed bool) {
	for _, message := range m.kept[key] {
		m.seen = append(m.seen, "A "+message)
		if refuses(message) {
			failed = true
			m.stats.Dropped["error"]++
		} else {
			m.stats.Delivered++
		}
	}
	delete(m.kept, key)
	m.recent = slices.DeleteFunc(m.recent, func(k string) bool { return k == key })
	return failed
}

// FuzzFlightRecorder: a FlightRecorder does what the model does.
func FuzzFlightRecorder(f *testing.F) {
	f.Add(byte(3), byte(2), []byte{0, 1, 2, 3, 0, 0, 0, 0x40, 1, 0xf2, 0x90, 3, 3, 3, 3, 0x80})
	f.Add(byte(1), byte(9), []byte{0, 0, 0x40, 0x40, 7, 6, 5, 4, 0xff, 0x81})
	f.Fuzz(func(t *testing.T, capacity, keys byte, ops []byte) {
		var seen []string
		o := &sluice.FlightRecorderOptions{
			Capacity: 1 + int(capacity%8),
			MaxKeys:  1 + int(keys%8),
			Key:      func(r *sluice.Record) string { return r.Name },
		}
		rec := sluice.NewFlightRecorder(&fussy{name: "A", seen: &seen}, o)
		want := recorderModel{
			capacity: o.Capacity, keys: o.MaxKeys, kept: map[string][]string{},
			stats: sluice.Stats{Dropped: map[string]uint64{}},
		}
		for i, op := range ops {
			var err error
			failed := false
			if op>>6 == 3 {
				err = rec.Dump(t.Context())
				for len(want.recent) > 0 {
					failed = want.release(want.recent[0]) || failed
				}
			} else {
				r := &sluice.Record{Name: string(rune('a' + op&15)), Level: sluice.Level(op >> 4 * 5), Message: fmt.Sprintf("message %d", i)}
				err = rec.Emit(t.Context(), r)
				failed = want.emit(r.Name, r.Level, r.Message)
			}
			if (err != nil) != failed {
				t.Fatalf("operation %d gave %v, want an error: %v", i, err, failed)
			}
			want.stats.Held = 0
			for kept := range maps.Values(want.kept) {
				want.stats.Held += uint64(len(kept))
			}
			expectStats(t, rec.Stats(), want.stats)
		}
		if !slices.Equal(seen, want.seen) {
			t.Fatalf("handed on %q, want %q", seen, want.seen)
		}
	})
}
