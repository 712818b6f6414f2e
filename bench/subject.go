package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// subject is what is measured: run runs an operation n times in all and says how
// long that took, close (nil: nothing to do) ends the measurement.
type subject struct {
	run     func(n int) (time.Duration, error)
	close   func() error
	foreign bool // it runs in another process, whose allocations are not counted
}

// operation makes a subject of op, which may be called by several goroutines at
// once.
func operation(goroutines int, op func()) subject {
	return subject{run: func(n int) (time.Duration, error) { return repeat(op, goroutines, n), nil }}
}

// repeat runs op n times in all and returns how long that took.
func repeat(op func(), goroutines, n int) time.Duration {
	start := time.Now()
	if goroutines == 1 {
		for range n {
			op()
		}
		return time.Since(start)
	}
	// In small portions, so that all goroutines end together.
	const portion = 32
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for {
				end := int(taken.Add(portion))
				for range min(portion, n-end+portion) {
					op()
				}
				if end >= n {
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}
