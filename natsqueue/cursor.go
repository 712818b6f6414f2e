package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/ledger"
	"github.com/sluicelog/sluice/queue"
)

// cursor is how far a destination is: a durable consumer of the stream.
type cursor struct {
	q        *Queue
	name     string
	consumer jetstream.Consumer
	holder   *getter
	changed  chan struct{}   // closed at the next change
	alive    context.Context // until the Queue has no more to do with it
	end      context.CancelFunc
	busy     bool // somebody is at it, with mu free

	fetch    jetstream.MessageBatch // asked for and not received; nil: nothing is asked for
	ahead    *taken                 // received, and not taken up before what the server passed over; nil: none
	held     *taken                 // the batch at hand; nil: none
	poison   bool                   // readers died with that
	done     *taken                 // settled, but the server does not know; nil: none
	due      time.Time              // when what was given back may come again
	returns  int                    // how often that was
	last     uint64                 // the stream's number of the last batch that is settled
	vain     uint64                 // a number up to which it was waited for in vain
	looked   uint64                 // no replica has more of those below
	seen     seen                   // with Shared
	goes     uint64                 // how far the stream goes behind what the server has given; 0: no farther
	tail     uint64                 // that of some time ago: up to there it was passed over
	doubt    time.Time              // since when it is not certain what they have; zero: it is
	finds    finds                  // that nobody was told of
	floor    uint64                 // that of the last one that was settled before Open, or gone before there was a cursor
	runs     runs                   // what was read of each producer
	start    uint64                 // our own records from here on count when they are put
	joined   uint64                 // and from here on are not counted yet
	settled  uint64                 // those before here are settled
	own      ledger.Account         // of our own records from start on
	former   ledger.Account         // of those before
	others   ledger.Account         // of what was put elsewhere
	filtered bool                   // the stream has other subjects as well
	created  time.Time              // the stream was
	fresh    bool                   // and was another one when that was last looked at
}

// Cursor gives the Getter of a destination; see queue.Queue. The stream remembers
// the name: see Forget. Another program that has a cursor of the same name shares
// its work, which both must say by Options.Shared.
func (q *Queue) Cursor(name string) (queue.Getter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closing {
		return nil, sluice.ErrClosed
	}
	if c := q.cursor(name); c != nil {
		return c.takeOver(), nil
	}
	q.mu.Unlock()
	ctx, cancel := context.WithTimeout(q.alive, opening)
	var found found
	err := patiently(ctx, func(ctx context.Context) (err error) {
		found, err = q.consumer(ctx, name)
		return err
	})
	cancel()
	q.mu.Lock()
	if q.closing {
		return nil, sluice.ErrClosed
	}
	if err != nil {
		return nil, fmt.Errorf("natsqueue %s: cursor %q: %w", q.options.Stream, name, err)
	}
	if c := q.cursor(name); c != nil {
		return c.takeOver(), nil
	}
	c := &cursor{q: q, name: name, consumer: found.Consumer, created: found.created, start: q.base, joined: q.base, settled: q.base}
	c.last, c.floor, c.filtered = found.floor, found.floor, found.filtered
	c.seen = found.seen()
	c.changed = make(chan struct{})
	c.alive, c.end = context.WithCancel(q.alive)
	if q.options.Shared { // others may take what is put here
		c.start = math.MaxUint64
	}
	q.cursors = append(q.cursors, c)
	return c.takeOver(), nil
}

// cursor finds one. The caller holds mu.
func (q *Queue) cursor(name string) *cursor {
	for _, c := range q.cursors {
		if c.name == name {
			return c
		}
	}
	return nil
}

// takeOver makes a new getter the holder. The former one may still read the records
// of its batch.
func (c *cursor) takeOver() *getter {
	g := &getter{c: c}
	c.holder = g
	c.due = time.Time{}
	c.tell()
	return g
}

// catchUp counts what was put since. The caller holds mu.
func (c *cursor) catchUp() {
	if n := c.q.next - c.joined; !c.q.options.Shared {
		c.joined += n
		c.own.Accepted += n
		c.own.Held += n
	}
}

