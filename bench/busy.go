package main

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// thought is how long a writer of the suite busy computes before a line.
const thought = 5 * time.Microsecond

// burners is how many goroutines do nothing but compute beside the writers.
const burners = 4

// busy compares rotating files in programs that have something else to do.
func busy(o options) suite {
	line := append(bytes.Repeat([]byte("x"), 199), '\n')
	row := func(name string, open fileOpener) contender {
		return contender{name, func(c column) (subject, error) {
			s, err := openIn(c, open, func(w io.Writer) func() {
				if c.load != "think" {
					return func() { _, _ = w.Write(line) }
				}
				return func() {
					for start := time.Now(); time.Since(start) < thought; {
					}
					_, _ = w.Write(line)
				}
			})
			if c.load == "burn" && err == nil {
				s.run = beside(s.run)
			}
			return s, err
		}}
	}
	s := suite{
		name:  "busy",
		title: "Rotating writers in a busy program",
		note: fmt.Sprintf("As before, in memory. think: each goroutine computes for %v before every line. "+
			"burn: %d other goroutines do nothing but compute.", thought, burners),
		base:  "lumberjack",
		turns: 2, // the scheduler lets a goroutine compute for 10 ms
		contenders: []contender{
			row("os.File", openBare),
			row("rotate.File", openRotate),
			row("lumberjack", openLumberjack),
		},
	}
	for _, load := range []struct {
		name  string
		limit float64
	}{{"think", 1 / 1.1}, {"burn", 1 / 0.8}} {
		for _, g := range []int{8, 64} {
			c := column{name: fmt.Sprintf("%s g=%d", load.name, g), goroutines: g, dir: places(o)[0].dir, load: load.name}
			s.columns = append(s.columns, c)
			s.goals = append(s.goals, goal{cell{"rotate.File", c.name}, cell{"lumberjack", c.name}, load.limit})
		}
	}
	return s
}

// beside keeps the processors busy while run runs.
func beside(run func(int) (time.Duration, error)) func(int) (time.Duration, error) {
	return func(n int) (time.Duration, error) {
		var stopped atomic.Bool
		var wg sync.WaitGroup
		for range burners {
			wg.Go(func() {
				for !stopped.Load() {
				}
			})
		}
		defer wg.Wait()
		defer stopped.Store(true)
		return run(n)
	}
}
