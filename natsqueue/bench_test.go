package natsqueue

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func BenchmarkPut(b *testing.B) {
	for name, o := range map[string]*server.Options{"default": {}, "always": {SyncAlways: true}} {
		b.Run(name, func(b *testing.B) {
			q := open(b, one(b, o).ClientURL(), Options{})
			r := usual()
			b.ReportAllocs()
			for b.Loop() {
				if err := q.Put(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
			if err := q.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	q := open(b, one(b, &server.Options{}).ClientURL(), Options{})
	r := usual()
	g, err := q.Cursor("a")
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		if err := q.Put(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
	if err := q.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	for n := 0; n < b.N; {
		batch, err := g.Get(b.Context(), 256)
		if err != nil {
			b.Fatal(err)
		}
		k := len(batch.Records())
		if err := batch.Ack(b.Context(), k); err != nil {
			b.Fatal(err)
		}
		n += k
	}
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "records/s")
}