// found is a consumer, with when its stream was made, and the stream's number below
// which nothing comes any more.
type found struct {
	jetstream.Consumer
	created  time.Time
	floor    uint64
	filtered bool // the stream has other subjects as well
}

// consumer gives the durable consumer of that name, which it makes if it is not
// there.
func (q *Queue) consumer(ctx context.Context, name string) (found, error) {
	o := &q.options
	stream, err := q.js.Stream(ctx, o.Stream)
	if err != nil {
		return found{}, err
	}
	about := stream.CachedInfo()
	want := jetstream.ConsumerConfig{
		Durable: consumerName(name), AckPolicy: jetstream.AckExplicitPolicy, AckWait: o.AckWait,
		MaxDeliver: -1, MaxAckPending: 1, DeliverPolicy: jetstream.DeliverAllPolicy,
	}
	want.Metadata, _ = o.keeps(nil, name, time.Now())
	if o.Shared {
		want.MaxAckPending = sharedPending
	}
	if subjects := about.Config.Subjects; len(subjects) != 1 || subjects[0] != o.Subject {
		want.FilterSubject = o.Subject
	}
	c, err := stream.Consumer(ctx, want.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return q.newConsumer(ctx, stream, want)
	}
	if err != nil {
		return found{}, err
	}
	got := c.CachedInfo().Config
	if got.AckPolicy != want.AckPolicy {
		return found{}, fmt.Errorf("consumer has ack_policy %v, want %v", got.AckPolicy, want.AckPolicy)
	}
	metadata, renewed := o.keeps(got.Metadata, name, time.Now())
	if renewed || got.MaxAckPending != want.MaxAckPending || got.AckWait != want.AckWait || got.MaxDeliver != want.MaxDeliver {
		got.MaxAckPending, got.AckWait, got.MaxDeliver, got.Metadata = want.MaxAckPending, want.AckWait, want.MaxDeliver, metadata
		if c, err = stream.UpdateConsumer(ctx, got); err != nil {
			return found{}, err
		}
	}
	return found{c, about.Created, c.CachedInfo().AckFloor.Stream, want.FilterSubject != ""}, nil
}

// newConsumer makes one that begins with the oldest record that is held for anybody.
func (q *Queue) newConsumer(ctx context.Context, stream jetstream.Stream, want jetstream.ConsumerConfig) (found, error) {
	about := stream.CachedInfo()
	floor, err := settledByAll(ctx, stream)
	if err != nil {
		return found{}, err
	}
	if floor > 0 {
		want.DeliverPolicy, want.OptStartSeq = jetstream.DeliverByStartSequencePolicy, floor+1
	}
	c, err := stream.CreateConsumer(ctx, want)
	if first := about.State.FirstSeq; first > 0 {
		floor = max(floor, first-1)
	}
	return found{c, about.Created, floor, want.FilterSubject != ""}, err
}

// renew looks for the consumer, and makes it anew if it is gone.
func (c *cursor) renew() error {
	ctx, cancel := c.q.attempting(attempt)
	defer cancel()
	f, err := c.q.consumer(ctx, c.name)
	if err != nil {
		return err
	}
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	c.consumer, c.filtered, c.seen = f.Consumer, f.filtered, f.seen()
	if c.fresh = !f.created.Equal(c.created); c.fresh {
		c.created, c.last, c.floor, c.looked, c.goes, c.tail = f.created, f.floor, f.floor, 0, 0, 0
	}
	return nil
}

// sharedPending is how many batches all instances together may work on.
const sharedPending = 1024

// settledByAll gives the number of the last message that all consumers have settled;
// 0: there is none, or no consumer.
func settledByAll(ctx context.Context, stream jetstream.Stream) (uint64, error) {
	var floor uint64
	some := false
	list := stream.ListConsumers(ctx)
	for info := range list.Info() {
		if f := info.AckFloor.Stream; !some || f < floor {
			floor, some = f, true
		}
	}
	return floor, list.Err()
}
