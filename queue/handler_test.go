package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/queue"
)

// behind is a Handler, a Ring and a Listener as one Emitter.
type behind struct {
	*sluice.Handler
	q *queue.Ring
	l *queue.Listener
}

func (b behind) Flush(ctx context.Context) error {
	if err := b.l.Stop(ctx); err != nil {
		return err
	}
	return b.l.Start()
}

func (b behind) Close() error {
	return errors.Join(b.Handler.Close(), b.l.Shutdown(context.Background()))
}

func TestHandlerContract(t *testing.T) {
	emittest.Run(t, func(t *testing.T) emittest.Target {
		var c emittest.Recorder
		q := queue.NewRing(16, nil)
		l := queue.NewListener(q, []queue.Destination{{Handler: silent(&c)}}, nil)
		start(t, l)
		reported := 0
		h := queue.NewHandler(q, &queue.HandlerOptions{HandlerOptions: sluice.HandlerOptions{
			Level: sluice.NotSet, OnError: func(context.Context, *sluice.Record, error) { reported++ },
		}})
		return emittest.Target{Emitter: behind{h, q, l}, Delivered: c.Messages, Reported: func() int { return reported }}
	})
}

type valuer struct{ n *int }

func (v valuer) LogValue() slog.Value { *v.n++; return slog.IntValue(*v.n) }

// LogValuers are asked by who logs, once, also where many destinations read.
func TestResolvedAtTheProducer(t *testing.T) {
	q := queue.NewRing(4, nil)
	a, b := cursor(t, q, "a"), cursor(t, q, "b")
	n := 0
	slog.New(queue.NewHandler(q, nil)).Info("m", "v", valuer{&n}, slog.Group("g", "w", valuer{&n}))
	if n != 2 {
		t.Errorf("asked %d times when the call returned, want 2", n)
	}
	for _, g := range []queue.Getter{a, b} {
		batch, err := g.Get(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		want := []slog.Attr{slog.Int("v", 1), slog.Group("g", slog.Int("w", 2))}
		if got := batch.Records()[0].Attrs; !slices.EqualFunc(got, want, slog.Attr.Equal) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestPrepare(t *testing.T) {
	f, err := sluice.NewFormatter("%(levelname)s %(message)s", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &sluice.Record{Level: sluice.Error, Message: "m", ExcText: "Error: e", StackInfo: "Stack"}
	got, err := queue.Prepare(f)(r)
	if err != nil || got.Message != "ERROR m\nError: e\nStack" || got.ExcText != "" || got.StackInfo != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	if r.Message != "m" || r.ExcText == "" || r.StackInfo == "" {
		t.Errorf("the record became %+v", r)
	}
	if got, err := queue.Prepare(nil)(r); err != nil || got.Message != "m\nError: e\nStack" {
		t.Errorf("without a formatter: %+v, %v", got, err)
	}
}

// A record that cannot be prepared is not put, and its error told once.
func TestPrepareFails(t *testing.T) {
	broken := errors.New("broken")
	q := queue.NewRing(4, nil)
	var told []error
	h := queue.NewHandler(q, &queue.HandlerOptions{
		HandlerOptions: sluice.HandlerOptions{OnError: func(_ context.Context, _ *sluice.Record, err error) { told = append(told, err) }},
		Prepare:        func(*sluice.Record) (*sluice.Record, error) { return nil, broken },
	})
	err := h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0))
	if !errors.Is(err, broken) || len(told) != 1 || !errors.Is(told[0], broken) || q.Stats().Accepted != 0 {
		t.Errorf("%v, told %v, %+v", err, told, q.Stats())
	}
}
