// Command faults does to sluice and to its peers what machines and people do to
// programs that write logs, and counts what that cost. From the root of the
// repository: go run ./faults
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
	"time"

	"github.com/sluicelog/sluice/faults/clusters"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/files"
	"github.com/sluicelog/sluice/faults/mail"
	"github.com/sluicelog/sluice/faults/network"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/parsers"
	"github.com/sluicelog/sluice/faults/queues"
	"github.com/sluicelog/sluice/faults/reload"
	"github.com/sluicelog/sluice/faults/report"
	"github.com/sluicelog/sluice/faults/spools"
	"github.com/sluicelog/sluice/faults/web"
	"github.com/sluicelog/sluice/faults/writer"
)

// catalogue has every fault that exists, in the order of the table.
func catalogue() []fault.Fault {
	return slices.Concat(
		files.Faults(),
		mail.Faults(),
		network.Faults(),
		parsers.Faults(),
		queues.Faults(),
		spools.Faults(),
		clusters.Faults(),
		reload.Faults(),
		web.Faults(),
	)
}

// children are what runs in processes of their own.
func children() map[string]func(args []string) error {
	return map[string]func([]string) error{
		"nats-server": nodes.Child,
		"writer":      writer.Child,
	}
}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	if len(args) >= 2 && args[0] == "child" {
		child, ok := children()[args[1]]
		if !ok {
			return fmt.Errorf("no child %q", args[1])
		}
		return child(args[2:])
	}
	flags := flag.NewFlagSet("faults", flag.ExitOnError)
	only := flags.String("run", "", "run the faults whose names match this regular expression")
	seeds := flags.Int("seeds", 20, "run each fault with so many seeds")
	first := flags.Uint64("first", 1, "the first seed, to see one again")
	peerSeeds := flags.Int("peers", 3, "run the peers with so many seeds; 0: not at all")
	short := flags.Bool("short", false, "the short form: one seed, few lines, and FAULTS.md stays as it is unless -out names it")
	out := flags.String("out", "FAULTS.md", "update the rows of this file; empty: none")
	list := flags.Bool("list", false, "list the faults and what they need")
	dir := flags.String("dir", os.TempDir(), "a directory on the file system to be tested")
	keep := flags.Bool("keep", false, "keep the directory of a run that failed")
	if err := flags.Parse(args); err != nil {
		return err
	}
	set := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { set[f.Name] = true })
	if *short {
		shorten(set, seeds, peerSeeds, out)
	}
	matches, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	if *list {
		return printList(stdout, matches)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := fault.Runner{
		First: *first, Seeds: *seeds, PeerSeeds: *peerSeeds, Short: *short, Dir: *dir, Keep: *keep,
		Required: os.Getenv("SLUICE_PEERS") == "required", Log: stderr,
	}
	return runAll(ctx, r, matches, *out, stdout, stderr)
}

// shorten gives what the user has not set the values of the short form.
func shorten(set map[string]bool, seeds, peerSeeds *int, out *string) {
	if !set["seeds"] {
		*seeds = 1
	}
	if !set["peers"] {
		*peerSeeds = 0
	}
	if !set["out"] {
		*out = ""
	}
}

// runAll runs the faults that match, prints their rows as they come, and updates
// the page after each.
func runAll(ctx context.Context, r fault.Runner, matches *regexp.Regexp, out string, stdout, stderr io.Writer) error {
	page, err := report.Read(out)
	if err != nil && out != "" {
		return err
	}
	var names []string
	for _, f := range catalogue() {
		names = append(names, f.Name())
	}
	failed, ran := 0, 0
	fmt.Fprint(stdout, report.Header())
	for _, f := range catalogue() {
		if !matches.MatchString(f.Name()) {
			continue
		}
		ran++
		o := r.Run(ctx, f)
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		fmt.Fprint(stdout, report.Row(o))
		fmt.Fprintf(stderr, "%s: %v\n", f.Name(), o.Took.Round(10*time.Millisecond))
		for i, failure := range o.Failed {
			if i == 10 {
				fmt.Fprintf(stderr, "%s: and %d more\n", f.Name(), len(o.Failed)-i)
				break
			}
			fmt.Fprintf(stderr, "%s: BROKEN: %s\n", f.Name(), failure)
		}
		if o.Absent != "" {
			fmt.Fprintf(stderr, "%s: NOT RUN: needs %s\n", f.Name(), o.Absent)
		}
		if len(o.Failed) > 0 {
			failed++
		}
		page.Take(o)
		if out != "" {
			if err := os.WriteFile(out, []byte(page.Markdown(names, machine())), 0o666); err != nil {
				return err
			}
		}
	}
	if ran == 0 {
		return errors.New("no fault matches")
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d promises are not kept, or not shown", failed, ran)
	}
	return nil
}

func printList(w io.Writer, matches *regexp.Regexp) error {
	for _, f := range catalogue() {
		if !matches.MatchString(f.Name()) {
			continue
		}
		fmt.Fprintf(w, "%-24s %s\n%-24s by %s\n", f.Name(), f.Title, "", f.Injector)
		for _, n := range f.Needs {
			state := "there"
			if err := n.Probe(); err != nil {
				state = "ABSENT: " + err.Error()
			}
			fmt.Fprintf(w, "%-24s needs %s: %s\n", "", n.Name, state)
		}
	}
	return nil
}
