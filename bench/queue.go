package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
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
	batchSize     = 256 // a Listener's
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
	channelRow  = "channel of slog.Record clones"
	handledRow  = "the same, to a slog.Handler"
	ringRow     = "queue.Ring"
	readRow     = "queue.Ring, each field read"
	listenerRow = "queue.Ring and Listener"
	loopRow     = "no queue: goroutines and loop alone"
)

// enqueue compares what a producer pays while there is room.
func enqueue(attributes bool) suite {
	s := suite{
		name:    "queue-enqueue",
		title:   "Enqueue, five attributes",
		note:    "Records that are made already are put into a queue of 1024 with room, which is emptied while the clock stands; producers go on from one filling to the next. The last row is what is in each of the others, too.",
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
// standing still. The producers go on from portion to portion: to start goroutines,
// and to wake a processor for them, takes as long as to put.
func inPortions(goroutines int, put, empty func()) subject {
	return subject{run: func(n int) (time.Duration, error) {
		const atOnce = 32
		var (
			taken, done, open atomic.Int64 // open: the portion that there is room for
			took              time.Duration
			all               sync.WaitGroup
		)
		portions := int64(n+queueSize-1) / queueSize
		start := time.Now()
		for range goroutines {
			all.Go(func() {
				for {
					portion := (taken.Add(atOnce) - 1) / queueSize
					if portion >= portions {
						return
					}
					for open.Load() < portion {
						runtime.Gosched()
					}
					for range atOnce {
						put()
					}
					if done.Add(atOnce) == (portion+1)*queueSize {
						took += time.Since(start)
						empty()
						start = time.Now()
						open.Add(1)
					}
				}
			})
		}
		all.Wait()
		return time.Duration(float64(took) * float64(n) / float64(portions*queueSize)), nil
	}}
}

func drainRing(g queue.Getter) {
	done, cancel := context.WithCancel(context.Background())
	cancel()
	for {
		b, err := g.Get(done, batchSize)
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
		note:    "Queues of 1024. Producers never pause, nothing is dropped, and the clock stops when the last record was taken. A Ring hands out records where they are, so a consumer that does nothing with them does not even fetch them from the producer's processor; the next row has one that does. The last one is what a program has, a Ring of 8192 with a Listener whose Handler does nothing; beside it, in the second row, a channel of as many that is emptied into a slog.Handler which does nothing.",
		base:    channelRow,
		columns: queueColumns(),
		contenders: []contender{
			{channelRow, func(c column) (subject, error) { return sustainedChannel(c, queueSize, func(slog.Record) {}) }},
			{handledRow, func(c column) (subject, error) {
				h := slog.DiscardHandler
				return sustainedChannel(c, fileQueueSize, func(r slog.Record) { _ = h.Handle(context.Background(), r) })
			}},
			{ringRow, func(c column) (subject, error) { return sustainedRing(c, func(*sluice.Record) int { return 0 }) }},
			{readRow, func(c column) (subject, error) { return sustainedRing(c, readRecord) }},
			{listenerRow, sustainedListener},
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

func sustainedChannel(c column, size int, take func(slog.Record)) (subject, error) {
	ch := make(chan slog.Record, size)
	count := newCounter()
	go func() {
		n := 0 // counted together, as a batch is
		for r := range ch {
			take(r)
			if n++; len(ch) == 0 || n == batchSize {
				count.add(n)
				n = 0
			}
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
			b, err := g.Get(ctx, batchSize)
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

// tally is an Emitter that counts.
type tally struct {
	*counter
	n int
}

func (t *tally) Emit(context.Context, *sluice.Record) error { t.n++; return nil }
func (t *tally) Close() error                               { return nil }

func (t *tally) Flush(context.Context) error {
	if t.n > 0 {
		t.add(t.n)
		t.n = 0
	}
	return nil
}

func sustainedListener(c column) (subject, error) {
	q := queue.NewRing(fileQueueSize, nil)
	count := newCounter()
	h := sluice.NewHandler(&tally{counter: count}, nil)
	l := queue.NewListener(q, []queue.Destination{{Name: "tally", Handler: h}}, nil)
	if err := l.Start(); err != nil {
		return subject{}, err
	}
	ctx, r := context.Background(), sluiceRecord(record())
	return subject{
		run:   count.run(c.goroutines, func() { _ = q.Put(ctx, r) }),
		close: func() error { return errors.Join(q.Close(), l.Stop(ctx)) },
	}, nil
}
