package clusters

import (
	"context"
	"time"

	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/writer"
)

const (
	signals = "SIGKILL"
	kept    = "Every record for which Flush had returned is delivered, in order for each producer; at most the batch in flight comes again. There is service again within 10 s of the servers' having a leader, which they take 4 to 9 s to elect, or longer if a vote is lost."
)

func killedEach() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "kill-each", Title: "kill -9 of each of three nodes in turn, under load", Injector: signals,
		Needs: []inject.Need{inject.Linux()}, Promise: kept, Limit: limit,
		Sluice: trouble(func(ctx context.Context, l *load) (int, error) {
			each := l.e.Rand.Perm(nodes.Size)[:l.e.Of(nodes.Size, 1)]
			for _, i := range each {
				if err := l.away(ctx, i); err != nil {
					return 0, err
				}
			}
			return len(each), nil
		}).run(queued, nodes.Options{}),
	}
}

func killedLeader() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "kill-leader", Title: "kill -9 of the node that leads, 3 times, under load", Injector: signals,
		Needs: []inject.Need{inject.Linux()}, Promise: kept, Limit: limit,
		Sluice: trouble(func(ctx context.Context, l *load) (int, error) {
			times := l.e.Of(3, 1)
			for range times {
				leader, err := l.Leader(ctx, writer.Lines)
				if err != nil {
					return 0, err
				}
				if err := l.away(ctx, leader); err != nil {
					return 0, err
				}
			}
			return times, nil
		}).run(queued, nodes.Options{}),
	}
}

// away kills a node, starts it again after a while, and waits until it has caught up and
// lines are accepted: the next one is killed under load, too.
func (l *load) away(ctx context.Context, i int) error {
	l.Nodes[i].Kill()
	fault.Wait(ctx, time.Duration(200+l.e.Rand.IntN(l.e.Of(3000, 300)))*time.Millisecond)
	if err := l.Nodes[i].Start(ctx); err != nil {
		return err
	}
	if err := l.Whole(ctx, writer.Lines); err != nil {
		return err
	}
	return l.serves(ctx)
}

func restarted() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "restarted", Title: "all three nodes end and are started again, under load", Injector: "SIGTERM, or SIGKILL",
		Needs: []inject.Need{inject.Linux()}, Promise: kept, Limit: limit,
		Sluice: trouble(func(ctx context.Context, l *load) (int, error) {
			end := (*nodes.Node).Stop
			if l.e.Seed%2 == 0 {
				end = (*nodes.Node).Kill
			}
			for _, n := range l.Nodes {
				end(n)
			}
			fault.Wait(ctx, time.Duration(l.e.Rand.IntN(l.e.Of(3000, 300)))*time.Millisecond)
			if err := l.again(ctx); err != nil {
				return 0, err
			}
			return 1, l.Whole(ctx, writer.Lines)
		}).run(queued, nodes.Options{}),
	}
}

// again starts all nodes; from the second on there is a majority.
func (l *load) again(ctx context.Context) error {
	for i, n := range l.Nodes {
		if err := n.Start(ctx); err != nil {
			return err
		}
		if i == 1 {
			l.majority()
		}
	}
	return nil
}

func killedEnds() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "kill-ends", Title: "kill -9 of producers and of the consumer at 10 random moments", Injector: signals,
		Needs: []inject.Need{inject.Linux()}, Limit: limit,
		Promise: "Every record for which Flush had returned is delivered, in order for each producer; at most the batch in flight comes again, and of one that was being written there may be a piece, on a line of its own.",
		Sluice: trouble(func(ctx context.Context, l *load) (int, error) {
			times := l.e.Of(10, 3)
			for range times {
				var err error
				if i := l.e.Rand.IntN(producers + 1); i < producers {
					err = l.kill(ctx, i)
				} else {
					err = l.killConsumer(ctx)
				}
				if err != nil {
					return 0, err
				}
				fault.Wait(ctx, time.Duration(l.e.Rand.IntN(1000))*time.Millisecond)
			}
			return times, nil
		}).run(queued, nodes.Options{}),
	}
}
