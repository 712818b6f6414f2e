package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/ledger"
	"github.com/sluicelog/sluice/queue"
)

// Reasons under which a Queue counts what it drops, beside those of package queue.
const (
	Damaged      = "damaged"       // it came, but not as it was written
	Missing      = "missing"       // the stream had lost or removed it
	NotPublished = "not published" // Close did not wait any longer
	NotEncoded   = "not encoded"   // it has a value that the format has no form for
)

// Queue is a queue.Queue in a stream of NATS JetStream. It is safe for concurrent
// use.
type Queue struct {
	options  Options // without secrets
	run      uint64  // tells the records of this Queue from all others
	codec    *codec
	rooms    rooms
	numbered atomic.Uint64 // records that got an ID here
	conn     *nats.Conn
	parted   chan struct{} // closed when the connection is closed
	js       jetstream.JetStream
	trouble  trouble
	dead     deadLetters

	alive  context.Context // until Close is done with waiting
	end    context.CancelFunc
	worker sync.WaitGroup
	awake  chan struct{} // something to publish; holds one

	patience  time.Duration // how long an answer to what is published is waited for
	least     time.Duration // and any answer at least; tests have time
	heartbeat time.Duration // how often the server shows that it knows of a request

	mu       sync.Mutex      // guards all below, and the cursors
	link     context.Context // until the connection is lost
	unlink   context.CancelFunc
	unask    context.CancelFunc // ends the wait for an answer to what is published; nil: nothing was
	next     uint64             // the number of the record to come
	acked    uint64             // the first record that the server has not acknowledged
	base     uint64             // the first record that is not settled by all cursors
	gone     ledger.Spans
	account  ledger.Account // of what was put here
	summer   summer
	open     *parcel       // takes up records; nil: none
	sealed   []*parcel     // wait to be published, or are
	waiting  int64         // bytes of all of them
	hurry    uint64        // somebody wants the records below to be acknowledged
	stuck    error         // why the last attempt to publish failed
	complete period        // all replicas of the stream had all of it
	changed  chan struct{} // closed when acked, closed or room changes; nil: nobody waits
	spare    []*parcel
	size     int // that the next one is likely to have
	cursors  []*cursor
	closing  bool
	closed   bool
	previous former  // the last batch that the server has
	acks     bool    // there may be something to remove from the stream
	notes    []error // for OnError, when mu is free
}

// Open connects to the servers whose addresses are given, separated by commas, as
// nats://host:port or tls://host:port, and makes the stream if it is not there. ctx
// bounds how long that takes, beside 30 s; o may be nil.
func Open(ctx context.Context, url string, o *Options) (*Queue, error) {
	options, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("natsqueue: %w", err)
	}
	q := &Queue{run: rand.Uint64() | 1, codec: newCodec(options.JSON), awake: make(chan struct{}, 1), parted: make(chan struct{}), next: 1, acked: 1, base: 1, patience: attempt, heartbeat: heartbeat}
	if o == nil || o.Producer == "" {
		options.Producer += "-" + formatRun(q.run)[:8]
	}
	q.trouble = trouble{where: options.Stream, onError: options.OnError, move: q.move}
	q.alive, q.end = context.WithCancel(context.Background())
	q.link, q.unlink = context.WithCancel(q.alive)
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	if err := q.connect(ctx, url, &options); err != nil {
		q.end()
		return nil, fmt.Errorf("natsqueue %s: %w", options.Stream, err)
	}
	options.Token, options.User, options.Password = "", "", ""
	options.Credentials, options.NKey, options.TLS = "", "", nil
	q.options = options
	if q.js, err = jetstream.New(q.conn); err == nil {
		if err = q.prepare(ctx); err == nil {
			err = errors.Join(q.dead.prepare(ctx, q), q.watch())
		}
	}
	if err != nil {
		q.end()
		q.part()
		return nil, fmt.Errorf("natsqueue %s: %w", options.Stream, err)
	}
	q.worker.Go(q.publish)
	q.worker.Go(q.keep)
	q.worker.Go(q.tend)
	if q.options.ForgetAfter > 0 {
		q.worker.Go(q.attend)
	}
	return q, nil
}

func (q *Queue) String() string { return "natsqueue " + q.options.Stream }

// Stats is the ledger of this Queue since Open.
//
// A record that was put here is held until all cursors of this Queue have settled
// it, or, with Shared or without a cursor, until the stream has it. One that was put
// elsewhere, or before Open, counts when a cursor of this Queue takes it, once for
// each cursor.
func (q *Queue) Stats() sluice.Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := ledger.Account{}
	all.Add(&q.account)
	for _, c := range q.cursors {
		all.Add(&c.others)
	}
	return all.Stats()
}

// Close publishes what was put, for Options.Linger at most, ends Put and Get, and
// gives up the connection. What the stream holds is there when it is opened again.
// Twice is fine.
func (q *Queue) Close() error {
	q.mu.Lock()
	if q.closing {
		q.mu.Unlock()
		return nil
	}
	q.closing = true
	q.tellChange()
	q.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), q.options.Linger)
	defer cancel()
	flushed := q.flush(ctx)
	q.end()
	q.worker.Wait()
	q.mu.Lock()
	q.closed = true
	lost := q.next - q.acked
	if lost > 0 {
		flushed = fmt.Errorf("natsqueue %s: %d records were not published: %w", q.options.Stream, lost, flushed)
		q.account.Settle(lost, NotPublished)
		for _, c := range q.cursors {
			c.catchUp()
			c.own.Settle(lost, NotPublished)
		}
	}
	q.tellChange()
	cursors := q.cursors
	q.mu.Unlock()
	for _, c := range cursors {
		c.release()
	}
	if q.conn.IsConnected() {
		_ = q.conn.FlushTimeout(time.Second) // what was given back comes again at once
	}
	q.part()
	return flushed
}

// advance counts what all are done with. The caller holds mu.
func (q *Queue) advance() {
	to := q.acked
	if len(q.cursors) > 0 && !q.options.Shared {
		to = q.cursors[0].settled
		for _, c := range q.cursors {
			to = min(to, c.settled)
		}
	}
	if to <= q.base {
		return
	}
	n := to - q.base
	q.gone.Forget(to, func(k uint64, reason string) {
		n -= k
		q.account.Settle(k, reason)
	})
	q.account.Settle(n, "")
	q.base = to
}

// tellChange wakes those who wait for room or for the server. The caller holds mu.
func (q *Queue) tellChange() {
	if q.changed != nil {
		close(q.changed)
		q.changed = nil
	}
}

// change gives what is closed at the next change. The caller holds mu.
func (q *Queue) change() <-chan struct{} {
	if q.changed == nil {
		q.changed = make(chan struct{})
	}
	return q.changed
}

// unlock unlocks mu and tells OnError what there is to tell.
func (q *Queue) unlock() {
	notes := q.notes
	q.notes = nil
	q.mu.Unlock()
	for _, err := range notes {
		q.trouble.report(err)
	}
}

// nudge wakes who publishes.
func (q *Queue) nudge() {
	select {
	case q.awake <- struct{}{}:
	default:
	}
}

var errGivenUp = errors.New("given up")

var _ queue.Queue = (*Queue)(nil)
