package clusters

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/writer"
)

// full is a disk of one node that is full for a while.
func full() fault.Fault {
	return fault.Fault{
		ID: "F24", Case: "disk-full", Title: "the disk of one node is full for 5 s and is then freed, and the node is started again, under load",
		Injector: "tmpfs and ballast", Needs: []inject.Need{inject.Linux(), inject.Root(), inject.Tmpfs()}, Promise: kept, Limit: limit,
		Sluice: func(ctx context.Context, e *fault.Env) (_ balance.Result, err error) {
			o := nodes.Options{}
			for i := range nodes.Size {
				dir := filepath.Join(e.Dir, fmt.Sprintf("disk%d", i))
				if err := os.Mkdir(dir, 0o755); err != nil {
					return balance.Result{}, err
				}
				if err := inject.MountTmpfs(dir, 128<<20); err != nil {
					return balance.Result{}, err
				}
				defer func() { err = errors.Join(err, inject.Unmount(dir)) }()
				o.Stores = append(o.Stores, dir)
			}
			return trouble(fill).run(queued, o)(ctx, e)
		},
	}
}

func fill(ctx context.Context, l *load) (int, error) {
	i, err := l.one(ctx)
	if err != nil {
		return 0, err
	}
	free, err := inject.Fill(l.Nodes[i].Store)
	if err != nil {
		return 0, err
	}
	fault.Wait(ctx, time.Duration(l.e.Of(5000, 2000))*time.Millisecond)
	if err := free(); err != nil {
		return 0, err
	}
	return 1, l.away(ctx, i)
}

// places is in how many of them bits of a node's blocks are flipped: with the twenty
// seeds of a row 100.
const places = 5

// flipped is bits of a node's blocks that are others.
func flipped(replicas int) fault.Fault {
	f := fault.Fault{
		ID: "F24", Case: "flipped", Title: "bits are flipped in 5 places of the stream's blocks on one node, and all are started again before anybody reads, by turns from that node",
		Injector: "writes to the files", Needs: []inject.Need{inject.Linux()}, Limit: limit,
		Promise: kept + " What the server passes over is read from another replica.",
	}
	s := queued
	if s.Replicas = replicas; replicas == 1 {
		f.Case, f.Title = "flipped-alone", "bits are flipped in 5 places of the stream's blocks on the one node that has it, and all are started again before anybody reads"
		f.Promise = "What the server does not give back any more is counted, exactly, and reported when it is read; the rest is delivered, in order for each producer."
	}
	f.Sluice = trouble(flip).run(s, nodes.Options{})
	return f
}

func flip(ctx context.Context, l *load) (int, error) {
	l.consumer.Kill() // so that the stream keeps what comes
	fault.Wait(ctx, time.Duration(l.e.Of(4000, 1500))*time.Millisecond)
	for _, n := range l.Nodes {
		n.Stop()
	}
	var damaged int
	var of []string // the blocks of one node
	for _, i := range l.e.Rand.Perm(nodes.Size) {
		paths, err := blocks(l.Nodes[i].Store)
		if err != nil {
			return 0, err
		}
		if len(paths) > 0 {
			damaged, of = i, paths
			break
		}
	}
	if len(of) == 0 {
		return 0, errors.New("no node has a block of the stream")
	}
	for range places {
		if err := flipBit(l.e, of[l.e.Rand.IntN(len(of))]); err != nil {
			return 0, err
		}
	}
	if err := l.again(ctx); err != nil {
		return 0, err
	}
	if err := l.serves(ctx); err != nil {
		return 0, err
	}
	if l.spec.Replicas > 1 && l.e.Seed%2 == 1 {
		if err := l.Whole(ctx, writer.Lines); err != nil {
			return 0, err
		}
		if err := l.Lead(ctx, writer.Lines, writer.Cursor, damaged); err != nil {
			return 0, fmt.Errorf("have the damaged node lead the consumer: %w", err)
		}
	}
	// Who reads gives up when the consumer has no leader for ten seconds.
	err := fault.Until(ctx, func() bool {
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := l.JetStream().Consumer(short, writer.Lines, writer.Cursor)
		return err == nil
	})
	if err != nil {
		return 0, err
	}
	return 1, l.read(ctx)
}

// blocks are the files with the messages of the stream that are not empty.
func blocks(store string) (paths []string, err error) {
	within := string(filepath.Separator) + filepath.Join("streams", writer.Lines, "msgs") + string(filepath.Separator)
	err = filepath.WalkDir(store, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".blk" || !strings.Contains(path, within) {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > 0 {
			paths = append(paths, path)
		}
		return err
	})
	return paths, err
}

func flipBit(e *fault.Env, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[e.Rand.IntN(len(data))] ^= 1 << e.Rand.IntN(8)
	return os.WriteFile(path, data, 0o600)
}
