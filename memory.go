package sluice

import (
	"context"
	"errors"
	"fmt"
)

// Memory is an Emitter that holds records and hands them on to its target together:
// when there are Capacity of them, with the first one of FlushLevel or above, or
// when Flush is called. (Python: MemoryHandler.) Python's BufferingHandler, whose
// flush throws the records away, is a Memory with a Null as its target.
//
// Records are handed on in the order in which they came, those of a Handler as
// target through its filters, whatever its level. A record of which the target
// gives an error is not held for another time, and the ones behind it are handed
// on: no record goes out twice. The errors of all are joined and come back from
// the Emit or Flush at hand, whosever records they were; a Handler as target has
// reported them. A target that panics gives an error.
//
// A Memory is safe for concurrent use. While one goroutine hands records on,
// others go on adding theirs until there is something for them to hand on: then
// they wait for their turn. The target may log into the Memory: such a record is
// held, and handed on behind those at hand; what is logged about that waits for
// the next time.
//
// # Limits
//
// A record that was held is handed on with the context of the call that caused it,
// not with its own. What is held is lost with the process. A target that never
// returns stops everybody who has something to hand on: put a queue in between.
type Memory struct {
	delivery
	rule         func(held int, r *Record) bool
	flushOnClose bool

	// Guarded by mu.
	held     recordRing
	capacity int
	limit    int // as given
	level    Level
	again    bool // something is due that the target logged itself
}

// MemoryOptions are the options of NewMemory. The zero MemoryOptions holds nothing
// back.
type MemoryOptions struct {
	// Capacity is the number of records that are handed on together; 0 or less
	// hands on each at once.
	Capacity int
	// FlushLevel is the least level of a record that does not wait; nil is Error.
	FlushLevel *Level
	// FlushOnClose says whether Close hands on what is held; nil: true. What it
	// does not is dropped and counted.
	FlushOnClose *bool
	// ShouldFlush says, instead of Capacity and FlushLevel, whether r and all that
	// is held are to be handed on now; held is their number, r included. It may be
	// asked several times about a record, must be safe for concurrent use, and
	// neither modify nor keep r. (Python: shouldFlush of a subclass.)
	ShouldFlush func(held int, r *Record) bool
	// Limit bounds what is held where nothing is handed on, because there is no
	// target or ShouldFlush says no: then the oldest record is dropped and counted.
	// Less than Capacity is Capacity, and never less than 1.
	Limit int
}

// NewMemory returns a Memory in front of target, which may be nil: then records
// are held until SetTarget gives one. o may be nil.
func NewMemory(target Emitter, o *MemoryOptions) *Memory {
	if o == nil {
		o = &MemoryOptions{}
	}
	m := &Memory{
		delivery:     newDelivery(target),
		rule:         o.ShouldFlush,
		flushOnClose: o.FlushOnClose == nil || *o.FlushOnClose,
		capacity:     o.Capacity,
		limit:        o.Limit,
		level:        Error,
	}
	if o.FlushLevel != nil {
		m.level = *o.FlushLevel
	}
	return m
}

// Emit holds a copy of r, and hands on all that is held if it is time to. Whether
// ctx is canceled makes no difference to that.
func (m *Memory) Emit(ctx context.Context, r *Record) error {
	due := m.lockFor(r)
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	due = due && m.target != nil
	if due && m.held.n >= m.bound() {
		// Others are about to make room: nothing needs to be dropped for r.
		m.mu.Unlock()
		return m.pass(ctx, r)
	}
	m.hold(r)
	m.mu.Unlock()
	if !due {
		return nil
	}
	return m.pass(ctx, nil)
}

// Flush hands on what is held and flushes the target. Without a target it does
// nothing. When ctx is done the rest stays held, and its error is returned. Called
// by the target, it leaves what is held to the call at hand.
func (m *Memory) Flush(ctx context.Context) error {
	inside, ok := m.begin(ctx.Done())
	switch {
	case inside:
		return m.nest(nil)
	case !ok:
		return fmt.Errorf("flush memory: wait for the target: %w", ctx.Err())
	}
	defer m.leave()
	return m.flush(ctx, ctx.Done())
}

func (m *Memory) flush(ctx context.Context, done <-chan struct{}) error {
	err := m.drain(ctx, done)
	m.mu.Lock()
	target, left := m.target, m.held.n
	m.mu.Unlock()
	switch {
	case target == nil:
		return err
	case left > 0 && isDone(done):
		return errors.Join(err, fmt.Errorf("flush memory: %s still held: %w", counted(uint64(left), "record"), ctx.Err()))
	}
	return errors.Join(err, target.Flush(ctx))
}

// Close flushes, unless FlushOnClose is false, and drops what is held then, as it
// does without a target. The target stays open.
func (m *Memory) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	m.mu.Unlock()
	if inside, _ := m.begin(nil); inside {
		if m.flushOnClose {
			return m.nest(nil)
		}
		return nil
	}
	defer m.leave()
	if !m.flushOnClose {
		return nil
	}
	return m.flush(context.Background(), nil)
}

// SetTarget puts target, which may be nil, in the place of the target, and hands on
// nothing. When it returns the former target is not in use any more, unless it was
// that one which called. After Close it does nothing. (Python: setTarget.)
func (m *Memory) SetTarget(target Emitter) {
	inside, _ := m.begin(nil)
	if !inside {
		defer m.end()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.target = target
	}
}

// SetCapacity sets MemoryOptions.Capacity, for the records to come.
func (m *Memory) SetCapacity(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.capacity = n
}

// SetFlushLevel sets MemoryOptions.FlushLevel, for the records to come.
func (m *Memory) SetFlushLevel(l Level) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.level = l
}

// Records returns copies of the records that are held, oldest first. (Python: the
// attribute buffer.)
func (m *Memory) Records() []*Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held.clones()
}

// Stats returns the counts. Records are Dropped as "full", the oldest to stay
// within the limit; "error" from the target; and "closed", those held at Close.
func (m *Memory) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats(m.held.n)
}
