package main

import (
	"errors"
	"testing"
	"time"
)

func TestTrialCountsAllocations(t *testing.T) {
	var kept *[64]byte
	// What others allocate meanwhile is little beside so many operations, which do not
	// become fewer where there was no processor for a while.
	s := subject{run: func(n int) (time.Duration, error) {
		repeat(func() { kept = new([64]byte) }, 1, n)
		return time.Duration(n) * time.Microsecond, nil
	}}
	tr, err := start(s, 10*time.Millisecond)
	if err != nil || kept == nil {
		t.Fatal(err)
	}
	if err := tr.turn(); err != nil {
		t.Fatal(err)
	}
	if got := tr.sample().allocs; got < 0.99 || got > 1.5 {
		t.Errorf("allocations of an operation that makes one: %v", got)
	}
}

// TestTrialSharesTheTime: a sample is of one operation, over all turns.
func TestTrialSharesTheTime(t *testing.T) {
	each := time.Millisecond
	tr, err := start(subject{run: func(n int) (time.Duration, error) { return time.Duration(n) * each, nil }}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if tr.n != 1000 {
		t.Errorf("%d operations of %v are a turn of a second", tr.n, each)
	}
	for range 2 {
		if err := tr.turn(); err != nil {
			t.Fatal(err)
		}
		each *= 3
	}
	if got, want := tr.sample().ns, 2e6; got != want {
		t.Errorf("%v ns, want %v", got, want)
	}
}

func TestRoundGivesTheErrorsOfItsSubjects(t *testing.T) {
	broken := errors.New("broken")
	good := func(int) (time.Duration, error) { return time.Second, nil }
	bad := func(int) (time.Duration, error) { return 0, broken }
	fail := func() error { return broken }
	for name, open := range map[string]func(column) (subject, error){
		"open":  func(column) (subject, error) { return subject{}, broken },
		"run":   func(column) (subject, error) { return subject{run: bad}, nil },
		"close": func(column) (subject, error) { return subject{run: good, close: fail}, nil },
	} {
		s := suite{contenders: []contender{{name, open}}}
		if err := s.round(results{}, []column{{}}, time.Second); !errors.Is(err, broken) {
			t.Errorf("%s: error %v, want %v", name, err, broken)
		}
	}
}
