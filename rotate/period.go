package rotate

import (
	"errors"
	"io/fs"
	"time"
)

// begin starts a period at t.
func (f *File) begin(t time.Time) {
	f.state.Since = t.Truncate(time.Second)
	f.state.Next = f.opts.Policy.Next(f.state.Since)
}

// rolled notes a rollover that was made of moves.
func (f *File) rolled(moves []Move, now time.Time) {
	for _, m := range moves {
		if m.From == f.path {
			f.state.Last = m.To
		}
	}
	if !f.timed || !now.Before(f.state.Next) {
		f.begin(now)
	}
}

// measure looks how large the file is that is not open yet.
func (f *File) measure() {
	if fi, err := f.sys.stat(f.path); err == nil && fi.Mode().IsRegular() {
		f.state.Size = fi.Size()
	}
}

// recheck is how often the timer looks at the clock. Clocks are set, and timers
// stand still while a machine sleeps.
const recheck = time.Minute

func (f *File) startTimer() {
	if !f.opts.Timer {
		return
	}
	f.mu.Lock() // tick uses f.timer
	defer f.mu.Unlock()
	// A period that has ended long ago does not wait.
	first := min(f.state.Next.Sub(f.now()), recheck)
	f.timer = time.AfterFunc(first, f.tick)
}

// stopTimer runs with f closed: a tick that is on its way does nothing.
func (f *File) stopTimer() {
	if f.timer != nil {
		f.timer.Stop()
	}
}

// untilNext returns when the timer is to look again; after a rollover that
// failed that is not at once.
func (f *File) untilNext() time.Duration {
	d := f.state.Next.Sub(f.now())
	if d <= 0 || d > recheck {
		return recheck
	}
	return d
}

// tick is the timer's: it does what the next record would do.
func (f *File) tick() {
	f.mu.Lock()
	defer f.release()
	if f.closed {
		return
	}
	if err := f.enter(); err != nil {
		f.fail(err)
		f.timer.Reset(recheck)
		return
	}
	if now := f.now(); f.opts.Policy.Due(f.state, 0, now) && !now.Before(f.state.Next) {
		f.keepTime(now)
	}
	if f.unkept && f.mayPrune() {
		if err := f.prune(); err != nil {
			f.fail(err)
		}
	}
	f.timer.Reset(f.untilNext())
}

// keepTime ends the period: with a rollover, unless nothing was written.
func (f *File) keepTime(now time.Time) {
	open := f.file != nil
	if !open {
		f.measure()
	}
	if fi, err := f.sys.stat(f.path); errors.Is(err, fs.ErrNotExist) || err == nil && fi.Size() == 0 {
		f.begin(now)
		return
	}
	if !f.stillDue(0, now) {
		return
	}
	if err := f.roll(now, open); err != nil {
		f.fail(err)
	}
}
