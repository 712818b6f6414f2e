package clusters

import (
	"context"
	"fmt"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/writer"
)

// inFlight is how many records a consumer has at once: those that come again when it,
// or the node that it had them from, is no more.
const inFlight = 256

// trouble happens to a cluster under load, and says how often.
type trouble func(ctx context.Context, l *load) (times int, err error)

// run is the trouble between an undisturbed begin and an undisturbed end.
func (do trouble) run(s writer.Spec, o nodes.Options) fault.Run {
	return func(ctx context.Context, e *fault.Env) (balance.Result, error) {
		l, err := start(ctx, e, s, o)
		if err != nil {
			return balance.Result{}, fmt.Errorf("start: %w", err)
		}
		defer l.close()
		fault.Wait(ctx, time.Duration(200+e.Rand.IntN(e.Of(2000, 300)))*time.Millisecond)
		times, err := do(ctx, l)
		if err != nil {
			return balance.Result{}, err
		}
		if l.consumer == nil { // a peer, which promises no service
			for _, p := range l.producers {
				p.Kill()
			}
			return l.settle(ctx, times)
		}
		if err := l.serves(ctx); err != nil {
			return balance.Result{}, fmt.Errorf("after the fault nothing is accepted: %w", err)
		}
		if err := l.stop(); err != nil {
			return balance.Result{}, fmt.Errorf("stop: %w", err)
		}
		r, err := l.settle(ctx, times)
		if err != nil {
			return r, err
		}
		l.service.tell(&r, times, l.gaps[:])
		return r, nil
	}
}

// settle waits until all that is in the queue has been taken out, and draws the
// balance.
func (l *load) settle(ctx context.Context, times int) (balance.Result, error) {
	if l.consumer == nil {
		err := l.spec.Published(ctx, func(line []byte) { l.ledger.Found(line) })
		return l.ledger.Balance(balance.Counters{}), err
	}
	if err := l.empty(ctx); err != nil {
		return balance.Result{}, err
	}
	stats, err := l.consumer.CloseStats()
	if err != nil {
		return balance.Result{}, err
	}
	f, err := l.ledger.ReadFile(l.spec.Path)
	r := l.ledger.Balance(balance.Counters{Dropped: int(stats.Dropped)})
	r.Runs = times
	if l.spec.Replicas > 1 {
		// What is counted as dropped is gone all the same.
		if gone := l.gone(); gone > 0 {
			r.Break("%d lines are not there, of which %d are counted as dropped, that other replicas have", gone, r.Dropped)
		}
	}
	inOrder(&r, f.IDs)
	r.Figure("records that came again", float64(r.Doubled))
	r.Doubled = max(0, r.Doubled-inFlight*times)
	return r, err
}

// gone is how many lines are not there that the promise covers.
func (l *load) gone() int {
	n := 0
	for _, id := range l.ledger.Missing() {
		if !l.open[id] {
			n++
		}
	}
	return n
}

// empty waits until the consumer has settled all.
func (l *load) empty(ctx context.Context) error {
	var left string
	err := fault.Until(ctx, func() bool {
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		c, err := l.JetStream().Consumer(short, writer.Lines, writer.Cursor)
		if err != nil {
			left = err.Error()
			return false
		}
		info := c.CachedInfo()
		left = fmt.Sprintf("%d batches wait, %d are in flight", info.NumPending, info.NumAckPending)
		return info.NumPending == 0 && info.NumAckPending == 0
	})
	if err != nil {
		return fmt.Errorf("not all is taken out: %s: %w", left, err)
	}
	return nil
}

// inOrder breaks the promise that the lines of each goroutine are there in order. What
// comes again does not count.
func inOrder(r *balance.Result, ids []balance.ID) {
	type lane struct{ producer, lane int }
	last := map[lane]int{}
	seen := map[balance.ID]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		of := lane{id.Producer, id.Seq % lanes}
		if before, ok := last[of]; ok && id.Seq < before {
			r.Break("line %v is there after line %d of the same goroutine", id, before)
			return
		}
		last[of] = id.Seq
	}
}
