package nodes

import (
	"flag"
	"fmt"

	"github.com/nats-io/nats-server/v2/server"
)

// Child is the process: args are those of the program nats-server.
func Child(args []string) error {
	var err error
	ended := func() { err = flag.ErrHelp }
	o, failed := server.ConfigureOptions(flag.NewFlagSet("nats-server", flag.ContinueOnError), args, ended, ended, ended)
	if failed != nil {
		return failed
	}
	if err != nil {
		return fmt.Errorf("nats-server %v: %w", args, err)
	}
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	if err := server.Run(s); err != nil {
		return err
	}
	s.WaitForShutdown()
	return nil
}
