package queues

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/queue"
)

const ringSize = 256

// full is a ring of 256 records whose destination takes far less than comes.
type full struct {
	name    string
	title   string
	promise string
	options queue.RingOptions
	levels  []slog.Level
	all     bool                                         // none may be refused or dropped
	also    func(*balance.Result, map[slog.Level][2]int) // by level: taken, and not
	peers   []fault.Peer
	through func(queue.Putter) queue.Putter // what tests break
}

func (f full) fault() fault.Fault {
	return fault.Fault{
		ID: "F20", Case: f.name, Title: f.title, Injector: "a slow destination",
		Promise: f.promise + " Shutdown ends within its context.",
		Sluice:  f.run, Peers: f.peers,
	}
}

func fullBlock() fault.Fault {
	return full{
		name: "full-block", title: "a full queue that blocks", all: true,
		promise: "None of 100 000 records is lost, refused or dropped: producers wait.",
		peers:   []fault.Peer{python("full", "block")},
	}.fault()
}

func fullWait() fault.Fault {
	return full{
		name: "full-wait", title: "a full queue that blocks for 100 µs at most",
		promise: "A record is accepted and delivered, or refused and counted.",
		options: queue.RingOptions{Wait: 100 * time.Microsecond},
	}.fault()
}

func fullNewest() fault.Fault {
	return full{
		name: "full-drop-newest", title: "a full queue that drops what comes",
		promise: "A record is accepted and delivered, or refused and counted.",
		options: queue.RingOptions{Full: queue.DropNewest},
		peers:   []fault.Peer{python("full", "nowait")},
	}.fault()
}

func fullOldest() fault.Fault {
	return full{
		name: "full-drop-oldest", title: "a full queue that drops the oldest",
		promise: "None is refused; what is not delivered is counted, exactly.",
		options: queue.RingOptions{Full: queue.DropOldest},
	}.fault()
}

func fullUrgent() fault.Fault {
	return full{
		name: "full-urgent", title: "a full queue that drops by level, one record of 100 an error",
		promise: "Each error is delivered; of the others what is not delivered is counted, exactly.",
		options: queue.RingOptions{Full: queue.DropOldest, Urgent: sluice.Error},
		levels:  append(make([]slog.Level, 99), slog.LevelError),
		also: func(res *balance.Result, byLevel map[slog.Level][2]int) {
			if lost := byLevel[slog.LevelError][1]; lost > 0 {
				res.Break("%d errors of %d were dropped", lost, byLevel[slog.LevelError][0]+lost)
			}
		},
	}.fault()
}

func (f full) run(ctx context.Context, e *fault.Env) (balance.Result, error) {
	const limit = 20 * time.Second
	n := e.Of(100_000, 6_000)
	every := 50 + e.Rand.IntN(100) // records between two pauses of the destination
	handed := 0
	d := &counting{emit: func(context.Context, *sluice.Record) error {
		if handed++; handed%every == 0 {
			time.Sleep(time.Millisecond)
		}
		return nil
	}}
	q := queue.NewRing(ringSize, &f.options)
	l := queue.NewListener(q, []queue.Destination{{Name: "slow", Handler: handler(d)}}, nil)
	if err := l.Start(); err != nil {
		return balance.Result{}, err
	}
	levels := f.levels
	if levels == nil {
		levels = []slog.Level{slog.LevelInfo}
	}
	var log answers
	var in queue.Putter = q
	if f.through != nil {
		in = f.through(q)
	}
	made := producers(ctx, front(in), n, levels, func(id balance.ID, level slog.Level, err error) {
		log.note(&d.ledger, id, level, err, queue.ErrFull)
	})
	took, err := stop(ctx, l, limit)
	if err != nil {
		return balance.Result{}, err
	}
	st := q.Stats()
	res := d.ledger.Balance(balance.Counters{Dropped: sum(st) - log.refused, Held: int(st.Held)})
	inTime(&res, took, limit)
	adds(&res, "the queue", st)
	res.Equal("refused or dropped because it was full", int(st.Dropped[queue.Full]), log.refused+res.Dropped)
	res.Equal("delivered", int(st.Delivered), res.Found)
	res.Broken = append(res.Broken, log.odd...)
	if f.all && (res.Refused > 0 || res.Dropped > 0) {
		res.Break("%d refused and %d dropped by a queue that blocks", res.Refused, res.Dropped)
	}
	if f.options.Full != queue.Block {
		made.notWaiting(&res)
	}
	if f.also != nil {
		f.also(&res, log.fates(&d.ledger))
	}
	return res, ctx.Err()
}

// fullStop is what CPython's stop cannot do: end although the queue is full and the
// destination never comes back.
func fullStop() fault.Fault {
	return fault.Fault{
		ID: "F20", Case: "full-stop", Title: "Shutdown of a full queue whose destination hangs for ever",
		Injector: "a destination that hangs",
		Promise:  "Shutdown ends within its context and says how many it gives up; accepted = delivered + held + counted.",
		Seeds:    5,
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			const limit = 300 * time.Millisecond
			hung := make(chan struct{})
			defer close(hung)
			at := e.Rand.IntN(200)
			handed := 0
			d := &counting{}
			d.emit = func(context.Context, *sluice.Record) error {
				if handed++; handed > at {
					<-hung
				}
				return nil
			}
			q := queue.NewRing(ringSize, &queue.RingOptions{Full: queue.DropNewest})
			l := queue.NewListener(q, []queue.Destination{{Name: "hung", Handler: handler(d)}}, nil)
			if err := l.Start(); err != nil {
				return balance.Result{}, err
			}
			var log answers
			producers(ctx, front(q), e.Of(20_000, 4_000), []slog.Level{0}, func(id balance.ID, level slog.Level, err error) {
				log.note(&d.ledger, id, level, err, queue.ErrFull)
			})
			took, err := stop(ctx, l, limit)
			st := q.Stats()
			// What it was handed before it hung is found, though its batch is not settled.
			found := d.ledger.Balance(balance.Counters{}).Found
			res := d.ledger.Balance(balance.Counters{Held: int(st.Held) - (found - int(st.Delivered))})
			inTime(&res, took, limit)
			adds(&res, "the queue", st)
			res.Equal("refused", sum(st), log.refused)
			if err == nil || !strings.Contains(err.Error(), "records left") || !errors.Is(err, context.DeadlineExceeded) {
				res.Break("Shutdown said %v, and not what is left", err)
			}
			return res, ctx.Err()
		},
		Peers: []fault.Peer{python("stop", "nowait")},
	}
}
