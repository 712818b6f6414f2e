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
	waited  time.Duration // the longest, without what the machine explains
}

// note notes a call that took d, in a series that began when threads had waited for
// since.
func (c *calls) note(d, since time.Duration) {
	c.n++
	c.longest = max(c.longest, d)
	if d > slow {
		c.slow++
		c.waited = max(c.waited, d-(processorWait()-since))
	}
}

func (c *calls) add(o calls) {
	c.n += o.n
	c.slow += o.slow
	c.longest = max(c.longest, o.longest)
	c.waited = max(c.waited, o.waited)
}

// notWaiting breaks the promise that no call waits for a destination. On a machine that
// is busy any call can take long, for its own thread may wait for a processor, or one
// that holds the ring's lock: for as long as threads did meanwhile, a call may.
func (c calls) notWaiting(res *balance.Result) {
	res.Figure("calls of Handle over 5 ms", float64(c.slow))
	res.Figure("the longest call of Handle, ms", c.longest.Seconds()*1e3)
	res.Figure("the longest wait in a call over 5 ms for what is no processor, ms", c.waited.Seconds()*1e3)
	if c.waited > slow {
		res.Break("a call of Handle took longer than %v, and for %v of it no thread waited for a processor", slow, c.waited)
	}
}

// processorWait is how long the threads of this process have been ready to run, and
// waited for others, and how long processors were taken from this machine by the one
// that it runs on. Linux tells; of other systems nothing is known.
func processorWait() time.Duration {
	files, _ := filepath.Glob("/proc/self/task/*/schedstat")
	sum := stolen()
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // a thread that has ended meanwhile
		}
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			if ns, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				sum += time.Duration(ns)
			}
		}
	}
	return sum
}

// stolen is told in hundredths of a second.
func stolen() time.Duration {
	const tick, name, steal = 10 * time.Millisecond, "cpu", 8
	text, _ := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(first)
	if len(fields) <= steal || fields[0] != name {
		return 0
	}
	n, _ := strconv.ParseInt(fields[steal], 10, 64)
	return time.Duration(n) * tick
}
