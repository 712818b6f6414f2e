package sluice

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// delivery is what Memory and FlightRecorder share: one goroutine at a time hands
// records on to a target, and each of them is counted. The target may log into
// what holds the records: its goroutine is known, and does not wait for itself.
type delivery struct {
	turn  chan struct{} // has a token while a goroutine hands on; that one holds what follows
	owner atomic.Uint64 // its goroutineID; 0: none
	stack [64]byte      // what that is read from
	out   Record        // what is being handed on

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
// nothing to end, if this goroutine has the turn already.
func (d *delivery) begin(done <-chan struct{}) (inside, ok bool) {
	select {
	case d.turn <- struct{}{}:
	default:
		var stack [64]byte
		if goroutineID(stack[:]) == d.owner.Load() {
			return true, true
		}
		select {
		case d.turn <- struct{}{}:
		case <-done:
			return false, false
		}
	}
	d.owner.Store(goroutineID(d.stack[:]))
	return false, true
}

func (d *delivery) end() {
	d.owner.Store(0)
	<-d.turn
}

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
	return target.Emit(ctx, &d.out)
}

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
