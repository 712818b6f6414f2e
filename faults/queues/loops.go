package queues

import (
	"context"
	"log"
	"log/slog"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/queue"
)

// looping is a destination that logs about each record into the queue that it empties.
type looping struct {
	name, title string
	onError     bool // it fails, and logs from OnError
	fallback    bool // by slog's default logger
	peers       []fault.Peer
}

const aboutItself = "about myself"

func logsInEmit() fault.Fault {
	return looping{
		name: "logs-in-emit", title: "a destination logs about each record into the queue it empties",
		peers: []fault.Peer{python("loop", "nowait")},
	}.fault()
}

func logsInOnError() fault.Fault {
	return looping{name: "logs-in-onerror", title: "OnError logs about each failure into the queue that the destination empties", onError: true}.fault()
}

func logsByDefault() fault.Fault {
	return looping{name: "logs-by-default", title: "a destination logs by slog.Default, which is the queue it empties", fallback: true}.fault()
}

func (l looping) fault() fault.Fault {
	return fault.Fault{
		ID: "F22", Case: l.name, Title: l.title, Injector: "a destination", Sluice: l.run, Peers: l.peers,
		Promise: "What a destination logs about itself goes round at most once and is counted; nothing waits for itself, under each policy; the program's records are all delivered, or counted.",
	}
}

func (l looping) run(ctx context.Context, e *fault.Env) (balance.Result, error) {
	var res balance.Result
	for _, policy := range []queue.Policy{queue.Block, queue.DropNewest, queue.DropOldest} {
		one, err := l.once(ctx, e.Of(30_000, 2_000), policy)
		if err != nil {
			return res, err
		}
		res.Add(one)
	}
	res.Runs = 1
	return res, ctx.Err()
}

func (l looping) once(ctx context.Context, n int, policy queue.Policy) (balance.Result, error) {
	const limit = 20 * time.Second
	q := queue.NewRing(ringSize, &queue.RingOptions{Full: policy})
	h := front(q)
	say := slog.New(h)
	if l.fallback {
		w, flags, former := log.Writer(), log.Flags(), slog.Default()
		defer func() { slog.SetDefault(former); log.SetOutput(w); log.SetFlags(flags) }()
		slog.SetDefault(say)
	}
	rounds, said := 0, 0
	d := &counting{}
	speak := func() {
		said++
		if l.fallback {
			slog.Warn(aboutItself)
			return
		}
		say.Warn(aboutItself)
	}
	o := &sluice.HandlerOptions{Level: sluice.NotSet, OnError: ignore}
	handed := 0
	d.emit = func(_ context.Context, r *sluice.Record) error {
		if r.Name == "sluice.queue" {
			return nil
		}
		handed++
		if !l.onError {
			speak()
		}
		if r.Message == aboutItself {
			rounds++
			return errBroken // it is none of the program's lines
		}
		if l.onError && handed%2 == 0 {
			return errBroken
		}
		return nil
	}
	if l.onError {
		o.OnError = func(context.Context, *sluice.Record, error) { speak() }
	}
	listener := queue.NewListener(q, []queue.Destination{{Handler: sluice.NewHandler(d, o)}}, nil)
	if err := listener.Start(); err != nil {
		return balance.Result{}, err
	}
	var answered answers
	producers(ctx, h, n, []slog.Level{0}, func(id balance.ID, level slog.Level, err error) {
		answered.note(&d.ledger, id, level, err, queue.ErrFull)
	})
	took, err := stop(ctx, listener, limit)
	if err != nil {
		return balance.Result{}, err
	}
	st := q.Stats()
	res := d.ledger.Balance(balance.Counters{Dropped: sum(st) - answered.refused - said + rounds, Held: int(st.Held)})
	inTime(&res, took, limit)
	adds(&res, "the queue", st)
	res.Figure("rounds", float64(rounds))
	if looped := int(st.Dropped[queue.Loop]); rounds > 1 || looped+rounds < said {
		res.Break("%s: of %d records about itself %d are counted as a loop and %d went round", policy, said, looped, rounds)
	}
	return res, nil
}
