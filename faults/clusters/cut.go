package clusters

import (
	"context"
	"time"

	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/writer"
)

// absence is how long a node is away without having ended.
func (l *load) absence() time.Duration {
	return time.Duration(l.e.Of(30_000, 6_000)) * time.Millisecond
}

// one chooses who it hits: by turns the node that leads, and any.
func (l *load) one(ctx context.Context) (int, error) {
	if l.e.Seed%2 == 1 {
		return l.Leader(ctx, writer.Lines)
	}
	return l.e.Rand.IntN(nodes.Size), nil
}

// without takes one node away for a while.
func (l *load) without(ctx context.Context, takes, gives func(i int) error) (int, error) {
	i, err := l.one(ctx)
	if err != nil {
		return 0, err
	}
	if err := takes(i); err != nil {
		return 0, err
	}
	fault.Wait(ctx, l.absence())
	if err := gives(i); err != nil {
		return 0, err
	}
	return 1, l.Whole(ctx, writer.Lines)
}

func cutOff() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "cut-off", Title: "one node is cut off for 30 s from the others and from all clients, without a word",
		Injector: "network namespaces: its line is taken from the bridge", Needs: nodes.Needs(), Promise: kept, Limit: limit,
		Sluice: trouble(func(ctx context.Context, l *load) (int, error) {
			return l.without(ctx, func(i int) error { return l.Cut(ctx, i) }, func(i int) error { return l.Mend(ctx, i) })
		}).run(queued, nodes.Options{Network: true}),
	}
}

func routesCut() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "routes-cut", Title: "one node is cut off for 30 s from the others, and clients still reach it",
		Injector: "network namespaces: blackhole routes", Needs: nodes.Needs(), Promise: kept, Limit: limit,
		Sluice: trouble(func(ctx context.Context, l *load) (int, error) {
			return l.without(ctx, func(i int) error { return l.CutRoutes(ctx, i) }, func(i int) error { return l.MendRoutes(ctx, i) })
		}).run(queued, nodes.Options{Network: true}),
	}
}

func paused() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "paused", Title: "one node is stopped for 30 s and goes on", Injector: "SIGSTOP, SIGCONT",
		Needs: []inject.Need{inject.Linux()}, Promise: kept, Limit: limit,
		Sluice: trouble(func(ctx context.Context, l *load) (int, error) {
			return l.without(ctx, func(i int) error { return l.Nodes[i].Pause() }, func(i int) error { return l.Nodes[i].Resume() })
		}).run(queued, nodes.Options{}),
	}
}
