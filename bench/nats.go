package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice/natsqueue"
	"github.com/sluicelog/sluice/natsqueue/natstest"
	"github.com/sluicelog/sluice/wire"
)

const (
	natsNode    = "one node, sync on every message"
	natsCluster = "three nodes, sync on every message"
	natsDefault = "one node, the server's default"
)

// natsQueues compares a queue in JetStream with JetStream.
func natsQueues(o options) suite {
	const (
		single = "JetStream, Publish"
		async  = "JetStream, PublishAsync"
		queued = "natsqueue, Put and Flush"
	)
	return suite{
		name:  "nats",
		title: "A queue in NATS JetStream",
		note: "An operation is a record of two attributes, made a pickle and acknowledged by the server: by Publish one after the other, by PublishAsync and by natsqueue as many as fit into a turn, " +
			"of which all are acknowledged at its end. The servers are in this process, on a disk, and are spoken to by TCP.",
		base:    single,
		columns: []column{{name: natsNode, goroutines: 1, dir: o.disk}, {name: natsCluster, goroutines: 1, dir: o.disk}, {name: natsDefault, goroutines: 1, dir: o.disk}},
		contenders: []contender{
			{single, inDir(func(dir string, c column) (subject, error) { return openJetStream(dir, c, false) })},
			{async, inDir(func(dir string, c column) (subject, error) { return openJetStream(dir, c, true) })},
			{queued, inDir(openNATSQueue)},
		},
		goals: []goal{
			{cell{queued, natsNode}, cell{single, natsNode}, 1. / 30},
			{cell{queued, natsCluster}, cell{single, natsCluster}, 1. / 15},
			{cell{queued, natsDefault}, cell{async, natsDefault}, 1. / 3},
		},
	}
}

// natsServers starts the servers of a column, and says how many keep a record.
func natsServers(dir string, c column) (natstest.Cluster, int, error) {
	o := &server.Options{SyncAlways: c.name != natsDefault}
	if c.name == natsCluster {
		all, err := natstest.StartCluster(dir, 3, o)
		return all, len(all), err
	}
	s, err := natstest.Start(filepath.Join(dir, "n1"), o)
	return natstest.Cluster{s}, 1, err
}

func openJetStream(dir string, c column, async bool) (subject, error) {
	servers, replicas, err := natsServers(dir, c)
	if err != nil {
		return subject{}, err
	}
	nc, err := nats.Connect(servers.URL())
	if err != nil {
		servers.Stop()
		return subject{}, err
	}
	end := func() error {
		nc.Close()
		servers.Stop()
		return nil
	}
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(4000))
	if err == nil {
		_, err = js.CreateStream(context.Background(), jetstream.StreamConfig{
			Name: "bench", Subjects: []string{"bench"}, Storage: jetstream.FileStorage, Replicas: replicas,
		})
	}
	if err != nil {
		return subject{}, errors.Join(err, end())
	}
	r := ownRecord()
	var codec wire.Pickle
	publish := func() error {
		data, err := codec.AppendRecord(nil, r) // the client keeps it
		if err != nil {
			return err
		}
		if !async {
			_, err = js.Publish(context.Background(), "bench", data)
			return err
		}
		_, err = js.PublishAsync("bench", data, jetstream.WithStallWait(time.Minute)) // on a busy machine
		return err
	}
	run := func(n int) (time.Duration, error) {
		start := time.Now()
		for range n {
			if err := publish(); err != nil {
				return 0, err
			}
		}
		if async {
			select {
			case <-js.PublishAsyncComplete():
			case <-time.After(time.Minute):
				return 0, fmt.Errorf("%d are not acknowledged", js.PublishAsyncPending())
			}
		}
		return time.Since(start), nil
	}
	return subject{run: run, close: end}, nil
}

func openNATSQueue(dir string, c column) (subject, error) {
	servers, replicas, err := natsServers(dir, c)
	if err != nil {
		return subject{}, err
	}
	ctx := context.Background()
	q, err := natsqueue.Open(ctx, servers.URL(), &natsqueue.Options{Replicas: replicas})
	if err != nil {
		servers.Stop()
		return subject{}, err
	}
	r := ownRecord()
	run := func(n int) (time.Duration, error) {
		start := time.Now()
		for range n {
			if err := q.Put(ctx, r); err != nil {
				return 0, err
			}
		}
		err := q.Flush(ctx)
		return time.Since(start), err
	}
	return subject{run: run, close: func() error {
		err := q.Close()
		servers.Stop()
		return err
	}}, nil
}
