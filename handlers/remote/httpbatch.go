package remote

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/buffer"
	"github.com/sluicelog/sluice/redial"
)

// batch is the body of a request: it grows until it is sent, and then stays as it
// is, with its key, however often it is sent.
type batch struct {
	p      []byte
	n      int       // records
	bytes  int       // of them
	number uint64    // of the last record, counted from 1 on
	first  sluice.ID // of the first record
	since  time.Time // when that came
	taken  bool      // by the sender: it grows no more
	body   payload   // p, whole
}

func (b *batch) key() string {
	if b.first.IsZero() {
		return ""
	}
	return fmt.Sprintf("%v+%d", b.first, b.n)
}

// batcher collects records and sends them from a goroutine of its own.
type batcher struct {
	client  *httpClient
	array   bool // JSON's, else lines
	o       HTTPBatch
	report  func(error)
	buffers buffer.Pool
	wake    chan struct{} // has a token when the sender has something to look at
	closing chan struct{}
	ended   chan struct{}

	mu sync.Mutex // guards what follows
	counts
	batches  []*batch // oldest first
	held     int      // records
	bytes    int      // of them
	free     [][]byte // memory of bodies before
	usual    int      // the length of the last body
	flushTo  uint64   // the number of the last record that is to be sent at once
	settled  uint64   // the number up to which records were accepted, or dropped
	lost     error    // of the last batch that was dropped
	lostAt   uint64   // its number
	failures uint64   // attempts that failed and will be repeated
	last     error    // of the last of them
	retry    httpRetry
	moved    chan struct{} // closed, and replaced, when settled or failures change
	closed   bool
}

func newBatcher(c *httpClient, o *HTTPOptions) *batcher {
	b := &batcher{
		client: c, array: o.Body == BodyJSON, retry: httpRetry{backoff: newBackoff(&o.Options)},
		wake: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{}), moved: make(chan struct{}),
		o: HTTPBatch{
			Records: cmp.Or(o.Batch.Records, 1000), Bytes: cmp.Or(o.Batch.Bytes, 1<<20),
			Delay: cmp.Or(o.Batch.Delay, time.Second), MaxBytes: cmp.Or(o.Batch.MaxBytes, 64<<20),
		},
	}
	b.dropped = map[string]uint64{}
	return b
}

// start starts the sender, which tells report what goes wrong.
func (b *batcher) start(report func(error)) {
	b.report = report
	go b.run()
}

// emit keeps r.
func (b *batcher) emit(f sluice.Formatter, r *sluice.Record) error {
	buf := b.buffers.Get()
	line, err := f.AppendRecord((*buf)[:0], r)
	defer func() { b.buffers.Put(buf, line) }()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return sluice.ErrClosed
	}
	b.accepted++
	switch {
	case err != nil:
		b.dropped[ReasonFormat]++
		return permanentError{fmt.Errorf("format record: %w", err)}
	case b.held > 0 && b.bytes+len(line) > b.o.MaxBytes:
		b.dropped[redial.ReasonFull]++
		if b.last != nil {
			return fmt.Errorf("%w: %d records wait: %w", redial.ErrFull, b.held, b.last)
		}
		return fmt.Errorf("%w: %d records wait", redial.ErrFull, b.held)
	}
	b.append(line, r.ID)
	return nil
}

// append puts a line into the last batch, with mu held.
func (b *batcher) append(line []byte, id sluice.ID) {
	var last *batch
	if n := len(b.batches); n > 0 {
		last = b.batches[n-1]
	}
	if last == nil || last.taken || last.n == b.o.Records || len(last.p)+len(line) > b.o.Bytes {
		// Of what waits the sender knows when it is due; of this it does not.
		last = &batch{p: b.memory(), first: id, since: time.Now(), number: b.number()}
		if b.array {
			last.p = append(last.p, '[')
		}
		b.batches = append(b.batches, last)
		b.signal()
	}
	sep := byte('\n')
	if b.array {
		sep = ','
	}
	last.p = append(append(last.p, line...), sep)
	last.n++
	last.number++
	last.bytes += len(line)
	b.held++
	b.bytes += len(line)
	if last.n == b.o.Records {
		b.signal()
	}
}

// memory gives some for a body, with mu held.
func (b *batcher) memory() []byte {
	if last := len(b.free) - 1; last >= 0 {
		p := b.free[last]
		b.free = b.free[:last]
		return p[:0]
	}
	return make([]byte, 0, b.usual)
}

// number is that of the last record that came, with mu held.
func (b *batcher) number() uint64 {
	if n := len(b.batches); n > 0 {
		return b.batches[n-1].number
	}
	return b.settled
}

func (b *batcher) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// flush sends what came until now.
func (b *batcher) flush(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	to, failures := b.number(), b.failures
	if !b.retry.at.IsZero() {
		failures-- // the attempt before counts: the next one waits for its time
	}
	b.flushTo = max(b.flushTo, to)
	from := b.settled
	b.signal()
	for b.settled < to {
		if b.failures != failures {
			return fmt.Errorf("%d records are held, to be tried again: %w", b.held, b.last)
		}
		moved := b.moved
		b.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
		}
		b.mu.Lock()
		if err := ctx.Err(); err != nil && b.settled < to {
			return fmt.Errorf("%d records are held: %w", b.held, err)
		}
	}
	if b.lostAt > from && b.lostAt <= to {
		return b.lost
	}
	return nil
}

// close sends what is held, as long as the server takes it.
func (b *batcher) close() error {
	b.mu.Lock()
	first := !b.closed
	b.closed = true
	b.mu.Unlock()
	if !first {
		<-b.ended
		return nil
	}
	close(b.closing)
	<-b.ended
	b.client.close()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held == 0 {
		return nil
	}
	n := b.held
	b.dropped[redial.ReasonClosed] += uint64(n)
	b.settled, b.held, b.bytes, b.batches = b.number(), 0, 0, nil
	b.announce()
	return fmt.Errorf("%d records lost: %w", n, b.last)
}

// announce wakes those in flush, with mu held.
func (b *batcher) announce() {
	close(b.moved)
	b.moved = make(chan struct{})
}

func (b *batcher) stats() sluice.Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return sluice.Stats{Accepted: b.accepted, Delivered: b.delivered, Held: uint64(b.held), Dropped: maps.Clone(b.dropped)}
}
