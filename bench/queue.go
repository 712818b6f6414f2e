package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// How many records the queues hold: where only they are measured, so few that the
// memory of all stays in the processor's cache.
const (
	queueSize     = 1024
	fileQueueSize = 8192
)

// queueColumns have one, eight and 64 producers.
func queueColumns() []column {
	var cols []column
	for _, g := range []int{1, 8, 64} {
		cols = append(cols, column{name: fmt.Sprintf("g=%d", g), goroutines: g})
	}
	return cols
}

const (
	channelRow = "channel of slog.Record clones"
	ringRow    = "queue.Ring"
	readRow    = "queue.Ring, each field read"
	loopRow    = "no queue: goroutines and loop alone"
)

// enqueue compares what a producer pays while there is room.
func enqueue(attributes bool) suite {
	s := suite{
		name:    "queue-enqueue",
		title:   "Enqueue, five attributes",
		note:    "Records that are made already are put into a queue of 1024 with room, which is emptied while the clock stands. The last row is what is in each of the others, too.",
		base:    channelRow,
		columns: queueColumns(),
	}
	limit := 0.7
	if !attributes {
		s.title, limit = "Enqueue, no attributes", 0.5
	}
	s.contenders = []contender{
		{channelRow, func(c column) (subject, error) {
			ch := make(chan slog.Record, queueSize)
			r := queuedRecord(attributes)
			return inPortions(c.goroutines, func() { ch <- r.Clone() }, func() {
				for len(ch) > 0 {
					<-ch
				}
			}), nil
		}},
		{ringRow, func(c column) (subject, error) {
			q := queue.NewRing(queueSize, nil)
			g, err := q.Cursor("")
			if err != nil {
				return subject{}, err
			}
			ctx, r := context.Background(), sluiceRecord(queuedRecord(attributes))
			return inPortions(c.goroutines, func() { _ = q.Put(ctx, r) }, func() { drainRing(g) }), nil
		}},
		{loopRow, func(c column) (subject, error) {
			return inPortions(c.goroutines, func() {}, func() {}), nil
		}},
	}
	for _, c := range s.columns {
		s.goals = append(s.goals, goal{cell{ringRow, c.name}, cell{channelRow, c.name}, limit})
	}
	return s
}

func queuedRecord(attributes bool) slog.Record {
	if attributes {
		return record()
	}
	return slog.NewRecord(time.Now(), slog.LevelInfo, "request served", 0)
}

func sluiceRecord(sr slog.Record) *sluice.Record {
	r := &sluice.Record{Time: sr.Time, Level: sluice.LevelOf(sr.Level), Message: sr.Message, PC: sr.PC}
	sr.Attrs(func(a slog.Attr) bool {
		r.Attrs = append(r.Attrs, a)
		return true
	})
	return r
}

// inPortions runs put while there is room, and empty between with the clock
// standing still.
func inPortions(goroutines int, put, empty func()) subject {
	return subject{run: func(n int) (time.Duration, error) {
		var took time.Duration
		for n > 0 {
			k := min(n, queueSize)
			took += repeat(put, goroutines, k)
			empty()
			n -= k
		}
		return took, nil
	}}
}

func drainRing(g queue.Getter) {
	done, cancel := context.WithCancel(context.Background())
	cancel()
	for {
		b, err := g.Get(done, 256)
		if err != nil {
			return
		}
		_ = b.Ack(done, len(b.Records()))
	}
}

// sustained compares queues whose consumer takes what it can and does nothing
// with it.
func sustained() suite {
	s := suite{
		name:    "queue-sustained",
		title:   "A queue with a hungry consumer, five attributes",
		note:    "Queues of 1024. Producers never pause, nothing is dropped, and the clock stops when the last record was taken. A Ring hands out records where they are, so a consumer that does nothing with them does not even fetch them from the producer's processor; the last row has one that does.",
		base:    channelRow,
		columns: queueColumns(),
		contenders: []contender{
			{channelRow, sustainedChannel},
			{ringRow, func(c column) (subject, error) { return sustainedRing(c, func(*sluice.Record) int { return 0 }) }},
			{readRow, func(c column) (subject, error) { return sustainedRing(c, readRecord) }},
		},
	}
	for _, c := range s.columns {
		limit := 1 / 1.8
		if c.goroutines == 64 {
			limit = 1
		}
		s.goals = append(s.goals, goal{cell{ringRow, c.name}, cell{channelRow, c.name}, limit})
	}
	return s
}

// counter tells a producer when the consumer has seen all records.
type counter struct {
	seen, want atomic.Int64
	all        chan struct{}
}

func newCounter() *counter { return &counter{all: make(chan struct{}, 1)} }

func (c *counter) add(n int) {
	if c.seen.Add(int64(n)) == c.want.Load() {
		c.all <- struct{}{}
	}
}

// run runs op n times and waits until as many records were seen.
func (c *counter) run(goroutines int, op func()) func(int) (time.Duration, error) {
	return func(n int) (time.Duration, error) {
		c.want.Store(c.seen.Load() + int64(n))
		start := time.Now()
		repeat(op, goroutines, n)
		<-c.all
		return time.Since(start), nil
	}
}

func sustainedChannel(c column) (subject, error) {
	ch := make(chan slog.Record, queueSize)
	count := newCounter()
	go func() {
		for range ch {
			count.add(1)
		}
	}()
	r := record()
	return subject{
		run:   count.run(c.goroutines, func() { ch <- r.Clone() }),
		close: func() error { close(ch); return nil },
	}, nil
}

// readRecord looks at each field that a formatter would.
func readRecord(r *sluice.Record) int {
	n := r.Time.Nanosecond() + int(r.Level) + len(r.LevelName) + len(r.Name) + len(r.Message) + len(r.ExcText) + len(r.StackInfo)
	for i := range r.Attrs {
		n += len(r.Attrs[i].Key) + int(r.Attrs[i].Value.Kind())
	}
	return n
}

func sustainedRing(c column, read func(*sluice.Record) int) (subject, error) {
	q := queue.NewRing(queueSize, nil)
	g, err := q.Cursor("")
	if err != nil {
		return subject{}, err
	}
	count := newCounter()
	ended := make(chan error)
	ctx := context.Background()
	var sum int
	go func() {
		for {
			b, err := g.Get(ctx, 256)
			if err != nil {
				ended <- err
				return
			}
			n := len(b.Records())
			for _, r := range b.Records() {
				sum += read(r)
			}
			_ = b.Ack(ctx, n)
			count.add(n)
		}
	}()
	r := sluiceRecord(record())
	return subject{
		run: count.run(c.goroutines, func() { _ = q.Put(ctx, r) }),
		close: func() error {
			err := q.Close()
			e := <-ended
			runtime.KeepAlive(sum)
			if !errors.Is(e, sluice.ErrClosed) {
				err = errors.Join(err, e)
			}
			return err
		},
	}, nil
}
