package queues

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/queue"
)

// leaking loses each hundredth record and says that it took it.
type leaking struct {
	queue.Putter
	n atomic.Int64
}

func (l *leaking) Put(ctx context.Context, r *sluice.Record) error {
	if l.n.Add(1)%100 == 0 {
		return nil
	}
	return l.Putter.Put(ctx, r)
}

// twice puts each hundredth record two times.
type twice struct{ leaking }

func (l *twice) Put(ctx context.Context, r *sluice.Record) error {
	if l.n.Add(1)%100 == 0 {
		_ = l.Putter.Put(ctx, r)
	}
	return l.Putter.Put(ctx, r)
}

// A queue that breaks the promise is caught, by what the destination has.
func TestBrokenQueueIsCaught(t *testing.T) {
	for name, c := range map[string]struct {
		through func(queue.Putter) queue.Putter
		want    string
	}{
		"whole":   {nil, ""},
		"leaking": {func(q queue.Putter) queue.Putter { return &leaking{Putter: q} }, "lost"},
		"twice":   {func(q queue.Putter) queue.Putter { return &twice{leaking{Putter: q}} }, "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			e := &fault.Env{Short: true, Rand: rand.New(rand.NewPCG(1, 1))}
			res, err := full{through: c.through}.run(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			failures := strings.Join(res.Failures(), "; ")
			if c.want == "" && failures != "" || !strings.Contains(failures, c.want) {
				t.Errorf("%q, want something with %q", failures, c.want)
			}
		})
	}
}

// A call that waits is caught, if no thread waited for a processor so long.
func TestWaitingIsCaught(t *testing.T) {
	const took = 10 * time.Second
	for name, c := range map[string]struct {
		since time.Duration
		want  bool
	}{
		"for what is no processor": {fault.ProcessorWait(), true},
		"for processors":           {fault.ProcessorWait() - took, false},
	} {
		var made calls
		made.note(time.Microsecond, c.since)
		made.note(took, c.since)
		var res balance.Result
		made.notWaiting(&res)
		if caught := strings.Contains(strings.Join(res.Failures(), "; "), "took longer"); caught != c.want {
			t.Errorf("a wait %s: %q", name, res.Failures())
		}
	}
}
