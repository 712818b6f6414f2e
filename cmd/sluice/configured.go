package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/charset/charname"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/receive"
)

// AfterApply refuses flags that a configuration would leave without effect.
func (c *serveCmd) AfterApply(k *kong.Context) error {
	if c.Config == "" {
		return nil
	}
	for _, p := range k.Path {
		if f := p.Flag; f != nil && f.Group != nil && f.Name != "config" && slices.Contains([]string{"Output:", "Rotation:", "File:"}, f.Group.Key) {
			return usagef("--%s does not go with --config: that is the configuration's to say", f.Name)
		}
	}
	return nil
}

// runConfigured is Run by a configuration.
func (c *serveCmd) runConfigured(w world) error {
	if err := c.checkQueue(); err != nil {
		return err
	}
	secure, secrets, err := c.security()
	if err != nil {
		return err
	}
	// Before any socket is there: what is wrong with the file is told first.
	if _, err := config.CheckFile(c.Config, configOptions()); err != nil {
		return err
	}
	in, err := c.listen(secure)
	if err != nil {
		return err
	}
	sys, err := config.LoadFile(c.Config, configOptions())
	if err != nil {
		in.close()
		return err
	}
	// Reports to standard error, a kind of error once a second.
	reporter := sluice.NewHandler(&sluice.Null{}, nil)
	report := func(err error) { reporter.HandleError(context.Background(), nil, err) }
	seen := &receive.Seen{}
	all, err := c.routes(c.Config, sys, seen, reporter)
	if err != nil {
		in.close()
		return errors.Join(err, sys.Shutdown(w.ctx))
	}
	server := c.receivers(all.in, secrets, seen, report)
	r := &reloader{path: c.Config, sys: sys, say: w.stderr, report: report, before: all.leaving, loaded: all.follow}
	stop, err := r.watch()
	if err != nil {
		report(fmt.Errorf("watch %s: %w; SIGHUP loads it again", c.Config, err))
	}
	c.greet(w.stdout, in, fmt.Sprintf("routes them by\n  %s (loaded again when it changes)", absolute(c.Config)), c.where(c.Config))
	err = c.serve(w.ctx, server, in)
	stop()
	within := func(f func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(context.Background(), c.DrainTimeout)
		defer cancel()
		return f(ctx)
	}
	err = errors.Join(err, within(all.stop), within(sys.Shutdown))
	fmt.Fprintln(w.stdout, became(server.stats(), all.stats(sys.Stats()))+all.dropped())
	return errors.Join(err, reporter.Close())
}

// configOptions are those of configurations that this program reads.
func configOptions() *config.Options {
	return &config.Options{
		CharName: charname.Of, FilePerm: servePerm,
		Queues: map[string]config.QueueClass{"nats": streamClass},
	}
}

// became is what became of all records.
func became(in receive.Stats, handlers map[string]sluice.Stats) string {
	var each []string
	for _, name := range slices.Sorted(maps.Keys(handlers)) {
		st := handlers[name]
		s := fmt.Sprintf("%s %d", name, st.Delivered)
		var dropped uint64
		for _, n := range st.Dropped {
			dropped += n
		}
		if dropped > 0 {
			s += fmt.Sprintf(" (dropped %d)", dropped)
		}
		if st.Held > 0 {
			s += fmt.Sprintf(" (held %d)", st.Held)
		}
		each = append(each, s)
	}
	text := summary(in, in.Emitted)
	text = strings.Replace(text, "were written", "were routed", 1)
	if len(each) > 0 {
		text += "; delivered by handler: " + strings.Join(each, ", ")
	}
	return text
}
