package main

import (
	"context"

	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/natsqueue"
	"github.com/sluicelog/sluice/queue"
)

// streamClass makes the queue of a QueueHandler that lies on servers of NATS. What is
// in it when the program ends is handed on by the next one.
func streamClass(b *config.Builder) (func() (queue.Queue, error), error) {
	var a struct {
		Servers string      `json:"servers" config:"required"`
		TLS     *config.TLS `json:"tls"`
		natsqueue.Options
	}
	if err := b.Decode(&a); err != nil {
		return nil, err
	}
	o := a.Options
	var err error
	if o.TLS, err = a.TLS.Config(); err != nil {
		b.Fail("tls", err)
	}
	o.OnError = func(err error) { b.OnError(context.Background(), nil, err) }
	return func() (queue.Queue, error) { return natsqueue.Open(context.Background(), a.Servers, &o) }, nil
}
