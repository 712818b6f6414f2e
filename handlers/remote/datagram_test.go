package remote_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// TestTooLongForADatagram costs that record only.
func TestTooLongForADatagram(t *testing.T) {
	r := newReceiver(t, wire.Pickle{}, nil)
	a := r.packets(t, "udp", "127.0.0.1:0")
	o := &remote.DatagramOptions{Options: patient}
	var reported []error
	o.OnError = func(_ context.Context, _ *sluice.Record, err error) { reported = append(reported, err) }
	h := must(t)(remote.NewDatagram(a.host, a.port, o))
	log := slog.New(h)
	log.Info("one")
	log.Info(strings.Repeat("x", 1<<17))
	log.Info("two")
	r.wait(2)
	if got := r.Messages(); fmt.Sprint(got) != "[one two]" {
		t.Errorf("received %q", got)
	}
	st := remote.Of(h).Stats()
	if len(reported) != 1 || !errors.Is(reported[0], redial.ErrTooLong) || st.Dropped[redial.ReasonTooLong] != 1 || st.Delivered != 2 {
		t.Errorf("reported %v, stats %+v", reported, st)
	}
}

// TestTooLongIsNotTriedAgain: nor does it hold up those that come behind it out of a
// queue.
func TestTooLongIsNotTriedAgain(t *testing.T) {
	r := newReceiver(t, wire.Pickle{}, nil)
	a := r.packets(t, "udp", "127.0.0.1:0")
	o := &remote.DatagramOptions{Options: patient}
	o.OnError = func(context.Context, *sluice.Record, error) {}
	h := must(t)(remote.NewDatagram(a.host, a.port, o))
	ring := queue.NewRing(8, nil)
	l := queue.NewListener(ring, []queue.Destination{{Name: "datagrams", Handler: h}}, &queue.ListenerOptions{Retries: -1, TellDrops: new(false)})
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", strings.Repeat("x", 1<<17), "two"} {
		if err := ring.Put(t.Context(), &sluice.Record{Level: sluice.Info, Message: text}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := l.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	r.wait(2)
	if got := r.Messages(); fmt.Sprint(got) != "[one two]" {
		t.Errorf("received %q", got)
	}
}
