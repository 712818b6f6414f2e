package queuetest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
)

func concurrent(t *testing.T, target Target) {
	const writers, each = 4, 50
	q := target.Queue
	g := cursor(t, q, "a")
	var all sync.WaitGroup
	limit := 1 << 30
	if target.Size > 0 {
		limit = target.Size
	}
	tickets := make(chan struct{}, min(limit, writers*each))
	for w := range writers {
		all.Go(func() {
			for i := range each {
				tickets <- struct{}{}
				if err := q.Put(t.Context(), record(fmt.Sprintf("%d %d", w, i))); err != nil {
					t.Errorf("Put: %v", err)
				}
			}
		})
	}
	next := [writers]int{}
	for n := 0; n < writers*each; {
		b := get(t, g, 7)
		for _, r := range b.Records() {
			var w, i int
			if _, err := fmt.Sscan(r.Message, &w, &i); err != nil || w < 0 || w >= writers {
				t.Fatalf("got %q", r.Message)
			}
			if i != next[w] {
				t.Errorf("got record %d of goroutine %d, want %d", i, w, next[w])
			}
			next[w]++
			n++
		}
		k := len(b.Records())
		ack(t, b, k)
		for range k {
			<-tickets
		}
	}
	all.Wait()
	adds(t, "queue", q.Stats(), sluice.Stats{Accepted: writers * each, Delivered: writers * each})
}
