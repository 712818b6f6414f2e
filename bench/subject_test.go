package main

import (
	"sync/atomic"
	"testing"
)

func TestRepeatRunsEachOperationOnce(t *testing.T) {
	for _, goroutines := range []int{1, 2, 8, 64} {
		for _, n := range []int{1, 31, 32, 33, 1000, 4096} {
			var ran atomic.Int64
			repeat(func() { ran.Add(1) }, goroutines, n)
			if ran.Load() != int64(n) {
				t.Errorf("%d goroutines, n = %d: ran %d times", goroutines, n, ran.Load())
			}
		}
	}
}
