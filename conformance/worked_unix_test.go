//go:build unix

package conformance

import (
	"syscall"
	"time"
)

// worked is the time that processors have worked for this process.
func worked() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
