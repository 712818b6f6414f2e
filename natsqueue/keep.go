package natsqueue

import (
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const tidyEvery = 5 * time.Second

// keep tells the server while a batch is worked on.
func (q *Queue) keep() {
	work := time.NewTicker(max(time.Millisecond, q.options.AckWait/3))
	defer work.Stop()
	for {
		select {
		case <-q.alive.Done():
			return
		case <-work.C:
			for _, m := range q.inWork() {
				_ = m.InProgress() // if the connection is lost the batch comes again
			}
		}
	}
}

// tend removes from the stream what is settled, and looks for what was passed over at
// its end. An answer to that can take longer than AckWait.
func (q *Queue) tend() {
	tidy := time.NewTicker(tidyEvery)
	defer tidy.Stop()
	tail := time.NewTicker(tailEvery)
	defer tail.Stop()
	for {
		select {
		case <-q.alive.Done():
			return
		case <-tail.C:
			q.tails()
		case <-tidy.C:
			q.mu.Lock()
			acks := q.acks
			q.acks = false
			q.mu.Unlock()
			if acks {
				q.tidy()
			}
		}
	}
}

// inWork gives the batches that are not settled.
func (q *Queue) inWork() []jetstream.Msg {
	q.mu.Lock()
	defer q.mu.Unlock()
	var all []jetstream.Msg
	for _, c := range q.cursors {
		if t := c.atHand(); t != nil && t.message != nil {
			all = append(all, t.message)
		}
	}
	return all
}

// tidy removes from the stream what all its consumers have settled: the server's
// own way to do so (interest retention) discards what comes while there is no
// consumer.
func (q *Queue) tidy() {
	if err := q.purge(); err != nil && q.alive.Err() == nil {
		q.trouble.tell("tidy", fmt.Errorf("remove what is settled: %w", err))
		return
	}
	q.trouble.over("tidy")
}

func (q *Queue) purge() error {
	ctx, cancel := q.attempting(attempt)
	defer cancel()
	stream, err := q.js.Stream(ctx, q.options.Stream)
	if err != nil {
		return err
	}
	floor, err := settledByAll(ctx, stream)
	floor = min(floor, q.readByAll())
	if err != nil || floor < stream.CachedInfo().State.FirstSeq {
		return err
	}
	return stream.Purge(ctx, jetstream.WithPurgeSequence(floor+1), jetstream.WithPurgeSubject(q.options.Subject))
}

// readByAll is up to where the cursors of this Queue have what there is: the server
// counts what it passed over as settled, though other replicas may have it.
func (q *Queue) readByAll() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	to := uint64(math.MaxUint64)
	for _, c := range q.cursors {
		if !q.options.Shared {
			to = min(to, c.last)
		} else if c.ahead != nil { // what was found before it may be at hand
			to = min(to, c.seen.stream)
		}
	}
	return to
}
