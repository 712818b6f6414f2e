// Package queues has the faults of queues: more records than they take, destinations
// that do not take any, and destinations that log about themselves.
//
// # Limits
//
// All of a scene runs in this process. What is counted is what a destination was
// handed; whether it could have kept it is not asked here.
package queues

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/queue"
)

// Faults are those of this package, in the order of the table.
func Faults() []fault.Fault {
	return []fault.Fault{
		fullBlock(), fullWait(), fullNewest(), fullOldest(), fullUrgent(), fullStop(),
		fails(), failsAtTimes(), panics(), hangs(), formatterPanics(), valuerPanics(),
		logsInEmit(), logsInOnError(), logsByDefault(),
	}
}

const lineSize = 60

// line is the message of the record id.
func line(id balance.ID) string {
	b := balance.AppendLine(nil, id, lineSize)
	return string(b[:len(b)-1])
}

// counting is a destination that notes what it is handed, and then does what emit
// says, if there is one.
type counting struct {
	sluice.Null
	ledger balance.Ledger
	emit   func(ctx context.Context, r *sluice.Record) error // an error, or a panic: it was not delivered
}

func (c *counting) Emit(ctx context.Context, r *sluice.Record) error {
	if c.emit != nil {
		if err := c.emit(ctx, r); err != nil {
			return err
		}
	}
	if r.Name != "sluice.queue" { // which is how a Listener tells of drops
		c.ledger.Found([]byte(r.Message))
	}
	return nil
}

func (c *counting) Flush(context.Context) error { return nil }

// handler is e behind a Handler that keeps its errors to itself.
func handler(e sluice.Emitter) *sluice.Handler {
	return sluice.NewHandler(e, &sluice.HandlerOptions{Level: sluice.NotSet, OnError: ignore})
}

func ignore(context.Context, *sluice.Record, error) {}

// front is a slog handler in front of q.
func front(q queue.Putter) *sluice.Handler {
	return queue.NewHandler(q, &queue.HandlerOptions{
		HandlerOptions: sluice.HandlerOptions{Level: sluice.NotSet, OnError: ignore},
	})
}

// goroutines are so many producers.
const goroutines = 4

// producers log n records of the given levels in turn from several goroutines, and
// tell taken of each what Handle returned.
func producers(ctx context.Context, h slog.Handler, n int, levels []slog.Level, taken func(balance.ID, slog.Level, error)) calls {
	var wait sync.WaitGroup
	each := make([]calls, goroutines)
	// So many that no goroutine waits for another one's turn to end: it runs, or its
	// thread waits for a processor, which the system counts.
	const turns = 32
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(turns))
	for p := range goroutines {
		wait.Go(func() {
			const series = 100
			var since time.Duration
			for seq := range n / goroutines {
				if ctx.Err() != nil {
					return
				}
				if seq%series == 0 {
					since = fault.ProcessorWait()
				}
				id := balance.ID{Producer: p, Seq: seq}
				level := levels[seq%len(levels)]
				r := slog.NewRecord(time.Now(), level, line(id), 0)
				r.AddAttrs(slog.Int("seq", seq), slog.String("text", "of an attribute"))
				start := time.Now()
				err := h.Handle(ctx, r)
				each[p].note(time.Since(start), since)
				taken(id, level, err)
				if seq%series == series-1 {
					time.Sleep(50 * time.Microsecond) // nobody is interrupted because its time is over
				}
			}
		})
	}
	wait.Wait()
	var all calls
	for _, c := range each {
		all.add(c)
	}
	return all
}

// sum is how many records st says were dropped.
func sum(st sluice.Stats) int {
	n := uint64(0)
	for _, k := range st.Dropped {
		n += k
	}
	return int(n)
}

// adds breaks the promise that a ledger adds up.
func adds(res *balance.Result, what string, st sluice.Stats) {
	if rest := st.Delivered + st.Held + uint64(sum(st)); rest != st.Accepted {
		res.Break("%s: accepted %d, but delivered, held and dropped are %d", what, st.Accepted, rest)
	}
}

// stop shuts l down within d, and says how long that took beside waiting for processors.
func stop(ctx context.Context, l *queue.Listener, d time.Duration) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	took = fault.Took(func() { err = l.Shutdown(ctx) })
	return took, err
}

// inTime breaks the promise that a Shutdown ends when its context does.
func inTime(res *balance.Result, took, limit time.Duration) {
	const slack = 250 * time.Millisecond // for a machine that is busy
	res.Figure("longest Shutdown beyond its limit, ms", max(0, took-limit).Seconds()*1e3)
	if took > limit+slack {
		res.Break("Shutdown took %v, its limit was %v", took, limit)
	}
}
