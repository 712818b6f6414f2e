package main

import (
	"context"
	"errors"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/queue"
)

// slowEngine forgets nothing until it is told to end.
type slowEngine struct {
	*queue.Ring
	asked chan struct{}
	ended error
}

func (e *slowEngine) Forget(ctx context.Context, _ string) (uint64, error) {
	close(e.asked)
	<-ctx.Done()
	e.ended = ctx.Err()
	return 0, e.ended
}

// TestCursorsShutdown: what a queue takes long for, when a configuration has a handler no
// more, holds up no shutdown and is no failure then.
func TestCursorsShutdown(t *testing.T) {
	sys, err := config.Load("x.json", []byte(`{"version": 1}`), configOptions())
	if err != nil {
		t.Fatal(err)
	}
	e := &slowEngine{Ring: queue.NewRing(1, nil), asked: make(chan struct{})}
	if _, err := e.Cursor(cursorOf("gone")); err != nil {
		t.Fatal(err)
	}
	c := newCursors(sys, sluice.NewHandler(&sluice.Null{}, nil))
	c.queue = e
	followed := make(chan error)
	go func() { followed <- c.follow() }()
	<-e.asked
	ended := make(chan error)
	go func() { ended <- c.shutdown(t.Context()) }()
	if err := <-followed; err != nil {
		t.Errorf("follow: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if !errors.Is(e.ended, context.Canceled) {
		t.Errorf("shutdown waited: %v", e.ended)
	}
	if err := c.follow(); err != nil || c.retry != nil {
		t.Errorf("afterwards: %v, %v", err, c.retry)
	}
	if err := sys.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
