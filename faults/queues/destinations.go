package queues

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/queue"
)

// bad is one destination of five, the third, that does not do its work.
type bad struct {
	name     string
	title    string
	emit     func(handed int, hung <-chan struct{}) error // nil: it counts
	format   sluice.Formatter                             // nil: emit
	hangs    bool
	recovers bool // what it missed comes again, and it has all in the end
	peers    []fault.Peer
}

var errBroken = errors.New("broken")

func fails() fault.Fault {
	return bad{
		name: "one-of-five-fails", title: "one destination of five fails from its tenth record on",
		emit: func(handed int, _ <-chan struct{}) error {
			if handed < 10 {
				return nil
			}
			return errBroken
		},
	}.fault()
}

func failsAtTimes() fault.Fault {
	return bad{
		name: "one-of-five-fails-at-times", title: "one destination of five fails at each tenth record, and is tried again", recovers: true,
		emit: func(handed int, _ <-chan struct{}) error {
			if handed%10 == 0 {
				return errBroken
			}
			return nil
		},
	}.fault()
}

func panics() fault.Fault {
	return bad{
		name: "one-of-five-panics", title: "one destination of five panics from its tenth record on",
		emit: func(handed int, _ <-chan struct{}) error {
			if handed < 10 {
				return nil
			}
			panic(errBroken)
		},
		peers: []fault.Peer{python("fails", "nowait")},
	}.fault()
}

func hangs() fault.Fault {
	return bad{
		name: "one-of-five-hangs", title: "one destination of five hangs for ever", hangs: true,
		emit: func(handed int, hung <-chan struct{}) error {
			if handed >= 10 {
				<-hung
			}
			return nil
		},
		peers: []fault.Peer{python("hangs", "nowait")},
	}.fault()
}

func formatterPanics() fault.Fault {
	return bad{
		name: "formatter-panics", title: "the formatter of one destination of five panics at each record",
		format: panicking{},
	}.fault()
}

// panicking is a Formatter that always panics.
type panicking struct{}

func (panicking) AppendRecord([]byte, *sluice.Record) ([]byte, error) { panic(errBroken) }

// discard takes whatever is written.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func (b bad) fault() fault.Fault {
	return fault.Fault{
		ID: "F21", Case: b.name, Title: b.title, Injector: "a destination", Sluice: b.run, Peers: b.peers,
		Promise: "The other four have all of 100 000 records; what the bad one did not get is counted, exactly; Handle waits for no destination: no call takes more than 5 ms beyond the time for which threads of this process waited for a processor meanwhile, or the machine was without one; Shutdown ends within its context and says what it gives up.",
	}
}

func (b bad) run(ctx context.Context, e *fault.Env) (balance.Result, error) {
	const badOne = 2
	n := e.Of(100_000, 6_000)
	hung := make(chan struct{})
	defer close(hung)
	var all [5]*counting
	var ds []queue.Destination
	for i := range all {
		all[i] = &counting{}
		h := handler(all[i])
		if i == badOne {
			h = b.handler(all[i], hung)
		}
		ds = append(ds, queue.Destination{Name: fmt.Sprint(i), Handler: h})
	}
	// It has room for all, as the good ones shall miss none although it never waits.
	q := queue.NewRing(n, &queue.RingOptions{Full: queue.DropNewest})
	o := &queue.ListenerOptions{}
	if b.recovers {
		o.Retries, o.Backoff = -1, 10*time.Microsecond
	}
	l := queue.NewListener(q, ds, o)
	if err := l.Start(); err != nil {
		return balance.Result{}, err
	}
	var log answers
	made := producers(ctx, front(q), n, []slog.Level{0}, func(id balance.ID, level slog.Level, err error) {
		for _, d := range all[1:] {
			if err == nil {
				d.ledger.Accept(id)
			}
		}
		log.note(&all[0].ledger, id, level, err)
	})
	limit := 30 * time.Second
	if b.hangs {
		limit = othersHave(ctx, l, badOne)
	}
	took, err := stop(ctx, l, limit)
	stats := l.Stats()
	var res balance.Result
	for i, d := range all {
		st := stats[fmt.Sprint(i)]
		c := balance.Counters{}
		if i == badOne {
			found := d.ledger.Balance(c).Found
			c.Held = int(st.Held)
			if b.hangs {
				c.Held -= found - int(st.Delivered) // handed over, though its batch is not settled
			} else {
				res.Equal("delivered to the bad one", int(st.Delivered), found)
			}
			c.Dropped = sum(st)
			if b.recovers && found != n {
				res.Break("the destination that recovered has %d of %d", found, n)
			}
		}
		one := d.ledger.Balance(c)
		if i != badOne && one.Found != n {
			res.Break("destination %d has %d of %d", i, one.Found, n)
		}
		res.Add(one)
		adds(&res, "destination "+fmt.Sprint(i), st)
	}
	res.Runs = 1
	adds(&res, "the queue", q.Stats())
	inTime(&res, took, limit)
	made.notWaiting(&res)
	if b.hangs != (err != nil) {
		res.Break("Shutdown said %v", err)
	}
	res.Broken = append(res.Broken, log.odd...)
	return res, ctx.Err()
}

func (b bad) handler(d *counting, hung <-chan struct{}) *sluice.Handler {
	if b.format != nil {
		return handler(sluice.NewStream(discard{}, b.format))
	}
	handed := 0
	d.emit = func(context.Context, *sluice.Record) error {
		handed++
		return b.emit(handed, hung)
	}
	return handler(d)
}

// othersHave waits until all destinations but one have settled what they have, and
// gives the time that Shutdown is given then.
func othersHave(ctx context.Context, l *queue.Listener, but int) time.Duration {
	for ctx.Err() == nil {
		held := uint64(0)
		for name, st := range l.Stats() {
			if name != fmt.Sprint(but) {
				held += st.Held
			}
		}
		if held == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return 300 * time.Millisecond
}

// valuerPanics: a value whose LogValue panics costs its text, not the record.
func valuerPanics() fault.Fault {
	return fault.Fault{
		ID: "F21", Case: "logvaluer-panics", Title: "a value's LogValue panics at each record", Injector: "a value",
		Promise: "All of 100 000 records are delivered, and the program goes on.",
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			d := &counting{}
			q := queue.NewRing(0, nil)
			l := queue.NewListener(q, []queue.Destination{{Handler: handler(d)}}, nil)
			if err := l.Start(); err != nil {
				return balance.Result{}, err
			}
			h := front(q)
			var log answers
			for seq := range e.Of(100_000, 6_000) {
				id := balance.ID{Seq: seq}
				r := slog.NewRecord(time.Now(), slog.LevelInfo, line(id), 0)
				r.AddAttrs(slog.Any("bad", panickingValue{}), slog.Int("seq", seq))
				log.note(&d.ledger, id, 0, h.Handle(ctx, r))
			}
			_, err := stop(ctx, l, 30*time.Second)
			st := q.Stats()
			res := d.ledger.Balance(balance.Counters{Dropped: sum(st), Held: int(st.Held)})
			adds(&res, "the queue", st)
			res.Equal("delivered", int(st.Delivered), res.Found)
			return res, err
		},
	}
}

type panickingValue struct{}

func (panickingValue) LogValue() slog.Value { panic(errBroken) }
