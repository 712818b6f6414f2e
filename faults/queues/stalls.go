package queues

import (
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
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
		c.waited = max(c.waited, d-(fault.ProcessorWait()-since))
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
