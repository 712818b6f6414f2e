package queue_test

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// What a destination or its OnError logs does not go round: it is counted, and nothing
// waits for itself.
func TestLogsIntoItself(t *testing.T) {
	const myself = "about myself"
	var q *queue.Ring
	log := func() { slog.Info(myself) }
	fails := errors.New("broken")
	for name, d := range map[string]struct {
		emit    func(context.Context, *sluice.Record) error
		onError sluice.ErrorFunc
	}{
		"from emit":    {emit: func(context.Context, *sluice.Record) error { log(); return nil }},
		"from OnError": {emit: func(context.Context, *sluice.Record) error { return fails }, onError: func(context.Context, *sluice.Record, error) { log() }},
		"from both":    {emit: func(context.Context, *sluice.Record) error { log(); return fails }, onError: func(context.Context, *sluice.Record, error) { log() }},
	} {
		for _, o := range []queue.RingOptions{{}, {Full: queue.DropNewest}, {Full: queue.DropOldest}} {
			t.Run(name+" "+o.Full.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					q = queue.NewRing(2, &o)
					former := slog.Default()
					defer slog.SetDefault(former)
					defer restoreLog()()
					quiet := sluice.HandlerOptions{OnError: func(context.Context, *sluice.Record, error) {}}
					slog.SetDefault(slog.New(queue.NewHandler(q, &queue.HandlerOptions{HandlerOptions: quiet})))
					rounds := 0
					h := sluice.NewHandler(&dest{emit: func(ctx context.Context, r *sluice.Record) error {
						if r.Message == myself {
							rounds++
						}
						return d.emit(ctx, r)
					}}, &sluice.HandlerOptions{OnError: d.onError})
					l := queue.NewListener(q, []queue.Destination{{Handler: h}}, &queue.ListenerOptions{TellDrops: new(bool)})
					start(t, l)
					for range 3000 {
						slog.Info("from the program")
						synctest.Wait() // returns when nothing goes round any more
					}
					if err := l.Shutdown(t.Context()); err != nil {
						t.Error(err)
					}
					st := q.Stats()
					balance(t, st)
					if st.Dropped[queue.Loop] < 3000-st.Dropped[queue.Full] || rounds > 0 || st.Held != 0 {
						t.Errorf("%+v and %d rounds, want each counted as a loop, none gone round, and none held", st, rounds)
					}
				})
			})
		}
	}
}

// A place that both the program and a destination log from: it is looked at ever less
// often, but a loop is found before it has gone round as often as the program logged.
func TestLogsIntoItselfFromAPlaceOfTheProgram(t *testing.T) {
	const before = 5
	synctest.Test(t, func(t *testing.T) {
		q := queue.NewRing(0, nil)
		log := slog.New(queue.NewHandler(q, &queue.HandlerOptions{HandlerOptions: sluice.HandlerOptions{OnError: func(context.Context, *sluice.Record, error) {}}}))
		say := func() { log.Info("from anywhere") }
		emits, loops := 0, false
		l := queue.NewListener(q, []queue.Destination{{Handler: silent(&dest{emit: func(context.Context, *sluice.Record) error {
			emits++
			if loops {
				say()
			}
			return nil
		}})}}, nil)
		start(t, l)
		synctest.Wait()
		for range before {
			say()
			synctest.Wait()
			time.Sleep(time.Second)
		}
		loops = true
		say()
		time.Sleep(time.Second)
		synctest.Wait()
		if emits > 3*before {
			t.Errorf("%d emits, want at most %d", emits, 3*before)
		}
		if err := l.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if st := q.Stats(); st.Dropped[queue.Loop] == 0 {
			t.Errorf("%+v, want one counted as a loop", st)
		}
	})
}

// restoreLog undoes what slog.SetDefault did to package log.
func restoreLog() func() {
	w, flags := log.Writer(), log.Flags()
	return func() { log.SetOutput(w); log.SetFlags(flags) }
}

// The log package's own handler, behind the queue that the log package writes to.
func TestSetDefaultLoop(t *testing.T) {
	w, flags := log.Writer(), log.Flags()
	former := slog.Default()
	defer func() { slog.SetDefault(former); log.SetOutput(w); log.SetFlags(flags) }()
	q := queue.NewRing(4, nil)
	var n atomic.Int64
	behind := sluice.ToSlog(former.Handler())
	d := &dest{emit: func(ctx context.Context, r *sluice.Record) error {
		n.Add(1)
		return behind.Emit(ctx, r)
	}}
	l := queue.NewListener(q, []queue.Destination{{Handler: silent(d)}}, &queue.ListenerOptions{TellDrops: new(bool)})
	start(t, l)
	slog.SetDefault(slog.New(queue.NewHandler(q, &queue.HandlerOptions{HandlerOptions: sluice.HandlerOptions{OnError: func(context.Context, *sluice.Record, error) {}}})))
	for range 10 {
		slog.Info("round and round")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil && (q.Stats().Held > 0 || q.Stats().Dropped[queue.Loop] == 0) {
		runtime.Gosched()
	}
	if ctx.Err() != nil {
		t.Errorf("%+v, want none held and one counted as a loop", q.Stats())
	}
	if err := l.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	balance(t, q.Stats())
}
