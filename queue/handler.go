package queue

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

// HandlerOptions are the options of NewHandler. The zero HandlerOptions consists of
// defaults.
type HandlerOptions struct {
	sluice.HandlerOptions

	// Prepare makes of each record the one that is put, before it is copied; it must
	// not modify r. nil: r itself. Prepare gives Python's. (Python: prepare.)
	Prepare func(r *sluice.Record) (*sluice.Record, error) `json:"-"`
}

// NewHandler returns a Handler that puts each record into q, with the values of its
// LogValuers. Close leaves q open. To put in another way, as where Python overrides
// enqueue, give another Putter. o may be nil. (Python: QueueHandler.)
func NewHandler(q Putter, o *HandlerOptions) *sluice.Handler {
	if o == nil {
		o = &HandlerOptions{}
	}
	return sluice.NewHandler(&putting{q: q, prepare: o.Prepare}, &o.HandlerOptions)
}

// putting is the Emitter in front of a Putter.
type putting struct {
	q       Putter
	prepare func(*sluice.Record) (*sluice.Record, error)
	closed  atomic.Bool
}

func (p *putting) Emit(ctx context.Context, r *sluice.Record) error {
	if p.closed.Load() {
		return sluice.ErrClosed
	}
	if p.prepare != nil {
		var err error
		if r, err = p.prepare(r); err != nil {
			return fmt.Errorf("prepare record: %w", err)
		}
	}
	return p.q.Put(ctx, r)
}

func (p *putting) Flush(ctx context.Context) error { return p.q.Flush(ctx) }

func (p *putting) Close() error {
	p.closed.Store(true)
	return nil
}

// Prepare returns Python's QueueHandler.prepare, for HandlerOptions: the message
// becomes the whole text that f makes, with those of the error and of the stack,
// which the record then has no more. What formats the record later formats that
// text. A nil f makes the message and those texts alone. Unlike Python's it leaves
// the record as it was.
func Prepare(f sluice.Formatter) func(*sluice.Record) (*sluice.Record, error) {
	var bad error
	if f == nil {
		f, bad = sluice.NewFormatter("", nil)
	}
	return func(r *sluice.Record) (*sluice.Record, error) {
		if bad != nil {
			return nil, bad
		}
		text, err := f.AppendRecord(nil, r)
		if err != nil {
			return nil, err
		}
		p := *r
		p.Message, p.ExcText, p.StackInfo = string(text), "", ""
		if r.Origin != nil {
			o := *r.Origin
			o.Residue = without(o.Residue, "msg", "args", "message", "asctime", "exc_info", "exc_text", "stack_info")
			p.Origin = &o
		}
		return &p, nil
	}
}

// without gives residue but for what came under keys.
func without(residue []pyval.Pair, keys ...string) []pyval.Pair {
	var rest []pyval.Pair
next:
	for _, p := range residue {
		for _, k := range keys {
			if p.Key == k {
				continue next
			}
		}
		rest = append(rest, p)
	}
	return rest
}
