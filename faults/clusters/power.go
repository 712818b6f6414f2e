package clusters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/writer"
)

const falling = " Those that a process still heard of while the file systems went down are open."

// power cuts the power of all nodes at once.
func power() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "power", Title: "the power of all three nodes is cut at once, under load",
		Injector: "FS_IOC_SHUTDOWN on a loop device for each node, ext4", Limit: limit,
		Needs:   []inject.Need{inject.Linux(), inject.Root(), inject.PowerCut("ext4")},
		Promise: kept + falling,
		Sluice:  electric(dark).run(queued, nodes.Options{}),
		Peers: []fault.Peer{
			{Name: "JetStream", As: "its default sync_interval, a new stream", Run: electric(dark).run(writer.Spec{Kind: writer.Published}, nodes.Options{Lazy: true})},
			{Name: "JetStream", As: "sync_interval always", Run: electric(dark).run(writer.Spec{Kind: writer.Published}, nodes.Options{})},
		},
	}
}

// powerCutOff cuts the power of one node while another one is cut off.
func powerCutOff() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "power-cut-off", Title: "the power of one node is cut and another one is cut off, so that there is no majority for 2 to 10 s, under load",
		Injector: "FS_IOC_SHUTDOWN on a loop device, ext4; network namespaces", Limit: limit,
		Needs:   append(nodes.Needs(), inject.PowerCut("ext4")),
		Promise: kept + falling,
		Sluice:  electric(darkAndApart).run(queued, nodes.Options{Network: true}),
	}
}

// disks are the nodes' file systems.
type disks []*inject.Image

// electric is a trouble with the power of the nodes.
type electric func(ctx context.Context, l *load, d disks) error

// run gives each node a file system whose power can be cut.
func (do electric) run(s writer.Spec, o nodes.Options) fault.Run {
	return func(ctx context.Context, e *fault.Env) (_ balance.Result, err error) {
		var d disks
		defer func() {
			for _, i := range d {
				err = errors.Join(err, i.Close())
			}
		}()
		o := o
		for i := range nodes.Size {
			dir := filepath.Join(e.Dir, fmt.Sprintf("disk%d", i))
			if err := os.Mkdir(dir, 0o755); err != nil {
				return balance.Result{}, err
			}
			image, err := inject.NewImage("ext4", dir+".image", dir)
			if err != nil {
				return balance.Result{}, err
			}
			d = append(d, image)
			o.Stores = append(o.Stores, dir)
		}
		return trouble(func(ctx context.Context, l *load) (int, error) { return 1, do(ctx, l, d) }).run(s, o)(ctx, e)
	}
}

// dark cuts the power of all and switches them on again.
func dark(ctx context.Context, l *load, d disks) error {
	if err := l.off(d, 0, 1, 2); err != nil {
		return err
	}
	for _, i := range d {
		if err := i.Restart(); err != nil {
			return err
		}
	}
	return l.again(ctx)
}

// darkAndApart leaves one node with power and network, and then gives back what it has
// taken, in any order.
func darkAndApart(ctx context.Context, l *load, d disks) error {
	first, err := l.one(ctx)
	if err != nil {
		return err
	}
	off, apart := first, (first+1+l.e.Rand.IntN(nodes.Size-1))%nodes.Size
	if l.e.Rand.IntN(2) == 0 {
		off, apart = apart, off
	}
	inOrder := func(a, b func() error) error {
		if l.e.Rand.IntN(2) == 0 {
			a, b = b, a
		}
		if err := a(); err != nil {
			return err
		}
		fault.Wait(ctx, time.Duration(l.e.Rand.IntN(l.e.Of(2000, 500)))*time.Millisecond)
		return b()
	}
	err = inOrder(
		func() error { return l.off(d, off) },
		func() error { return l.Cut(ctx, apart) },
	)
	if err != nil {
		return err
	}
	fault.Wait(ctx, time.Duration(2000+l.e.Rand.IntN(l.e.Of(8000, 1000)))*time.Millisecond)
	l.majority()
	err = inOrder(
		func() error { return errors.Join(d[off].Restart(), l.Nodes[off].Start(ctx)) },
		func() error { return l.Mend(ctx, apart) },
	)
	return errors.Join(err, l.Whole(ctx, writer.Lines))
}

// off cuts the power of some nodes.
func (l *load) off(d disks, which ...int) error {
	all := func(balance.ID) bool { return true }
	safe := map[balance.ID]bool{}
	for _, id := range l.ledger.Accepted(all) {
		safe[id] = true
	}
	for _, i := range which {
		if err := d[i].Cut(); err != nil {
			return err
		}
	}
	for _, i := range which {
		l.Nodes[i].Kill()
	}
	for _, id := range l.ledger.Accepted(all) {
		if !safe[id] {
			l.ledger.Open(id)
			l.open[id] = true
		}
	}
	return nil
}
