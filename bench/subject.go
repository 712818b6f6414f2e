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

// slowOperation is operation for what waits for a disk: so few fit into a turn that
// each goroutine takes one at a time.
func slowOperation(goroutines int, op func()) subject {
	return subject{run: func(n int) (time.Duration, error) { return repeatBy(1, op, goroutines, n), nil }}
}

// repeat runs op n times in all and returns how long that took.
func repeat(op func(), goroutines, n int) time.Duration {
	const portion = 32 // small, so that all goroutines end together
	return repeatBy(portion, op, goroutines, n)
}

func repeatBy(portion int, op func(), goroutines, n int) time.Duration {
	start := time.Now()
	if goroutines == 1 {
		for range n {
			op()
		}
		return time.Since(start)
	}
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for {
				end := int(taken.Add(int64(portion)))
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
