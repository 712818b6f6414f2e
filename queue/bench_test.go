package queue_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

func BenchmarkPut(b *testing.B) {
	for name, r := range map[string]*sluice.Record{
		"none": {Time: time.Now(), Level: sluice.Info, Message: "request served"},
		"five": {Time: time.Now(), Level: sluice.Info, Message: "request served", Attrs: []slog.Attr{
			slog.String("a", "text"), slog.Int("b", 1), slog.Float64("c", 1.5), slog.Duration("d", time.Second), slog.Any("e", errors.ErrUnsupported)}},
	} {
		b.Run(name, func(b *testing.B) {
			const size = 8192
			q := queue.NewRing(size, nil)
			g, err := q.Cursor("")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if n == size {
					b.StopTimer()
					for n > 0 {
						batch, err := g.Get(b.Context(), 256)
						if err != nil {
							b.Fatal(err)
						}
						k := len(batch.Records())
						n -= k
						_ = batch.Ack(b.Context(), k)
					}
					b.StartTimer()
				}
				_ = q.Put(b.Context(), r)
				n++
			}
		})
	}
}
