package lines_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/lines"
)

// TestLongCallIsCaught: a call that takes longer than its deadline, and what a machine
// adds to it, is found, unless threads wait for a processor for so long.
func TestLongCallIsCaught(t *testing.T) {
	for took, want := range map[time.Duration]bool{time.Second: false, time.Hour: true} {
		synctest.Test(t, func(t *testing.T) {
			var w lines.Writer
			w.Give(func(context.Context, *sluice.Record) error { time.Sleep(took); return nil }, 0)
			var r balance.Result
			w.Bound(&r, time.Second)
			if caught := strings.Contains(strings.Join(r.Failures(), "; "), "a call took"); caught != want {
				t.Errorf("of a call of %v: %q", took, r.Failures())
			}
		})
	}
}
