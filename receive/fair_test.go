package receive

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestFair: a host alone has half of the places, and whoever sends less than it finds
// one at any time.
func TestFair(t *testing.T) {
	f := newFair(100)
	flood := func() (n int) {
		for f.take("flood") {
			n++
		}
		return n
	}
	if n := flood(); n != 50 {
		t.Errorf("alone it got %d places", n)
	}
	for range 1000 {
		// Each time one of the flood's is emitted there are two more of it.
		f.leave("flood")
		if !f.take("quiet") {
			t.Fatal("no place beside a flood")
		}
		flood()
		f.leave("quiet")
	}
	for f.held["flood"] > 0 {
		f.leave("flood")
	}
	if f.places != 100 || len(f.held) != 0 {
		t.Errorf("%d places, %v held in the end", f.places, f.held)
	}
}

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rates{perSecond: 10}
		for i := range 10 {
			if d := r.wait("a", false); d > 0 {
				t.Errorf("record %d of the first second waits %v", i, d)
			}
		}
		for range 3 { // those that are refused cost nothing
			if d := r.wait("a", false); d != 100*time.Millisecond {
				t.Errorf("one more waits %v", d)
			}
		}
		for i := range 3 { // those that wait do
			if d, want := r.wait("a", true), time.Duration(i+1)*100*time.Millisecond; d != want {
				t.Errorf("waits %v, want %v", d, want)
			}
		}
		if d := r.wait("b", false); d > 0 {
			t.Errorf("another host waits %v", d)
		}
		time.Sleep(2 * time.Second)
		if d := r.wait("a", false); d > 0 {
			t.Errorf("after a pause it waits %v", d)
		}
		for i := range 3 * maxRated {
			r.wait(string(rune(i)), false)
		}
		if len(r.hosts) > maxRated {
			t.Errorf("%d hosts are known", len(r.hosts))
		}
		if d := (&rates{}).wait("a", false); d != 0 {
			t.Errorf("without a limit it waits %v", d)
		}
	})
}
