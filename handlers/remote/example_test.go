package remote_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/redial"
)

func ExampleNewSocket() {
	h, err := remote.NewSocket("localhost", new(9020), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h).With(sluice.Name("app.db"))
	logger.Debug("below Info, so that nothing is sent")
	// Output:
}

func ExampleNewSocket_hold() {
	h, err := remote.NewSocket("/run/app.sock", nil, &remote.SocketOptions{
		Hold: &redial.Hold{Bytes: 64 << 20},
		Options: remote.Options{
			Level:      slog.LevelDebug,
			RetryStart: new(250 * time.Millisecond),
			OnError: func(_ context.Context, r *sluice.Record, err error) {
				log.Println(err)
			},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	fmt.Println(remote.Of(h).Stats().Held)
	// Output: 0
}

func ExampleNewDatagram() {
	h, err := remote.NewDatagram("localhost", new(9021), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Debug("below Info, so that nothing is sent")
	// Output:
}
