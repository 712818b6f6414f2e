package pickle

import (
	"runtime"
	"testing"
)

// FuzzDecode looks for pickles that panic, that cost much more than their length,
// or of which DecodeFields makes something else than Decode.
func FuzzDecode(f *testing.F) {
	for _, row := range vectorRows[recordRow](f, "pickled_records.jsonl") {
		f.Add(row.pickle(), byte(0))
	}
	for _, row := range vectorRows[maliciousRow](f, "malicious_pickles.jsonl") {
		if data := row.stream(f); len(data) < 1<<12 {
			f.Add(data, byte(len(data)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, limit byte) {
		var l Limits
		if limit > 0 {
			l = Limits{Depth: int(limit), Objects: 16 * int(limit), Memo: 16 * int(limit)}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = Decode(data, l)
		runtime.ReadMemStats(&after)
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 8<<20+200*uint64(len(data)) {
			t.Fatalf("%d bytes allocated for %d", spent, len(data))
		}
		sameAsFields(t, data, l)
	})
}
