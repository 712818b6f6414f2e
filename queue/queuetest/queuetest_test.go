package queuetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/queuetest"
)

const size = 8

func TestRing(t *testing.T) {
	for _, full := range []queue.Policy{queue.Block, queue.DropNewest, queue.DropOldest} {
		for _, urgent := range []sluice.Level{0, sluice.Error} {
			t.Run(full.String(), func(t *testing.T) {
				queuetest.Run(t, func(*testing.T) queuetest.Target {
					o := &queue.RingOptions{Full: full, Wait: time.Millisecond, Urgent: urgent}
					return queuetest.Target{Queue: queue.NewRing(size, o), Size: size}
				})
			})
		}
	}
}

// wrong is a Ring that breaks the contract somewhere: each function replaces the
// Ring's own.
type wrong struct {
	*queue.Ring
	put    func(q *queue.Ring, r *sluice.Record) error
	get    func(g queue.Getter, ctx context.Context, max int) (queue.Batch, error)
	ack    func(b queue.Batch, n int) error
	drop   func(b queue.Batch, n int, reason string) error
	nak    func(b queue.Batch, after time.Duration) error
	flush  func(ctx context.Context) error
	close  func(q *queue.Ring) error
	cursor func(name string) string
	stats  func(st sluice.Stats) sluice.Stats
}

func (w *wrong) Put(ctx context.Context, r *sluice.Record) error {
	if w.put != nil {
		return w.put(w.Ring, r)
	}
	return w.Ring.Put(ctx, r)
}

func (w *wrong) Flush(ctx context.Context) error {
	if w.flush != nil {
		return w.flush(ctx)
	}
	return w.Ring.Flush(ctx)
}

func (w *wrong) Close() error {
	if w.close != nil {
		return w.close(w.Ring)
	}
	return w.Ring.Close()
}

func (w *wrong) Stats() sluice.Stats {
	if w.stats != nil {
		return w.stats(w.Ring.Stats())
	}
	return w.Ring.Stats()
}

func (w *wrong) Cursor(name string) (queue.Getter, error) {
	if w.cursor != nil {
		name = w.cursor(name)
	}
	g, err := w.Ring.Cursor(name)
	return wrongGetter{g, w}, err
}

type wrongGetter struct {
	queue.Getter
	w *wrong
}

func (g wrongGetter) Get(ctx context.Context, most int) (queue.Batch, error) {
	var b queue.Batch
	var err error
	if g.w.get != nil {
		b, err = g.w.get(g.Getter, ctx, most)
	} else {
		b, err = g.Getter.Get(ctx, most)
	}
	if err != nil {
		return nil, err
	}
	return wrongBatch{b, g.w}, nil
}

type wrongBatch struct {
	queue.Batch
	w *wrong
}

func (b wrongBatch) Ack(ctx context.Context, n int) error {
	if b.w.ack != nil {
		return b.w.ack(b.Batch, n)
	}
	return b.Batch.Ack(ctx, n)
}

func (b wrongBatch) Drop(ctx context.Context, n int, reason string) error {
	if b.w.drop != nil {
		return b.w.drop(b.Batch, n, reason)
	}
	return b.Batch.Drop(ctx, n, reason)
}

func (b wrongBatch) Nak(ctx context.Context, after time.Duration) error {
	if b.w.nak != nil {
		return b.w.nak(b.Batch, after)
	}
	return b.Batch.Nak(ctx, after)
}

