package sluice

import (
	"encoding/binary"
	"hash/maphash"
	"log/slog"
	"math"
)

// fingerprint is a hash of what a reader sees of r, but for its time and place:
// records that differ there have, for all practical purposes, different ones.
func (r *Record) fingerprint(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	hashInt(&h, int64(r.Level))
	for _, s := range [...]string{r.LevelName, r.Name, r.Message, r.ExcText, r.StackInfo} {
		hashString(&h, s)
	}
	if o := r.Origin; o != nil {
		hashString(&h, o.Peer)
		hashInt(&h, o.Process)
		hashString(&h, o.ProcessName)
		hashString(&h, o.ThreadName)
		hashString(&h, o.TaskName)
	}
	for i := range r.Scope.Levels() {
		group, attrs := r.Scope.Level(i)
		hashString(&h, group)
		hashAttrs(&h, attrs)
	}
	hashAttrs(&h, r.Attrs)
	return h.Sum64()
}

// hashString writes s so that what follows cannot be taken for a part of it.
func hashString(h *maphash.Hash, s string) {
	hashInt(h, int64(len(s)))
	_, _ = h.WriteString(s)
}

func hashInt(h *maphash.Hash, n int64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	_, _ = h.Write(b[:])
}

func hashAttrs(h *maphash.Hash, attrs []slog.Attr) {
	hashInt(h, int64(len(attrs)))
	for _, a := range attrs {
		hashString(h, a.Key)
		hashValue(h, a.Value)
	}
}

func hashValue(h *maphash.Hash, v slog.Value) {
	kind := v.Kind()
	hashInt(h, int64(kind))
	switch kind {
	case slog.KindString:
		hashString(h, v.String())
	case slog.KindInt64:
		hashInt(h, v.Int64())
	case slog.KindUint64:
		hashInt(h, int64(v.Uint64()))
	case slog.KindFloat64:
		hashInt(h, int64(math.Float64bits(v.Float64())))
	case slog.KindBool:
		if v.Bool() {
			hashInt(h, 1)
		} else {
			hashInt(h, 0)
		}
	case slog.KindDuration:
		hashInt(h, int64(v.Duration()))
	case slog.KindTime:
		hashInt(h, v.Time().UnixNano())
	case slog.KindGroup:
		hashAttrs(h, v.Group())
	default:
		// Two errors of one text are two pointers: what is read is what counts.
		hashString(h, textOf(v.Any()))
	}
}
