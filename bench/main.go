// Command bench runs sluice beside its peers and prints tables of times and
// ratios. From the root of the repository: go run ./bench
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"
)

// options are what the flags say.
type options struct {
	rounds int
	time   time.Duration // for each cell in each round
	only   *regexp.Regexp
	memory string // a directory in memory
	disk   string // a directory on a disk
}

func main() {
	if path := os.Getenv(sharedPath); path != "" {
		if err := writeShared(path, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	rounds := flags.Int("rounds", 8, "how often each cell is measured")
	each := flags.Duration("time", 200*time.Millisecond, "how long a cell is measured in a round")
	smoke := flags.Bool("smoke", false, "one short round, to see that everything runs; its figures mean little")
	only := flags.String("suite", "", "run the suites whose names match this regular expression")
	out := flags.String("out", "", "write the tables to this file as well")
	memory := flags.String("memory", "/dev/shm", "a directory in memory; left out where it does not exist")
	disk := flags.String("disk", os.TempDir(), "a directory on a disk")
	if err := flags.Parse(args); err != nil {
		return err
	}
	o := options{rounds: max(1, *rounds), time: *each, memory: *memory, disk: *disk}
	if *smoke {
		o.rounds, o.time = 1, 5*time.Millisecond
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return fmt.Errorf("-suite: %w", err)
	}
	var kept bytes.Buffer
	if err := report(io.MultiWriter(stdout, &kept), o); err != nil {
		return err
	}
	if *out == "" {
		return nil
	}
	return os.WriteFile(*out, kept.Bytes(), 0o666)
}

// report runs the suites and prints each one's tables when it is done.
func report(w io.Writer, o options) error {
	start := time.Now()
	fmt.Fprintf(w, "%s. Median of %d rounds of %v; the ratio is the median of those within one round.\n",
		machine(), o.rounds, o.time)
	for _, s := range suites(o) {
		if !o.only.MatchString(s.name) {
			continue
		}
		res, err := s.run(o)
		if err != nil {
			return err
		}
		s.print(w, res)
	}
	if o.only.MatchString("config-reload") {
		if err := reloads(w, o); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\nIt took %v.\n", time.Since(start).Round(time.Second))
	return nil
}

func suites(o options) []suite {
	return []suite{writers(o), busy(o), pause(o), handle(), disabled(), logger(), records(o),
		pickles(), picklesOut(), syslogOut(), sockets(), receivers(o), syslogReceivers(o),
		buffering(), enqueue(true), enqueue(false), sustained(), queueFiles(o),
		durable(o), shared(o), spools(o, false), spools(o, true), loads(o),
		requests(), natsQueues(o),
	}
}
