package clusters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/writer"
)

// power cuts the power of all nodes at once.
func power() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "power", Title: "the power of all three nodes is cut at once, under load",
		Injector: "FS_IOC_SHUTDOWN on a loop device for each node, ext4", Limit: limit,
		Needs:   []inject.Need{inject.Linux(), inject.Root(), inject.PowerCut("ext4")},
		Promise: kept + " Those that a process still heard of while the file systems went down are open.",
		Sluice:  cutPower(queued, nodes.Options{}),
		Peers: []fault.Peer{
			{Name: "JetStream", As: "its default sync_interval, a new stream", Run: cutPower(writer.Spec{Kind: writer.Published}, nodes.Options{Lazy: true})},
			{Name: "JetStream", As: "sync_interval always", Run: cutPower(writer.Spec{Kind: writer.Published}, nodes.Options{})},
		},
	}
}

func cutPower(s writer.Spec, o nodes.Options) fault.Run {
	return func(ctx context.Context, e *fault.Env) (_ balance.Result, err error) {
		var images []*inject.Image
		defer func() {
			for _, i := range images {
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
			images = append(images, image)
			o.Stores = append(o.Stores, dir)
		}
		return trouble(func(ctx context.Context, l *load) (int, error) { return 1, l.dark(ctx, images) }).run(s, o)(ctx, e)
	}
}

// dark cuts the power and switches all on again.
func (l *load) dark(ctx context.Context, images []*inject.Image) error {
	all := func(balance.ID) bool { return true }
	safe := map[balance.ID]bool{}
	for _, id := range l.ledger.Accepted(all) {
		safe[id] = true
	}
	for _, i := range images {
		if err := i.Cut(); err != nil {
			return err
		}
	}
	for _, n := range l.Nodes {
		n.Kill()
	}
	for _, id := range l.ledger.Accepted(all) {
		if !safe[id] {
			l.ledger.Open(id)
		}
	}
	for _, i := range images {
		if err := i.Restart(); err != nil {
			return err
		}
	}
	return l.again(ctx)
}
