package natsqueue

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/sluicelog/sluice/natsqueue/natstest"
)

const patience = time.Minute

// one runs a single server, that syncs always unless o is something else.
func one(t testing.TB, o *server.Options) *natstest.Server {
	t.Helper()
	if o == nil {
		o = &server.Options{SyncAlways: true}
	}
	own := *o
	own.AuthTimeout, own.TLSTimeout = patience.Seconds(), patience.Seconds()
	s, err := natstest.Start(t.TempDir(), &own)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// three runs a cluster that syncs always.
func three(t testing.TB) natstest.Cluster {
	t.Helper()
	c, err := natstest.StartCluster(t.TempDir(), 3, &server.Options{SyncAlways: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}

// until waits for what has no event of its own.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("in vain: %s", what)
		}
	}
}
