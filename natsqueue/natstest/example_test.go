package natstest_test

import (
	"fmt"
	"os"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/sluicelog/sluice/natsqueue/natstest"
)

func ExampleStart() {
	dir, err := os.MkdirTemp("", "natstest")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := natstest.Start(dir, &server.Options{SyncAlways: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Stop()
	address := s.ClientURL()
	s.Stop()
	if err := s.Restart(); err != nil {
		fmt.Println(err)
	}
	fmt.Println(s.ClientURL() == address)
	// Output: true
}
