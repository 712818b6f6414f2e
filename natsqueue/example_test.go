package natsqueue_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/natsqueue"
	"github.com/sluicelog/sluice/natsqueue/natstest"
	"github.com/sluicelog/sluice/queue"
)

// serve runs a server that syncs every message, for an example.
func serve() (url string, stop func()) {
	dir, err := os.MkdirTemp("", "natsqueue")
	if err != nil {
		panic(err)
	}
	s, err := natstest.Start(dir, &server.Options{SyncAlways: true})
	if err != nil {
		panic(err)
	}
	return s.ClientURL(), func() {
		s.Stop()
		_ = os.RemoveAll(dir)
	}
}

// One program logs into the stream, another one delivers what is there.
func ExampleOpen() {
	url, stop := serve()
	defer stop()
	ctx := context.Background()

	q, err := natsqueue.Open(ctx, url, &natsqueue.Options{Stream: "logs", MaxBytes: 1 << 30})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := queue.NewHandler(q, nil)
	slog.New(h).Info("order received", "id", 7)
	if err := h.Flush(ctx); err != nil { // the server has it
		fmt.Println(err)
	}
	if err := q.Close(); err != nil {
		fmt.Println(err)
	}

	q, err = natsqueue.Open(ctx, url, &natsqueue.Options{Stream: "logs"})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := sluice.NewFormatter("%(levelname)s %(message)s", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	out := sluice.NewHandler(sluice.NewStream(os.Stdout, text), nil)
	l := queue.NewListener(q, []queue.Destination{{Name: "out", Handler: out}}, nil)
	if err := l.Start(); err != nil {
		fmt.Println(err)
	}
	if err := l.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	// Output: INFO order received
}

// Several instances share the work of a destination, and what it does not take is
// kept in a stream of dead letters.
func ExampleOpen_shared() {
	url, stop := serve()
	defer stop()
	ctx := context.Background()

	q, err := natsqueue.Open(ctx, url, &natsqueue.Options{
		Stream:      "logs",
		Shared:      true,
		DeadLetters: "logs.dead",
		OnError:     func(err error) { fmt.Fprintln(os.Stderr, err) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer q.Close()
	if err := q.Put(ctx, &sluice.Record{Message: "too long for a mail"}); err != nil {
		fmt.Println(err)
	}
	g, err := q.Cursor("mail")
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := g.Get(ctx, 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := b.Drop(ctx, len(b.Records()), queue.Failed); err != nil {
		fmt.Println(err)
	}
	fmt.Println(g.Stats().Dropped)
	// Output: map[not delivered:1]
}

// A record that another program reads as a line of JSON.
func ExampleQueue_Put() {
	url, stop := serve()
	defer stop()
	ctx := context.Background()

	q, err := natsqueue.Open(ctx, url, &natsqueue.Options{JSON: true, Producer: "web-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer q.Close()
	if err := q.Put(ctx, &sluice.Record{Level: sluice.Warning, Message: "disk nearly full"}); err != nil {
		fmt.Println(err)
	}
	if err := q.Flush(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println(q.Stats().Delivered)
	// Output: 1
}
