package sluice_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
)

// What SetAll changes changes at once: a handler that moves from one logger to the
// one above handles each record once.
func TestSetAllAtOnce(t *testing.T) {
	const records, goroutines = 20_000, 2
	h, c := recording()
	l := sluice.NewLoggers(nil)
	low := map[string]sluice.LoggerOptions{
		"":  {Level: new(sluice.NotSet)},
		"a": {Handlers: []*sluice.Handler{h}},
	}
	high := map[string]sluice.LoggerOptions{
		"":  {Level: new(sluice.NotSet), Handlers: []*sluice.Handler{h}},
		"a": {},
	}
	l.SetAll(low)
	log := l.Logger("a.b")
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := range records {
				log.Info(fmt.Sprint(i))
			}
		})
	}
	ended := make(chan struct{})
	go func() { wg.Wait(); close(ended) }()
	for moved := false; ; moved = !moved {
		select {
		case <-ended:
			if got := len(c.Records()); got != goroutines*records {
				t.Errorf("%d records were handled, want %d", got, goroutines*records)
			}
			return
		default:
		}
		if moved {
			l.SetAll(low)
		} else {
			l.SetAll(high)
		}
	}
}
