package writer

import (
	"slices"
	"testing"
	"time"
)

// TestPauses: what lies between two lines is a gap if it is long, and so is what lasts.
func TestPauses(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	var p pauses
	if gaps := p.all(at(5000)); len(gaps) > 0 {
		t.Errorf("before the first line: %v", gaps)
	}
	for _, ms := range []int{1000, 1009, 3000, 3001} {
		p.accepted(at(ms))
	}
	if got, want := p.all(at(3002)), []Gap{{at(1009), at(3000)}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := p.all(at(9000)), []Gap{{at(1009), at(3000)}, {at(3001), at(9000)}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := p.lines(); n != 4 {
		t.Errorf("%d lines", n)
	}
}