// broken are queues that break the contract, each by the check that must find it.
func broken(q *queue.Ring) map[string]*wrong {
	ctx := context.Background()
	var held *sluice.Record
	return map[string]*wrong{
		"order": {Ring: q, put: func(q *queue.Ring, r *sluice.Record) error {
			if r.Message == "message 2" {
				held = r.Clone()
				return nil
			}
			err := q.Put(ctx, r)
			if r.Message == "message 3" {
				err = errors.Join(err, q.Put(ctx, held))
			}
			return err
		}},
		"keeps_nothing_of_the_record": {Ring: q, put: func(_ *queue.Ring, r *sluice.Record) error {
			held = r
			return nil
		}, get: func(g queue.Getter, ctx context.Context, most int) (queue.Batch, error) {
			if held != nil {
				_ = q.Put(ctx, held)
			}
			held = nil
			return g.Get(ctx, most)
		}},
		"does_not_wait_for_a_second_record": {Ring: q, get: func(g queue.Getter, ctx context.Context, most int) (queue.Batch, error) {
			for {
				b, err := g.Get(ctx, most)
				if err != nil || len(b.Records()) > 1 {
					return b, err
				}
				_ = b.Nak(ctx, 10*time.Millisecond)
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
			}
		}},
		"at_most_max": {Ring: q, get: func(g queue.Getter, ctx context.Context, most int) (queue.Batch, error) {
			return g.Get(ctx, most+1)
		}},
		"ack": {Ring: q, ack: func(b queue.Batch, _ int) error { return b.Nak(ctx, 0) }},
		"ack_a_part": {Ring: q, ack: func(b queue.Batch, n int) error {
			return b.Ack(ctx, max(n, len(b.Records())))
		}},
		"nak": {Ring: q, nak: func(b queue.Batch, _ time.Duration) error { return b.Nak(ctx, 0) }},
		"drop": {Ring: q, drop: func(b queue.Batch, n int, _ string) error {
			return b.Ack(ctx, n)
		}},
		"redelivery": {Ring: q, get: func(g queue.Getter, ctx context.Context, most int) (queue.Batch, error) {
			b, err := g.Get(ctx, most)
			if err != nil {
				return nil, err
			}
			return settledFirst(b), nil
		}},
		"one_batch_at_a_time": {Ring: q, get: func(g queue.Getter, ctx context.Context, most int) (queue.Batch, error) {
			b, err := g.Get(ctx, most)
			if errors.Is(err, queue.ErrUnsettled) {
				return nil, context.Canceled
			}
			return b, err
		}},
		"cursors": {Ring: q, cursor: func(string) string { return "shared" }},
		"flush": {Ring: q, flush: func(ctx context.Context) error {
			for q.Stats().Held > 0 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			return ctx.Err()
		}},
		"cancel": {Ring: q, put: func(q *queue.Ring, r *sluice.Record) error {
			if strings.Contains(r.Message, "canceled") {
				return nil
			}
			return q.Put(ctx, r)
		}},
		"concurrent_use": {Ring: q, put: func(q *queue.Ring, r *sluice.Record) error {
			if r.Message == "1 7" {
				return nil
			}
			return q.Put(ctx, r)
		}},
		"full": {Ring: q, stats: func(st sluice.Stats) sluice.Stats {
			st.Accepted -= st.Dropped[queue.Full]
			st.Dropped = nil
			return st
		}},
		"close": {Ring: q, close: func(*queue.Ring) error { return nil }},
	}
}

// settledFirst settles a batch as soon as it is given.
func settledFirst(b queue.Batch) queue.Batch {
	early := &early{}
	for _, r := range b.Records() {
		early.records = append(early.records, r.Clone())
	}
	_ = b.Ack(context.Background(), len(early.records))
	return early
}

type early struct{ records []*sluice.Record }

func (e *early) Records() []*sluice.Record { return e.records }
func (e *early) Ack(_ context.Context, n int) error {
	if n > len(e.records) {
		return queue.ErrSettled
	}
	e.records = e.records[n:]
	return nil
}
func (e *early) Drop(ctx context.Context, n int, _ string) error { return e.Ack(ctx, n) }
func (e *early) Nak(context.Context, time.Duration) error        { return nil }

const breakWhat = "SLUICE_QUEUETEST_BROKEN"

// TestBroken is run by TestFindsBroken, in a process of its own, and fails there.
func TestBroken(t *testing.T) {
	name := os.Getenv(breakWhat)
	if name == "" {
		return
	}
	queuetest.Run(t, func(*testing.T) queuetest.Target {
		q := queue.NewRing(size, &queue.RingOptions{Full: queue.DropNewest})
		return queuetest.Target{Queue: broken(q)[name], Size: size}
	})
}

// TestFindsBroken: each way to break the contract fails the check that is named
// for it.
func TestFindsBroken(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name := range broken(queue.NewRing(size, nil)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A quarter of that time is waited for what will not be there.
			cmd := exec.Command(self, "-test.run=^TestBroken$/^"+name+"$", "-test.v", "-test.timeout=20s")
			cmd.Env = append(os.Environ(), breakWhat+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestBroken/"+name+" ") {
				t.Errorf("Run did not find it (%v):\n%s", err, out)
			}
		})
	}
}
