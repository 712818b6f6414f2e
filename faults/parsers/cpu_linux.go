package parsers

import (
	"time"

	"golang.org/x/sys/unix"
)

// worked is the time that processors have worked for this process: what others do on a
// busy machine is not in it.
func worked() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
