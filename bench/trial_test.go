package main

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"
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

func TestLoopCountsAllocations(t *testing.T) {
	var kept *[64]byte
	got, err := loop(1, func() (subject, error) {
		return subject{op: func() { kept = new([64]byte) }}, nil
	})(time.Millisecond)
	if err != nil || kept == nil {
		t.Fatal(err)
	}
	if got.allocs < 0.99 || got.allocs > 1.5 {
		t.Errorf("allocations of an operation that makes one: %v", got.allocs)
	}
}

func TestLoopGivesTheErrorOfClose(t *testing.T) {
	broken := errors.New("broken")
	_, err := loop(1, func() (subject, error) {
		return subject{op: func() {}, close: func() error { return broken }}, nil
	})(time.Microsecond)
	if !errors.Is(err, broken) {
		t.Errorf("error: %v, want %v", err, broken)
	}
}
