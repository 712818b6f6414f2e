package queues

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
)

// slow is longer than a call of Handle may wait behind a queue that does not block.
const slow = 5 * time.Millisecond

// calls is how long producers were in Handle.
type calls struct {
	n, slow int
	longest time.Duration
	lost    time.Duration // in slow calls
	waited  time.Duration // of this process's threads, for a processor that others had
	known   bool          // waited is
}

func (c *calls) note(d time.Duration) {
	c.n++
	c.longest = max(c.longest, d)
	if d > slow {
		c.slow++
		c.lost += d
	}
}

// notWaiting breaks the promise that no call waits for a destination. On a machine that
// is busy any call can take long, for a thread that waits for a processor may hold the
// ring's lock: so much time is allowed to each producer, and a quarter of a second.
func (c calls) notWaiting(res *balance.Result) {
	res.Figure("calls of Handle over 5 ms", float64(c.slow))
	res.Figure("time in such calls, ms", c.lost.Seconds()*1e3)
	res.Figure("time that threads waited for a processor, ms", c.waited.Seconds()*1e3)
	if allowed := 250*time.Millisecond + goroutines*c.waited; c.known && c.lost > allowed {
		res.Break("%d of %d calls of Handle took longer than %v, %v in all; the machine explains %v", c.slow, c.n, slow, c.lost, allowed)
	}
}

// processorWait is how long the threads of this process have been ready to run, and
// waited for others. Linux tells.
func processorWait() (time.Duration, bool) {
	files, _ := filepath.Glob("/proc/self/task/*/schedstat")
	sum, known := time.Duration(0), false
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // a thread that has ended meanwhile
		}
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			if ns, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				sum, known = sum+time.Duration(ns), true
			}
		}
	}
	return sum, known
}
