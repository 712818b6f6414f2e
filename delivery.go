package sluice

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/sluicelog/sluice/internal/goroutine"
)

// delivery is what Memory and FlightRecorder share: one goroutine at a time hands
// records on to a target, and each of them is counted. The target may log into
// what holds the records, and does not wait for itself.
type delivery struct {
	turn chan struct{} // has a token while a goroutine hands on; that one has out
	out  Record        // what is being handed on

	mu        sync.Mutex // guards what follows; not held while records are handed on
	target    Emitter    // nil: none
	closed    bool
	handing   uint64 // 1: out is one of the records held
	accepted  uint64
	delivered uint64
	dropped   map[string]uint64
}

// The reasons in Stats.Dropped.
const (
	reasonFull   = "full"
	reasonError  = "error"
	reasonClosed = "closed"
)

// errEnded stands for the answer of a target that ended its goroutine.
var errEnded = errors.New("target ended the goroutine")

func newDelivery(target Emitter) delivery {
	return delivery{target: target, turn: make(chan struct{}, 1), dropped: map[string]uint64{}}
}

// begin waits for the turn, or for done; nil waits for ever. It is inside, and has
// nothing to end, if others have the turn and this goroutine is in a target: it may
// be theirs, that is its own, for which it would wait for ever.
func (d *delivery) begin(done <-chan struct{}) (inside, ok bool) {
	select {
	case d.turn <- struct{}{}:
		return false, true
	default:
	}
	if inTarget() {
		return true, true
	}
	select {
	case d.turn <- struct{}{}:
		return false, true
	case <-done:
		return false, false
	}
}

func (d *delivery) end() { <-d.turn }

// run hands on what take, which is called with mu held, puts into out, until it
// gives no more. An error ends nothing: it is added to errs.
func (d *delivery) run(ctx context.Context, errs *lostRecords, take func(out *Record) bool) {
	for {
		d.mu.Lock()
		target := d.target
		if !take(&d.out) {
			d.mu.Unlock()
			return
		}
		d.handing = 1
		d.mu.Unlock()
		errs.add(d.hand(ctx, target))
	}
}

// hand gives out to the target. A record that was held is not its caller's any
// more: a panic about it must not meet whoever logs next.
func (d *delivery) hand(ctx context.Context, target Emitter) (err error) {
	err = errEnded
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("target panicked: %v", p)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.handing = 0
		if err != nil {
			d.dropped[reasonError]++
		} else {
			d.delivered++
		}
		d.out.recycle()
	}()
	return emitTo(ctx, target, &d.out)
}

// emitTo is found by inTarget, and must have a frame of its own.
//
//go:noinline
func emitTo(ctx context.Context, target Emitter, r *Record) error { return target.Emit(ctx, r) }

// inTarget says that this goroutine is in the target of a delivery, of whichever.
// Only who finds the turn taken asks. A goroutine's number would say it exactly, but
// every round, turn in hand, would have to ask for it.
func inTarget() bool { return goroutine.Within(emitTo) }

// stats gives the counts, with held as the records that wait. The caller holds mu.
func (d *delivery) stats(held int) Stats {
	s := Stats{
		Accepted:  d.accepted,
		Delivered: d.delivered,
		Held:      uint64(held) + d.handing,
		Dropped:   make(map[string]uint64, len(d.dropped)),
	}
	for reason, n := range d.dropped {
		s.Dropped[reason] = n
	}
	return s
}

// lostRecords joins the errors of records, the first of them whole: a buffer of a
// million records may have a million.
type lostRecords struct {
	errs       []error
	more       int
	unreported bool // of more
}

func (l *lostRecords) add(err error) {
	const whole = 16
	switch {
	case err == nil:
	case len(l.errs) < whole:
		l.errs = append(l.errs, err)
	default:
		l.more++
		l.unreported = l.unreported || unreported(err) != nil
	}
}

func (l *lostRecords) join() error {
	if l.more == 0 {
		return errors.Join(l.errs...)
	}
	more := fmt.Errorf("%s more not delivered", counted(uint64(l.more), "record"))
	if !l.unreported {
		more = &reportedError{more}
	}
	return errors.Join(append(l.errs, more)...)
}
