package spool

import (
	"context"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
)

// request is an ordinary record: five attributes, a place, a logger's name.
func request() *sluice.Record {
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	return &sluice.Record{
		Time: time.Now(), Level: sluice.Info, Name: "app.http", Message: "request served", PC: pcs[0],
		Attrs: []slog.Attr{
			slog.String("method", "GET"), slog.String("path", "/api/v1/users/42"), slog.Int("status", 200),
			slog.Duration("took", 1234567), slog.Bool("cached", false),
		},
	}
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s := open(t, newDir(t), Options{})
	g := cursorOf(t, s, "a")
	r := request()
	ctx := context.Background()
	const batch = 100
	perRecord := testing.AllocsPerRun(20, func() {
		for range batch {
			if err := s.Put(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		flush(t, s)
	}) / batch
	if perRecord > 0.1 {
		t.Errorf("Put and Flush: %.2f allocations a record", perRecord)
	}
	drain(t, g)
	perRecord = testing.AllocsPerRun(20, func() {
		for range batch {
			if err := s.Put(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		for got := 0; got < batch; {
			b, err := g.Get(ctx, batch)
			if err != nil {
				t.Fatal(err)
			}
			n := len(b.Records())
			got += n
			if err := b.Ack(ctx, n); err != nil {
				t.Fatal(err)
			}
		}
	}) / batch
	// Its texts in one piece, and the place.
	if perRecord > 2.5 {
		t.Errorf("Put, Get and Ack: %.2f allocations a record", perRecord)
	}
}

func BenchmarkPut(b *testing.B) {
	s := open(b, newDir(b), Options{Full: 2})
	r := request()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Put(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkThrough(b *testing.B) {
	s := open(b, newDir(b), Options{})
	g := cursorOf(b, s, "a")
	r := request()
	b.ReportAllocs()
	ended := make(chan error)
	go func() {
		for n := 0; n < b.N; {
			batch, err := g.Get(context.Background(), 256)
			if err == nil {
				n += len(batch.Records())
				err = batch.Ack(context.Background(), len(batch.Records()))
			}
			if err != nil {
				ended <- err
				return
			}
		}
		ended <- nil
	}()
	for range b.N {
		if err := s.Put(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}
