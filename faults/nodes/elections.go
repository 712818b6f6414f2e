package nodes

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Election is when a node became the one that leads a stream.
type Election struct {
	At   time.Time
	Node int
}

// Elections are those of a stream by what each node has logged, the first one first.
func (c *Cluster) Elections(stream string) ([]Election, error) {
	var all []Election
	for i, n := range c.Nodes {
		text, err := os.ReadFile(n.log)
		if err != nil {
			return nil, err
		}
		at, err := elected(string(text), stream)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.log, err)
		}
		for _, t := range at {
			all = append(all, Election{t, i})
		}
	}
	slices.SortFunc(all, func(a, b Election) int { return a.At.Compare(b.At) })
	return all, nil
}

// elected is when the server with this log was: "[17] 2026/11/20 19:42:44.575653 [INF]
// JetStream cluster new stream leader for '$G > lines'".
func elected(log, stream string) (all []time.Time, err error) {
	for line := range strings.Lines(log) {
		before, of, ok := strings.Cut(line, " [INF] JetStream cluster new stream leader for ")
		if !ok || !strings.HasSuffix(strings.TrimSpace(of), "> "+stream+"'") {
			continue
		}
		_, date, _ := strings.Cut(before, " ")
		at, err := time.ParseInLocation("2006/01/02 15:04:05.000000", date, time.Local)
		if err != nil {
			return nil, err
		}
		all = append(all, at)
	}
	return all, nil
}
