package queue_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// messageOnly formats a record as its message.
type messageOnly struct{}

func (messageOnly) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	return append(dst, r.Message...), nil
}

func Example() {
	q := queue.NewRing(1000, nil)
	console := sluice.NewHandler(sluice.NewStream(os.Stdout, messageOnly{}), nil)
	listener := queue.NewListener(q, []queue.Destination{{Name: "console", Handler: console}},
		&queue.ListenerOptions{RespectHandlerLevel: true})
	if err := listener.Start(); err != nil {
		log.Fatal(err)
	}

	logger := slog.New(queue.NewHandler(q, nil))
	logger.Warn("ready")

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := listener.Shutdown(ctx); err != nil {
		log.Print(err) // what was left for whom
	}
	// Output: ready
}

// A queue that is full drops debug lines before errors, and the ledger says so.
func ExampleNewRing_urgent() {
	q := queue.NewRing(2, &queue.RingOptions{Full: queue.DropNewest, Urgent: sluice.Error})
	ctx := context.Background()
	for _, r := range []*sluice.Record{
		{Level: sluice.Debug, Message: "step 1"},
		{Level: sluice.Debug, Message: "step 2"},
		{Level: sluice.Error, Message: "failed"},
	} {
		_ = q.Put(ctx, r)
	}
	g, err := q.Cursor("reader")
	if err != nil {
		log.Fatal(err)
	}
	b, err := g.Get(ctx, 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range b.Records() {
		fmt.Println(r.Message)
	}
	_ = b.Ack(ctx, len(b.Records()))
	st := q.Stats()
	fmt.Println(st.Accepted, st.Delivered, st.Dropped)
	// Output:
	// step 2
	// failed
	// 3 2 map[queue full:1]
}

// Python's prepare: the record that goes through the queue is text already.
func ExamplePrepare() {
	f, err := sluice.NewFormatter("%(levelname)s:%(message)s", nil)
	if err != nil {
		log.Fatal(err)
	}
	q := queue.NewRing(10, nil)
	h := queue.NewHandler(q, &queue.HandlerOptions{Prepare: queue.Prepare(f)})
	slog.New(h).Error("failed", "error", os.ErrNotExist)

	g, err := q.Cursor("reader")
	if err != nil {
		log.Fatal(err)
	}
	b, err := g.Get(context.Background(), 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(b.Records()[0].Message)
	// Output: ERROR:failed
}
