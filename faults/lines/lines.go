// Package lines emits lines to handlers and notes what becomes of them.
package lines

import (
	"context"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
)

// Writer emits lines of several producers, one at a time. The zero Writer has emitted
// none.
type Writer struct {
	Ledger  balance.Ledger
	Longest time.Duration // call, without the time for which threads waited for a processor
	Given   int           // how many lines there were, whatever became of them
	seq     map[int]int
}

// Emit emits the producer's next line.
func (w *Writer) Emit(h *sluice.Handler, producer int) { w.Give(h.Emit, producer) }

// Give gives the producer's next line to take.
func (w *Writer) Give(take func(context.Context, *sluice.Record) error, producer int) {
	if w.seq == nil {
		w.seq = map[int]int{}
	}
	id := balance.ID{Producer: producer, Seq: w.seq[producer]}
	w.seq[producer]++
	w.Given++
	text := strings.TrimSuffix(string(balance.AppendLine(nil, id, 60)), "\n")
	err := w.time(func() error {
		return take(context.Background(), &sluice.Record{Time: time.Now(), Level: sluice.Error, Message: text})
	})
	if err != nil {
		w.Ledger.Refuse(id)
	} else {
		w.Ledger.Accept(id)
	}
}

// Settle flushes h until it holds nothing any more, for 20 s at most: what fails is
// tried again.
func Settle(ctx context.Context, h *sluice.Handler, held func() uint64) {
	end := time.Now().Add(20 * time.Second)
	for held() > 0 && time.Now().Before(end) && ctx.Err() == nil {
		_ = h.Flush(ctx)
		time.Sleep(time.Millisecond)
	}
}

// Close closes h, and says what that gave.
func (w *Writer) Close(h *sluice.Handler) error { return w.time(h.Close) }

// time notes how long a call took.
func (w *Writer) time(call func() error) (err error) {
	w.Longest = max(w.Longest, fault.Took(func() { err = call() }))
	return err
}

// Bound says how long the longest call took, which must not be longer than deadline,
// and what a slow machine adds to it.
func (w *Writer) Bound(r *balance.Result, deadline time.Duration) {
	const slack = time.Second
	r.Figure("longest call, ms", float64(w.Longest.Milliseconds()))
	if w.Longest > deadline+slack {
		r.Break("a call took %v, the deadline is %v", w.Longest, deadline)
	}
}
