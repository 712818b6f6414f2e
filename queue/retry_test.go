package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/queue"
)

func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries []time.Duration
		begin := time.Now()
		d := &dest{emit: func(_ context.Context, r *sluice.Record) error {
			if r.Message != "bad" {
				return nil
			}
			if tries = append(tries, time.Since(begin)); len(tries) < 4 {
				return errors.New("not yet")
			}
			return nil
		}}
		q := queue.NewRing(10, nil)
		l := queue.NewListener(q, []queue.Destination{{Handler: silent(d)}}, &queue.ListenerOptions{Retries: 3})
		put(t, q, "good", "bad", "behind")
		start(t, l)
		stop(t, l)
		if want := []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second}; !slices.Equal(tries, want) {
			t.Errorf("tried at %v, want %v", tries, want)
		}
		if got := d.messages(); !slices.Equal(got, []string{"good", "bad", "behind"}) {
			t.Errorf("got %q", got)
		}
		if st := q.Stats(); st.Delivered != 3 {
			t.Errorf("%+v", st)
		}
	})
}

func TestDeadLetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &dest{emit: func(_ context.Context, r *sluice.Record) error {
			if strings.HasPrefix(r.Message, "bad") {
				return errors.New("broken")
			}
			return nil
		}}
		var dead emittest.Recorder
		q := queue.NewRing(10, nil)
		l := queue.NewListener(q, []queue.Destination{{Name: "file", Handler: silent(d)}},
			&queue.ListenerOptions{Retries: 1, DeadLetter: &dead, TellDrops: new(bool)})
		put(t, q, "good", "bad 1")
		start(t, l)
		stop(t, l)
		rs := dead.Records()
		if len(rs) != 1 || rs[0].Message != "bad 1" {
			t.Fatalf("dead letters %q", dead.Messages())
		}
		want := []slog.Attr{slog.String("undelivered_to", "file"), slog.String("undelivered_why", "broken")}
		if !slices.EqualFunc(rs[0].Attrs, want, slog.Attr.Equal) {
			t.Errorf("attributes %v, want %v", rs[0].Attrs, want)
		}
		dead.Fail(errors.New("no room for the dead"))
		put(t, q, "bad 2")
		start(t, l)
		stop(t, l)
		if st := q.Stats(); st.Delivered != 1 || st.Dropped[queue.DeadLetter] != 1 || st.Dropped[queue.Failed] != 1 {
			t.Errorf("%+v", st)
		}
	})
}

// Stop does not wait for retries beyond its time, and what was not delivered is
// delivered after the next Start, once.
func TestStopWhileRetrying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		d := &dest{emit: func(_ context.Context, r *sluice.Record) error {
			if broken && r.Message == "1" {
				return errors.New("broken")
			}
			return nil
		}}
		q := queue.NewRing(10, nil)
		l := queue.NewListener(q, []queue.Destination{{Name: "file", Handler: silent(d)}}, &queue.ListenerOptions{Retries: -1})
		put(t, q, "0", "1", "2")
		start(t, l)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := l.Stop(ctx); err == nil || err.Error() != `destination "file": 2 records left: context deadline exceeded` {
			t.Errorf("Stop gave %v", err)
		}
		synctest.Wait()
		balance(t, q.Stats())
		broken = false
		start(t, l)
		stop(t, l)
		if got := d.messages(); !slices.Equal(got, []string{"0", "1", "2"}) {
			t.Errorf("got %q", got)
		}
		if st := q.Stats(); st.Delivered != 3 || st.Held != 0 {
			t.Errorf("%+v", st)
		}
	})
}
